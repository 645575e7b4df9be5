// `glados admin backup` and `glados admin changes`: what a running service holds, shard by shard,
// and what is taken away from then on (docs/decisions/0007).
#include <array>
#include <filesystem>

#include "admin/backup_parts.hpp"
#include "crypto/random.hpp"
#include "domain/text.hpp"
#include "storage/backup_codec.hpp"

namespace glados::admin {
namespace {

const std::string base = "/admin/v1/backup";
constexpr int most_sections = 8;  ///< begun for one shard
constexpr shard_id sync_every = 32;
constexpr std::chrono::milliseconds follow_period{1000};

/// What a file holds so far.
struct held {
  value facts;
  std::array<bool, shard_count> whole{};
  std::uint64_t shards = 0, rows = 0, records = 0, strikes = 0, links = 0;
  std::uint64_t change = 0;  ///< number of the last one
  chain_end chain;
  value keys;  ///< of the service, as far as the log knows them
  value seen;  ///< when the log's end was last reached

  void take(const frame& one);
};

std::uint64_t strikes_in(std::string_view content) {
  const auto parts = storage::decode_standings(content);
  if (!parts)
    not_ours();
  std::uint64_t out = 0;
  for (const auto& part : *parts) out += part.facts.strikes.size();
  return out;
}

void held::take(const frame& one) {
  if (one.type == part_type::facts) {
    facts = read_json(one.content);
    change = facts.at("from").count();
  } else if (one.type == part_type::end) {
    const auto mark = read_mark(one.content);
    if (std::exchange(whole[mark.shard], true))
      throw stop(outcome::untrue, "shard " + std::to_string(mark.shard) + " stands there twice");
    ++shards;
    rows += mark.rows;
  } else if (one.type == part_type::records) {
    const auto found = storage::decode_records(one.content);
    records += found ? found->size() : 0;
  } else if (one.type == part_type::standings) {
    strikes += strikes_in(one.content);
  } else if (one.type == part_type::links) {
    auto found = storage::decode_links(one.content);
    if (!found)
      not_ours();
    chain.follow(*found, "the file");
    links = chain.sequence;
  } else if (one.type == part_type::log) {
    const auto found = storage::decode_log(one.content);
    if (found && !found->empty())
      change = found->back().number;
  } else if (one.type == part_type::seen) {
    seen = read_json(one.content);
  } else if (one.type == part_type::keys) {
    keys = read_json(one.content);
  }
}

held read_held(backup_reader& from) {
  held out;
  while (const auto one = from.next()) out.take(*one);
  return out;
}

value facts_of(session& s, const std::string& name) {
  auto facts = insist(s, base + "/begin", value::object().put("name", name));
  return facts.put("name", name);
}

// --- reading a service ---------------------------------------------------------------------------

/// One section of a shard; false when its snapshot ended before its last page.
bool read_section(session& s, backup_writer& to, const std::string& name, std::uint64_t names,
                  shard_id shard, std::uint64_t& rows) {
  const auto path = base + "/shards/" + std::to_string(shard);
  const auto begun = insist(s, path + "/begin", value::object().put("name", name), 409);
  shard_mark mark{shard, begun.at("epoch").count(), begun.at("version").count(),
                  static_cast<std::uint8_t>(begun.at("names").count()), 0};
  if (mark.names != names)
    throw stop(outcome::untrue, "the index key is being rotated: make a new back-up after that");
  to.put(part_type::begin, encode(mark));
  for (std::string after;;) {
    auto body = value::object();
    body.put("name", name).put("names", begun.at("names").count()).put("after", after);
    value page;
    try {
      page = insist(s, path + "/read", body);
    } catch (const stop& why) {
      if (refused_with(why, 404))
        return false;
      throw;
    }
    if (page.at("rows").count() > 0)
      to.put(part_type::rows, encode(rows_part{shard, content_of(page)}));
    mark.rows += page.at("rows").count();
    after = page.at("next").text();
    if (after.empty())
      break;
  }
  to.put(part_type::end, encode(mark));
  rows += mark.rows;
  return true;
}

void read_shards(session& s, backup_writer& to, const std::string& name, held& so_far) {
  for (shard_id shard = 0; shard < shard_count; ++shard) {
    if (so_far.whole[shard])
      continue;
    int sections = 1;
    while (!read_section(s, to, name, so_far.facts.at("names").count(), shard, so_far.rows))
      if (++sections > most_sections)
        throw stop(outcome::refused, "the snapshot of shard " + std::to_string(shard) +
                                         " ended each time before it was read; is another command "
                                         "reading, or is the service too slow?");
    ++so_far.shards;
    if (shard % sync_every == 0)
      to.sync();
    s.progress(grouped(std::to_string(so_far.shards)) + " of " +
               grouped(std::to_string(shard_count)) + " shards, " +
               grouped(std::to_string(so_far.rows)) + " rows");
  }
}

void read_registry(session& s, backup_writer& to, held& so_far) {
  so_far.records = 0;
  for (const auto* kind : {"application", "provider", "report"})
    for (std::string after;;) {
      auto body = value::object();
      body.put("kind", kind).put("after", after);
      const auto page = insist(s, base + "/records", body);
      if (page.at("records").count() == 0)
        break;
      to.put(part_type::records, content_of(page));
      so_far.records += page.at("records").count();
      after = page.at("next").text();
    }
}

void read_standings(session& s, backup_writer& to, held& so_far) {
  so_far.strikes = 0;
  for (std::string after;;) {
    const auto page = insist(s, base + "/standings", value::object().put("after", after));
    const auto content = content_of(page);
    so_far.strikes += strikes_in(content);
    if (page.at("standings").count() > 0)
      to.put(part_type::standings, content);
    after = page.at("next").text();
    if (after.empty())
      return;
  }
}

std::vector<storage::audit_entry> links_behind(session& s, std::uint64_t sequence,
                                               std::string& content) {
  content = content_of(insist(s, base + "/audit", value::object().put("after", sequence)));
  auto links = storage::decode_links(content);
  if (!links)
    not_ours();
  return std::move(*links);
}

/// A value of a record cannot look like this: its quotation marks are escaped.
bool says_restored(const storage::audit_entry& link) {
  return link.body.find(R"("action":"backup.restored")") != link.body.npos;
}

/// The audit's chain behind what the file has; answers whether there was any. `begun`: behind this
/// record the directory must not have been restored, which begins another change log; 0: it may.
bool read_chain(session& s, backup_writer& to, held& so_far, std::uint64_t begun) {
  for (bool any = false;; any = true) {
    std::string content;
    auto links = links_behind(s, so_far.chain.sequence, content);
    if (links.empty())
      return any;
    for (const auto& link : links)
      if (begun != 0 && link.sequence > begun && says_restored(link))
        throw stop(outcome::untrue,
                   "the service was restored since this file was begun: begin a new file");
    so_far.chain.follow(links, "the service");
    to.put(part_type::links, content);
    so_far.links = so_far.chain.sequence;
  }
}

value totals_of(const held& so_far, const std::string& id) {
  auto out = value::object();
  out.put("backup", id).put("shards", so_far.shards).put("rows", so_far.rows);
  out.put("records", so_far.records).put("strikes", so_far.strikes);
  out.put("audit_records", so_far.links);
  return out;
}

void show_totals(session& s, const value& told) {
  facts out;
  for (const auto& name : told.names()) out.add(name, told.at(name).shown());
  s.show(told, out.text());
}

void verify(session& s, const std::string& path, const crypto::secret32& key) {
  backup_reader from(path, file_kind::backup, key);
  const auto all = read_held(from);
  if (!from.ended())
    throw stop(outcome::untrue,
               path + " is not whole: it was cut off, or the back-up is not finished");
  auto told = totals_of(all, from.id());
  told.put("whole", true).put("begun_at_change", all.facts.at("changes").count());
  show_totals(s, told);
}

// --- the change log ------------------------------------------------------------------------------

/// A file goes on only in the directory whose audit has what the file ends with.
void need_same_directory(session& s, const held& so_far) {
  const auto& end = so_far.chain;
  if (end.sequence == 0)
    return;
  std::string content;
  const auto links = links_behind(s, end.sequence - 1, content);
  if (links.empty() || links.front().sequence != end.sequence || links.front().hash != end.hash)
    throw stop(outcome::untrue,
               "the service is another directory than the one of this file, or an "
               "older state of it: begin a new file");
}

/// So that it is known which keys what follows is named and sealed by.
void note_keys(session& s, backup_writer& to, held& so_far) {
  auto now = s.get("/admin/v1/restore");
  for (const auto* state : {"name", "state", "needs"}) now.remove(state);
  if (now.json() == so_far.keys.json())
    return;
  to.put(part_type::keys, now.json());
  so_far.keys = std::move(now);
}

/// Everything that is new; answers whether there was any.
bool read_changes(session& s, backup_writer& to, held& so_far) {
  note_keys(s, to, so_far);
  bool any = read_chain(s, to, so_far, so_far.facts.at("audit").count());
  while (true) {
    const auto page = insist(s, base + "/changes", value::object().put("after", so_far.change));
    const auto last = page.at("last").count();
    if (last < so_far.change)
      throw stop(outcome::untrue,
                 "the service's change log ends before this file does: it is "
                 "another directory, or a restored one; begin a new file");
    if (last > so_far.change && page.at("first").count() > so_far.change + 1)
      throw stop(outcome::untrue, "the service does not have the changes behind " +
                                      std::to_string(so_far.change) +
                                      " any more: make a new back-up, and begin a new file");
    if (page.at("entries").count() == 0)
      return any;
    to.put(part_type::log, content_of(page));
    so_far.change = page.at("next").count();
    any = true;
  }
}

/// The file at `path`, to go on with behind what `so_far` takes from it, if `check` lets it; a new
/// one if there is none.
template <class Check>
std::unique_ptr<backup_writer> begin_or_go_on(const std::string& path, file_kind kind,
                                              const crypto::secret32& key, held& so_far,
                                              Check check) {
  if (!std::filesystem::exists(path))
    return std::make_unique<backup_writer>(path, kind, key, crypto::system_random());
  backup_reader from(path, kind, key);
  so_far = read_held(from);
  check(from);
  return std::make_unique<backup_writer>(from, key, crypto::system_random());
}

/// One look; with --follow a service that is away is waited for.
bool look(session& s, backup_writer& to, held& so_far, bool follow) {
  try {
    return read_changes(s, to, so_far);
  } catch (const stop& why) {
    if (!follow || (why.how != outcome::unreachable && !refused_with(why, 503)))
      throw;
    s.remark(why.what());
    return false;
  }
}

}  // namespace

void back_up(session& s) {
  const auto path = s.operand(0);
  const auto key = backup_key(s);
  if (s.line().has("verify"))
    return verify(s, path, key);
  if (s.line().has("dry-run"))
    facts_of(s, "dry-run");
  held so_far;
  const auto to =
      begin_or_go_on(path, file_kind::backup, key, so_far, [&](const backup_reader& from) {
        if (from.ended())
          throw stop(outcome::bad_line, path + " is a whole back-up; --verify says what is in it");
      });
  const auto facts = facts_of(s, to->id());
  if (!so_far.facts.is_null()) {
    need_same_keys(so_far.facts, facts, so_far.facts.at("names").count());
  } else {
    to->put(part_type::facts, facts.json());
    so_far.facts = facts;
  }
  read_shards(s, *to, to->id(), so_far);
  read_registry(s, *to, so_far);
  read_standings(s, *to, so_far);
  so_far.chain = {};
  read_chain(s, *to, so_far, 0);
  s.progress("");
  auto told = totals_of(so_far, to->id());
  to->put(end_type, told.json());
  to->sync();
  told.put("file_bytes", to->size());
  show_totals(s, told);
}

void follow_changes(session& s) {
  const auto path = s.operand(0);
  const auto key = backup_key(s);
  const bool follow = s.line().has("follow");
  if (s.line().has("dry-run"))
    facts_of(s, "dry-run");
  held so_far;
  const auto to = begin_or_go_on(path, file_kind::changes, key, so_far,
                                 [&](const backup_reader&) { need_same_directory(s, so_far); });
  if (so_far.facts.is_null()) {
    so_far.facts = facts_of(s, to->id());
    const auto oldest = insist(s, base + "/changes", value::object().put("after", 0)).at("first");
    so_far.change = oldest.count() == 0 ? so_far.facts.at("changes").count() : oldest.count() - 1;
    so_far.facts.put("from", so_far.change);
    to->put(part_type::facts, so_far.facts.json());
  }
  auto told = value::object();
  while (true) {
    if (look(s, *to, so_far, follow) || so_far.seen.is_null()) {
      so_far.seen = value::object().put("change", so_far.change);
      so_far.seen.put("audit", so_far.chain.sequence);
      to->put(part_type::seen, so_far.seen.json());
      to->sync();
      s.progress("change " + grouped(std::to_string(so_far.change)));
    }
    if (!follow)
      break;
    pause(follow_period);
  }
  told.put("last_change", so_far.change).put("last_audit_record", so_far.chain.sequence);
  show_totals(s, told);
}

}  // namespace glados::admin
