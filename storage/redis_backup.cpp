#include "storage/redis_backup.hpp"

#include <algorithm>

#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/redis_walk.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

std::uint64_t kept_ms() { return std::chrono::milliseconds(snapshot_kept).count(); }

/// The number of an id "<number>-1".
std::uint64_t number_of_id(std::string_view id) {
  std::uint64_t out = 0;
  std::from_chars(id.data(), id.data() + id.size(), out);
  return out;
}

result<bool> ok_or_conflict(const redisReply& value) {
  if (text_of(value) != "ok")
    return errc::conflict;
  return true;
}

std::uint8_t layers_of(const redisReply& state) {
  std::uint8_t out = 1;
  const auto text = text_of(element(state, 2));
  std::from_chars(text.data(), text.data() + text.size(), out);
  return out;
}

log_page parse_log(const redisReply& value) {
  log_page out;
  out.first = number_of_id(text_of(element(value, 0)));
  out.last = static_cast<std::uint64_t>(number_of(element(value, 1)));
  const redisReply& list = element(value, 2);
  for (std::size_t i = 0; i < size_of(list); ++i) {
    const redisReply& entry = element(list, i);
    out.entries.push_back({number_of_id(text_of(element(entry, 0))),
                           {number_of(element(element(entry, 1), 3))},
                           std::string(stream_body(entry))});
  }
  return out;
}

}  // namespace

void redis_backup::begin_snapshot(shard_id shard, const std::string& name,
                                  reply<shard_snapshot> done) {
  client_.send(script_command(true, scripts::begin_snapshot,
                              arguments().add(keys::owner(shard)).add(keys::snapshot(shard)),
                              arguments().add(name).add(kept_ms())),
               answering<shard_snapshot>(
                   std::move(done), [](const redisReply& value) -> result<shard_snapshot> {
                     if (size_of(value) != 3)
                       return errc::conflict;
                     return shard_snapshot{static_cast<std::uint64_t>(number_of(element(value, 0))),
                                           static_cast<std::uint64_t>(number_of(element(value, 1))),
                                           static_cast<std::uint8_t>(number_of(element(value, 2)))};
                   }));
}

void redis_backup::read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                                 const std::string& cursor, std::size_t limit,
                                 reply<mapping_page> done) {
  // What records were is one bucket more, behind the others.
  const auto from = parse_place(cursor, keys::mapping_buckets);
  arguments names;
  names.add(keys::owner(shard));
  for (auto at = from.bucket; at < keys::mapping_buckets; ++at)
    names.add(keys::mappings(shard, layers, at));
  names.add(keys::snapshot(shard));
  arguments args;
  args.add(name).add(std::uint64_t{layers}).add(from.inner).add(limit).add(kept_ms());
  client_.send(script_command(true, scripts::read_snapshot, names, args),
               answering<mapping_page>(
                   std::move(done),
                   [layers, first = from.bucket](const redisReply& value) -> result<mapping_page> {
                     if (size_of(value) != 3)
                       return errc::not_found;
                     return parse_page(value, layers, first);
                   }));
}

void redis_backup::log_change(shard_id shard, const std::string& outbox_id, const std::string& body,
                              reply<bool> done) {
  const auto dash = std::min(outbox_id.find('-'), outbox_id.size());
  arguments args;
  args.add(std::uint64_t{shard}).add(outbox_id.substr(0, dash));
  args.add(outbox_id.substr(std::min(dash + 1, outbox_id.size()))).add(body).add(changes_logged);
  client_.send(script_command(true, scripts::log_change,
                              arguments().add(keys::change_log()).add(keys::change_marks()), args),
               answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
                 return number_of(value) == 1;
               }));
}

void redis_backup::read_log(std::uint64_t after, std::size_t limit, reply<log_page> done) {
  client_.send(
      script_command(false, scripts::read_log,
                     arguments().add(keys::change_log()).add(keys::change_marks()),
                     arguments().add(after).add(limit)),
      answering<log_page>(std::move(done), [](const redisReply& value) -> result<log_page> {
        return parse_log(value);
      }));
}

void redis_backup::begin_restore(const std::string& name, std::uint8_t layers, reply<bool> done) {
  arguments names;
  names.add(keys::restore()).add(keys::index());
  names.add(keys::registry(registry_record::kind::provider));
  names.add(keys::registry(registry_record::kind::application)).add(keys::audit_head());
  client_.send(script_command(true, scripts::begin_restore, names,
                              arguments().add(name).add(std::uint64_t{layers})),
               answering<bool>(std::move(done), ok_or_conflict));
}

void redis_backup::load_restore(reply<restore_state> done) {
  client_.send(plain_command(false, {"HMGET", keys::restore(), "n", "o", "k"}),
               answering<restore_state>(
                   std::move(done), [](const redisReply& value) -> result<restore_state> {
                     return restore_state{std::string(text_of(element(value, 0))),
                                          text_of(element(value, 1)) == "1", layers_of(value)};
                   }));
}

void redis_backup::apply_restored(const std::string& name, registry_commit step, reply<bool> done) {
  if (name.empty())
    return done(errc::conflict);
  client_.send(registry_command(step, name), answering<bool>(std::move(done), parse_applied));
}

void redis_backup::end_restore(const std::string& name, reply<bool> done) {
  client_.send(script_command(true, scripts::end_restore, arguments().add(keys::restore()),
                              arguments().add(name)),
               answering<bool>(std::move(done), ok_or_conflict));
}

}  // namespace glados::storage
