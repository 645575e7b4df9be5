#include "storage/redis_names.hpp"

#include <algorithm>

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

std::string encode(const index_checks& keys) {
  std::string out;
  for (const auto& one : keys) out.append(one.begin(), one.end());
  return out;
}

index_checks decode_checks(std::string_view bytes) {
  index_checks out(bytes.size() / std::tuple_size_v<bytes16>);
  for (auto& one : out) {
    std::copy_n(bytes.begin(), one.size(), one.begin());
    bytes.remove_prefix(one.size());
  }
  return out;
}

void redis_names::rename_records(renaming step, reply<std::size_t> done) {
  const auto shard = step.by.shard;
  arguments names;
  names.add(keys::owner(shard));
  arguments args;
  args.add(step.by.incarnation).add(step.by.epoch).add(std::uint64_t{step.layers});
  for (const auto& [from, record] : step.records) {
    names.add(keys::mappings(shard, from)).add(keys::mappings(shard, record.key));
    args.add(keys::mapping_field(from)).add(record.version);
    args.add(keys::mapping_field(record.key)).add(encode(record));
  }
  client_.send(
      script_command(true, scripts::rename_records, names, args),
      answering<std::size_t>(std::move(done), [](const redisReply& value) -> result<std::size_t> {
        if (value.type != REDIS_REPLY_INTEGER)
          return errc::fenced;
        return static_cast<std::size_t>(value.integer);
      }));
}

void redis_names::end_renaming(const fence& by, std::uint8_t from, std::uint8_t to,
                               reply<bool> done) {
  arguments names;
  names.add(keys::owner(by.shard)).add(keys::walks(by.shard));
  for (std::size_t at = 0; at < keys::mapping_buckets; ++at)
    names.add(keys::mappings(by.shard, from, at));
  client_.send(script_command(true, scripts::end_renaming, names,
                              arguments().add(by.incarnation).add(by.epoch).add(std::uint64_t{to})),
               answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
                 if (text_of(value) == "fenced")
                   return errc::fenced;
                 return text_of(value) == "ok";
               }));
}

void redis_names::report_keys(const std::string& incarnation, const index_checks& keys,
                              reply<bool> done) {
  client_.send(script_command(true, scripts::report_keys,
                              arguments().add(keys::members()).add(keys::member_keys()),
                              arguments().add(incarnation).add(encode(keys))),
               answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
                 if (text_of(value) != "ok")
                   return errc::not_found;
                 return true;
               }));
}

void redis_names::activate_key(std::uint8_t version, const index_checks& mine,
                               reply<activation_answer> done) {
  const auto parse = [](const redisReply& value) -> result<activation_answer> {
    for (const auto outcome : {activation::active, activation::not_next, activation::unfinished,
                               activation::lacking, activation::differing})
      if (text_of(element(value, 0)) == to_string(outcome))
        return activation_answer{outcome, std::string(text_of(element(value, 1)))};
    return errc::internal;
  };
  client_.send(script_command(true, scripts::activate_key,
                              arguments()
                                  .add(keys::members())
                                  .add(keys::member_keys())
                                  .add(keys::index())
                                  .add(keys::restore()),
                              arguments().add(std::uint64_t{version}).add(encode(mine))),
               answering<activation_answer>(std::move(done), parse));
}

void redis_names::settle_key(std::uint8_t version, reply<bool> done) {
  client_.send(script_command(true, scripts::settle_key, arguments().add(keys::index()),
                              arguments().add(std::uint64_t{version})),
               answering<bool>(std::move(done), [](const redisReply& value) -> result<bool> {
                 if (text_of(value) != "ok")
                   return errc::conflict;
                 return true;
               }));
}

}  // namespace glados::storage
