// The walk through a shard's mapping records: redis_directory's part for those who visit them all.
#include "storage/redis_walk.hpp"

#include <algorithm>
#include <charconv>

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

walk_place parse_place(std::string_view cursor, std::size_t last) {
  walk_place out;
  const auto colon = std::min(cursor.find(':'), cursor.size());
  std::from_chars(cursor.data(), cursor.data() + colon, out.bucket);
  out.bucket = std::min(out.bucket, last);
  if (colon + 1 < cursor.size())
    out.inner = cursor.substr(colon + 1);
  return out;
}

result<mapping_page> parse_page(const redisReply& value, std::uint8_t layers,
                                std::size_t first_bucket) {
  mapping_page page;
  if (const auto next = number_of(element(value, 0)); next >= 0)
    page.next = std::to_string(first_bucket + static_cast<std::size_t>(next)) + ":" +
                std::string(text_of(element(value, 1)));
  const redisReply& words = element(value, 2);
  for (std::size_t i = 0; i + 1 < size_of(words); i += 2) {
    const auto field = text_of(element(words, i));
    const versioned stored = split_version(text_of(element(words, i + 1)));
    auto claims = decode_mappings(stored.body);
    directory_record record;
    record.key.layers = layers;
    if (!claims || field.size() != record.key.value.size())
      return errc::internal;
    std::copy(field.begin(), field.end(), record.key.value.begin());
    record.version = stored.version;
    record.mappings = std::move(*claims);
    page.records.push_back(std::move(record));
  }
  return page;
}

void redis_directory::load_mappings(shard_id shard, std::uint8_t layers, const std::string& cursor,
                                    std::size_t limit, reply<mapping_page> done) {
  const auto from = parse_place(cursor, keys::mapping_buckets - 1);
  arguments buckets;
  for (auto at = from.bucket; at < keys::mapping_buckets; ++at)
    buckets.add(keys::mappings(shard, layers, at));
  client_.send(
      script_command(false, scripts::page, buckets, arguments().add(from.inner).add(limit)),
      answering<mapping_page>(std::move(done),
                              [layers, first = from.bucket](const redisReply& value) {
                                return parse_page(value, layers, first);
                              }));
}

void redis_directory::load_walk(shard_id shard, const std::string& name, reply<std::string> done) {
  client_.send(plain_command(false, {"HGET", keys::walks(shard), name}),
               answering<std::string>(std::move(done), [](const redisReply& value) {
                 return result<std::string>(std::string(text_of(value)));
               }));
}

void redis_directory::save_walk(const fence& by, const std::string& name, const std::string& cursor,
                                reply<bool> done) {
  arguments args;
  args.add(by.incarnation).add(by.epoch).add(name).add(cursor);
  client_.send(
      script_command(true, scripts::save_walk,
                     arguments().add(keys::owner(by.shard)).add(keys::walks(by.shard)), args),
      answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
        if (text_of(value) == "fenced")
          return errc::fenced;
        return true;
      }));
}

}  // namespace glados::storage
