#include "storage/backup_codec.hpp"

#include <charconv>

#include "storage/bytes.hpp"
#include "storage/codec.hpp"

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

std::string encode(const taken_change& change) {
  byte_writer out;
  out.choice(change.what);
  if (change.what == taken_change::kind::row) {
    out.number(change.shard);
    put(out, change.row);
  } else {
    put(out, change.record);
  }
  return out.take();
}

std::optional<taken_change> decode_taken(std::string_view bytes) {
  byte_reader in(bytes);
  taken_change change;
  change.what = in.choice(taken_change::kind::record);
  if (change.what == taken_change::kind::row) {
    change.shard = in.number_as<shard_id>();
    change.row = take_row(in);
    if (change.shard >= shard_count)
      in.fail();
  } else {
    change.record = take_record(in);
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

std::string log_text(const outbox_entry& entry) {
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
