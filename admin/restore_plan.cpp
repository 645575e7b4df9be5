#include "admin/restore_plan.hpp"

#include <algorithm>
#include <iterator>

#include "crypto/encoding.hpp"

namespace glados::admin {
namespace {

constexpr std::size_t strikes_a_part = 100;

template <class T>
T need(std::optional<T> read) {
  if (!read)
    not_ours();
  return std::move(*read);
}

}  // namespace

restore_plan::restore_plan(const std::string& backup, const std::string& changes,
                           const crypto::secret32& key)
    : backup_(backup), log_(changes), key_(key) {
  backup_reader from(backup_, file_kind::backup, key_);
  id_ = from.id();
  for (std::uint64_t place = 0; const auto one = from.next(); ++place) take(*one, place);
  if (!from.ended())
    throw stop(outcome::untrue,
               backup_ + " is not whole: it was cut off, or the back-up is not finished");
  if (!std::all_of(whole_.begin(), whole_.end(), [](bool one) { return one; }))
    throw stop(outcome::untrue, backup_ + " lacks a shard");
  keys_ = facts_;
  if (!log_.empty())
    take_log(facts_.at("changes").count());
  if (names_ > keys_.at("index_checks").items().size())
    throw stop(outcome::untrue, "the files name records by a key that they do not know");
}

void restore_plan::take(const frame& one, std::uint64_t place) {
  if (one.type == part_type::facts) {
    facts_ = read_json(one.content);
  } else if (one.type == part_type::begin) {
    began_[read_mark(one.content).shard] = place;
  } else if (one.type == part_type::rows) {
    need(storage::decode_rows(read_rows(one.content).rows));
  } else if (one.type == part_type::end) {
    const auto mark = read_mark(one.content);
    whole_[mark.shard] = true;
    marks_[mark.shard] = mark;
    rows_ += mark.rows;
    names_ = std::max(names_, mark.names);
  } else if (one.type == part_type::records) {
    for (auto& record : need(storage::decode_records(one.content))) take_record(std::move(record));
  } else if (one.type == part_type::standings) {
    for (auto& part : need(storage::decode_standings(one.content))) take_standing(std::move(part));
  } else if (one.type == part_type::links) {
    take_links(one.content, backup_);
  }
}

/// The youngest state stands: pages were read again after a crash, and the log may be behind them.
void restore_plan::take_record(storage::registry_record record) {
  auto& at = records_[{record.what, record.id}];
  if (at.version <= record.version)
    at = std::move(record);
}

/// Pages that were read again after a crash are the younger ones.
void restore_plan::take_standing(storage::kept_standing part) {
  auto& at = standings_[part.provider_id];
  for (auto& one : part.facts.strikes) at.strikes[one.id] = one;
  for (const auto& [day, number] : part.facts.changes) at.changes[day] = number;
}

/// As storage/scripts/take_note.lua. What the back-up knows of already comes out the same.
void restore_plan::take_note(standing_note note) {
  auto& strikes = standings_[note.provider_id].strikes;
  if (note.what == standing_note::kind::lifted)
    strikes.erase(note.about.id);
  else if (note.about.kind == strike_kind::restored)
    strikes.try_emplace(note.about.id, note.about);
  else
    strikes[note.about.id] = note.about;
}

void restore_plan::take_links(std::string_view content, const std::string& where) {
  auto links = need(storage::decode_links(content));
  chain_.follow(links, where);
}

/// The log is of the same directory, and was read since the back-up began, if its audit has the
/// record of that beginning.
void restore_plan::take_log(std::uint64_t from) {
  backup_reader log(log_, file_kind::changes, key_);
  std::uint64_t last = 0;
  while (const auto one = log.next()) {
    if (one->type == part_type::facts) {
      last = read_json(one->content).at("from").count();
      if (last > from)
        throw stop(outcome::bad_line, log_ + " begins with change " + std::to_string(last + 1) +
                                          ", the back-up with " + std::to_string(from + 1) +
                                          ": what lies between is missing");
    } else if (one->type == part_type::keys) {
      auto keys = read_json(one->content);
      if (keys.at("index_checks").items().size() > keys_.at("index_checks").items().size())
        keys_ = std::move(keys);
    } else if (one->type == part_type::links) {
      for (const auto& link : need(storage::decode_links(one->content)))
        if (link.sequence == facts_.at("audit").count())
          met_ = crypto::hex(link.hash) == facts_.at("audit_hash").text();
      take_links(one->content, log_);
    } else if (one->type == part_type::log) {
      for (const auto& entry : need(storage::decode_log(one->content))) {
        if (entry.number != last + 1)
          throw stop(outcome::untrue, log_ + " lacks change " + std::to_string(last + 1));
        last = entry.number;
        if (entry.number > from)
          take_change(entry);
      }
    }
  }
  if (!met_)
    throw stop(outcome::bad_line, log_ + " ends with change " + std::to_string(last) +
                                      ", before the back-up begins: it is older, or of another "
                                      "directory");
}

void restore_plan::take_change(const storage::logged_change& entry) {
  auto change = need(storage::decode_taken(entry.body));
  ++changes_;
  if (change.what == storage::taken_change::kind::record)
    return take_record(std::move(change.record));
  if (change.what == storage::taken_change::kind::note)
    return take_note(std::move(change.note));
  names_ = std::max(names_, change.row.key.layers);
  auto& at = taken_[{change.shard, change.row.key}];
  if (at.version < change.row.version)
    at = std::move(change.row);
}

void restore_plan::use_names(std::uint8_t layers, renaming rename) {
  names_ = layers;
  rename_ = std::move(rename);
  std::map<row_name, storage::kept_row> old;
  old.swap(taken_);
  std::map<shard_id, std::vector<storage::kept_row>> by_shard;
  for (auto& [name, row] : old) by_shard[name.first].push_back(std::move(row));
  for (auto& [shard, rows] : by_shard)
    for (auto& row : named(shard, std::move(rows))) {
      auto& at = taken_[{shard, row.key}];
      if (at.version < row.version)
        at = std::move(row);
    }
}

std::vector<storage::kept_row> restore_plan::named(shard_id shard,
                                                   std::vector<storage::kept_row> rows) const {
  std::vector<storage::kept_row> out, old;
  const auto pass = [&] {
    if (old.empty())
      return;
    auto fresh = rename_(shard, std::exchange(old, {}));
    std::move(fresh.begin(), fresh.end(), std::back_inserter(out));
  };
  for (auto& row : rows) {
    auto& to = row.key.layers == names_ || !rename_ ? out : old;
    to.push_back(std::move(row));
    if (old.size() == storage::rows_per_step)
      pass();
  }
  pass();
  return out;
}

std::vector<storage::registry_record> restore_plan::records() const {
  std::vector<storage::registry_record> out;
  for (const auto& [name, record] : records_)
    if (!record.body.empty())
      out.push_back(record);
  return out;
}

std::vector<storage::kept_standing> restore_plan::standings() const {
  std::vector<storage::kept_standing> out;
  for (const auto& [provider, kept] : standings_) {
    out.push_back({provider, {{}, kept.changes}});
    for (const auto& [id, one] : kept.strikes) {
      if (out.back().facts.strikes.size() == strikes_a_part)
        out.push_back({provider, {}});
      out.back().facts.strikes.push_back(one);
    }
  }
  return out;
}

const storage::kept_row* restore_plan::later(shard_id shard, const storage::kept_row& row,
                                             std::uint64_t version) const {
  const auto found = taken_.find({shard, row.key});
  return found != taken_.end() && found->second.version > version ? &found->second : nullptr;
}

void restore_plan::each_row(const std::function<void(shard_id, storage::kept_row)>& row,
                            const std::function<void(const shard_mark&)>& ended) const {
  backup_reader from(backup_, file_kind::backup, key_);
  bool counts = false;  // whether the section is the shard's last one
  for (std::uint64_t place = 0; const auto one = from.next(); ++place) {
    if (one->type == part_type::begin)
      counts = began_[read_mark(one->content).shard] == place;
    if (!counts)
      continue;
    if (one->type == part_type::rows) {
      const auto part = read_rows(one->content);
      for (auto& kept : named(part.shard, need(storage::decode_rows(part.rows))))
        if (!later(part.shard, kept, marks_[part.shard].version))
          row(part.shard, std::move(kept));
    } else if (one->type == part_type::end) {
      const auto mark = read_mark(one->content);
      for (auto at = taken_.lower_bound({mark.shard, sii_key{{}, 0}});
           at != taken_.end() && at->first.first == mark.shard; ++at)
        if (at->second.version > mark.version && !at->second.body.empty())
          row(mark.shard, at->second);
      ended(mark);
      counts = false;
    }
  }
}

void restore_plan::each_links(
    const std::function<void(const std::vector<storage::audit_entry>&)>& take_them) const {
  chain_end chain;
  const auto all_of = [&](backup_reader& from, const std::string& where) {
    while (const auto one = from.next()) {
      if (one->type != part_type::links)
        continue;
      auto links = need(storage::decode_links(one->content));
      chain.follow(links, where);
      if (!links.empty())
        take_them(links);
    }
  };
  backup_reader from(backup_, file_kind::backup, key_);
  all_of(from, backup_);
  if (log_.empty())
    return;
  backup_reader log(log_, file_kind::changes, key_);
  all_of(log, log_);
}

}  // namespace glados::admin
