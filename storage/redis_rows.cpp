// Rows of bulk jobs on their way to Redis: many records of a shard in one script call.
#include <algorithm>

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

constexpr std::size_t usual_row = 160;  // bytes

/// The entry that counts users, before and after the number that only the script knows.
std::pair<std::string, std::string> count_entry(const user_count_change& each) {
  if (each.delta == 0)
    return {};
  outbox_entry entry{{}, outbox_entry::kind::count_users, {}, each, {}};
  entry.change.delta = 0;
  const auto none = encode(entry);
  entry.change.delta = 1;
  const auto one = encode(entry);
  const auto at = std::mismatch(none.begin(), none.end(), one.begin()).first;
  return {{none.begin(), at}, {at + 1, none.end()}};
}

/// Three bytes, big endian.
void append_size(std::string& to, std::size_t size) {
  for (const int shift : {16, 8, 0}) to += static_cast<char>(size >> shift);
}

/// As write_rows.lua reads it.
void append_row(std::string& to, const row_write& row) {
  const auto& record = row.record;
  const auto body = record.mappings.empty() ? std::string() : encode(record);
  append_size(to, body.size());
  append_size(to, row.outbox.size());
  to += record.version == 0 ? '\0' : '\1';
  if (record.version != 0)
    for (int shift = 56; shift >= 0; shift -= 8) to += static_cast<char>(record.version >> shift);
  to.append(reinterpret_cast<const char*>(record.key.value.data()), record.key.value.size());
  to += body;
  for (const auto& entry : row.outbox) {
    const auto text = encode(entry);
    append_size(to, text.size());
    to += text;
  }
}

redis_command rows_command(const rows_commit& step) {
  const auto shard = step.by.shard;
  arguments names;
  names.add(keys::owner(shard)).add(keys::outbox(shard)).add(keys::snapshot(shard));
  arguments args;
  args.add(step.by.incarnation).add(step.by.epoch);
  const auto [before, after] = count_entry(step.each);
  args.add(before).add(after);
  args.add(step.each.delta > 0 ? "1" : "-1");
  std::string packed;
  packed.reserve(step.rows.size() * usual_row);
  for (const auto& row : step.rows) {
    names.add(keys::mappings(shard, row.record.key));
    append_row(packed, row);
  }
  args.add(packed);
  return script_command(true, scripts::write_rows, names, args);
}

rows_result parse_rows(const redis_answer& answer, const std::vector<sii_key>& keys, bool counted) {
  rows_result out;
  out.code = answer.code;
  if (answer.code != errc::none)
    return out;
  const auto& reply = *answer.reply;
  if (text_of(element(reply, 0)) != "ok") {
    out.code = errc::fenced;
    return out;
  }
  out.version = static_cast<std::uint64_t>(number_of(element(reply, 1)));
  for (std::size_t i = 2; i + 1 < size_of(reply); i += 2) {
    const auto index = static_cast<std::size_t>(number_of(element(reply, i)));
    const auto stored = split_version(text_of(element(reply, i + 1)));
    directory_record record;
    record.key = keys.at(index);
    record.version = stored.version;
    if (stored.version != 0) {
      auto claims = decode_mappings(stored.body);
      if (!claims) {
        out.code = errc::internal;
        return out;
      }
      record.mappings = std::move(*claims);
    }
    out.refused.emplace_back(index, std::move(record));
  }
  out.left = counted && out.refused.size() < keys.size();
  return out;
}

}  // namespace

void redis_directory::apply_rows(rows_commit step, std::function<void(rows_result)> done) {
  std::vector<sii_key> names;
  bool counted = step.each.delta != 0;
  names.reserve(step.rows.size());
  for (const auto& row : step.rows) {
    names.push_back(row.record.key);
    counted = counted || !row.outbox.empty();
  }
  client_.send(rows_command(step),
               [done = std::move(done), names = std::move(names),
                counted](const redis_answer& answer) { done(parse_rows(answer, names, counted)); });
}

}  // namespace glados::storage
