#include "storage/backup_codec.hpp"

#include <charconv>

#include "storage/bytes.hpp"
#include "storage/codec.hpp"
#include "storage/standing_codec.hpp"

namespace glados::storage {

namespace {

void put(byte_writer& out, const kept_row& row) {
  out.byte(row.key.layers);
  out.raw(row.key.value);
  out.number(row.version);
  out.text(row.body);
}

kept_row take_row(byte_reader& in) {
  kept_row row;
  row.key.layers = in.byte();
  row.key.value = in.raw<16>();
  row.version = in.number();
  row.body = in.text();
  return row;
}

void put(byte_writer& out, const registry_record& record) {
  out.choice(record.what);
  out.text(record.id);
  out.number(record.version);
  out.text(record.body);
}

registry_record take_record(byte_reader& in) {
  registry_record record;
  record.what = in.choice(registry_record::kind::report);
  record.id = in.text();
  record.version = in.number();
  record.body = in.text();
  return record;
}

void put(byte_writer& out, const audit_entry& link) {
  out.number(link.sequence);
  out.raw(link.previous);
  out.raw(link.hash);
  out.text(link.body);
}

audit_entry take_link(byte_reader& in) {
  audit_entry link;
  link.sequence = in.number();
  link.previous = in.raw<32>();
  link.hash = in.raw<32>();
  link.body = in.text();
  return link;
}

void put(byte_writer& out, const logged_change& entry) {
  out.number(entry.number);
  out.time(entry.at);
  out.text(entry.body);
}

logged_change take_logged(byte_reader& in) {
  logged_change entry;
  entry.number = in.number();
  entry.at = in.time();
  entry.body = in.text();
  return entry;
}

void put(byte_writer& out, const kept_standing& part) {
  out.text(part.provider_id);
  out.number(part.facts.strikes.size());
  for (const auto& one : part.facts.strikes) {
    out.text(one.id);
    out.text(encode(one));
  }
  out.number(part.facts.changes.size());
  for (const auto& [day, number] : part.facts.changes) {
    out.number(static_cast<std::uint64_t>(day));
    out.number(number);
  }
}

kept_standing take_standing(byte_reader& in) {
  kept_standing part;
  part.provider_id = in.text();
  for (auto left = in.count(); left > 0 && in.ok(); --left) {
    const auto id = in.text();
    auto one = decode_strike(in.text());
    if (!one) {
      in.fail();
      break;
    }
    one->id = id;
    part.facts.strikes.push_back(std::move(*one));
  }
  for (auto left = in.count(); left > 0 && in.ok(); --left) {
    const auto day = static_cast<std::int64_t>(in.number());
    part.facts.changes[day] = in.number();
  }
  return part;
}

template <class T>
std::string encode_all(const std::vector<T>& all) {
  byte_writer out;
  out.number(all.size());
  for (const auto& one : all) put(out, one);
  return out.take();
}

template <class T>
std::optional<std::vector<T>> decode_all(std::string_view bytes, T (*take)(byte_reader&)) {
  byte_reader in(bytes);
  std::vector<T> all;
  for (auto left = in.count(); left > 0 && in.ok(); --left) all.push_back(take(in));
  if (!in.done())
    return std::nullopt;
  return all;
}

}  // namespace

kept_row row_of(const directory_record& record) {
  return {record.key, record.version, record.mappings.empty() ? std::string() : encode(record)};
}

std::optional<directory_record> record_of(const kept_row& row) {
  directory_record record{row.key, row.version, {}};
  if (row.body.empty())
    return record;
  auto claims = decode_mappings(row.body);
  if (!claims)
    return std::nullopt;
  record.mappings = std::move(*claims);
  return record;
}

std::string encode_rows(const std::vector<kept_row>& rows) { return encode_all(rows); }
std::optional<std::vector<kept_row>> decode_rows(std::string_view bytes) {
  return decode_all<kept_row>(bytes, take_row);
}

std::string encode_records(const std::vector<registry_record>& records) {
  return encode_all(records);
}
std::optional<std::vector<registry_record>> decode_records(std::string_view bytes) {
  return decode_all<registry_record>(bytes, take_record);
}

std::string encode_links(const std::vector<audit_entry>& links) { return encode_all(links); }
std::optional<std::vector<audit_entry>> decode_links(std::string_view bytes) {
  return decode_all<audit_entry>(bytes, take_link);
}

std::string encode_standings(const std::vector<kept_standing>& parts) { return encode_all(parts); }
std::optional<std::vector<kept_standing>> decode_standings(std::string_view bytes) {
  return decode_all<kept_standing>(bytes, take_standing);
}

std::string encode(const taken_change& change) {
  byte_writer out;
  out.choice(change.what);
  if (change.what == taken_change::kind::row) {
    out.number(change.shard);
    put(out, change.row);
  } else if (change.what == taken_change::kind::record) {
    put(out, change.record);
  } else {
    out.text(encode(change.note));
  }
  return out.take();
}

std::optional<taken_change> decode_taken(std::string_view bytes) {
  byte_reader in(bytes);
  taken_change change;
  change.what = in.choice(taken_change::kind::note);
  if (change.what == taken_change::kind::row) {
    change.shard = in.number_as<shard_id>();
    change.row = take_row(in);
    if (change.shard >= shard_count)
      in.fail();
  } else if (change.what == taken_change::kind::record) {
    change.record = take_record(in);
  } else {
    auto note = decode_note(in.text());
    if (!note)
      return std::nullopt;
    change.note = std::move(*note);
  }
  if (!in.done())
    return std::nullopt;
  return change;
}

outbox_entry entry_of(shard_id shard, const directory_record& left) {
  taken_change change;
  change.shard = shard;
  change.row = row_of(left);
  change.row.version = 0;
  outbox_entry out;
  out.what = outbox_entry::kind::taken;
  out.subject = encode(change);
  return out;
}

outbox_entry entry_of(const registry_record& left) {
  taken_change change;
  change.what = taken_change::kind::record;
  change.record = left;
  change.record.version = 0;
  outbox_entry out;
  out.what = outbox_entry::kind::taken;
  out.subject = encode(change);
  return out;
}

bool is_logged(const outbox_entry& entry) {
  return entry.what == outbox_entry::kind::taken ||
         (entry.what == outbox_entry::kind::note &&
          entry.note.what != standing_note::kind::change_made);
}

std::string log_text(const outbox_entry& entry) {
  if (entry.what == outbox_entry::kind::note) {
    taken_change said;
    said.what = taken_change::kind::note;
    said.note = entry.note;
    return encode(said);
  }
  auto change = decode_taken(entry.subject);
  if (!change)
    return {};
  auto& version =
      change->what == taken_change::kind::row ? change->row.version : change->record.version;
  std::from_chars(entry.id.data(), entry.id.data() + entry.id.size(), version);
  return encode(*change);
}

std::string encode_log(const std::vector<logged_change>& entries) { return encode_all(entries); }
std::optional<std::vector<logged_change>> decode_log(std::string_view bytes) {
  return decode_all<logged_change>(bytes, take_logged);
}

}  // namespace glados::storage
