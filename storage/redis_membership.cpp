#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

result<bool> ok_or_conflict(const redisReply& value) {
  if (text_of(value) == "conflict")
    return errc::conflict;
  return true;
}

/// Waits for one answer a shard. Lives in the handlers of the commands it waits for, on the I/O
/// thread, and answers the caller with the last of them; the first error wins.
template <class T>
struct gathering {
  std::size_t open = 0;
  errc failed = errc::none;
  T value{};
  reply<T> done;

  void one(errc code) {
    if (failed == errc::none)
      failed = code;
    if (--open > 0)
      return;
    if (failed == errc::none)
      done(std::move(value));
    else
      done(failed);
  }
};

template <class T>
std::shared_ptr<gathering<T>> gather(std::size_t open, T value, reply<T> done) {
  return std::make_shared<gathering<T>>(
      gathering<T>{open, errc::none, std::move(value), std::move(done)});
}

}  // namespace

void redis_membership::time(reply<instant> done) {
  const auto parse = [](const redisReply& value) -> result<instant> {
    return instant{number_of(element(value, 0)) * 1'000'000 + number_of(element(value, 1))};
  };
  client_.send(plain_command(false, {"TIME"}), answering<instant>(std::move(done), parse));
}

void redis_membership::check_identity(const directory_identity& mine, reply<bool> done) {
  client_.send(script_command(true, scripts::identity, arguments().add(keys::identity()),
                              arguments().add(encode(mine))),
               answering<bool>(std::move(done), ok_or_conflict));
}

void redis_membership::claim(const std::string& node, const std::string& incarnation,
                             std::vector<shard_id> shards, reply<std::vector<shard_claim>> done) {
  if (shards.empty()) {  // still answered from the I/O thread
    time([done = std::move(done)](const result<instant>&) { done(std::vector<shard_claim>()); });
    return;
  }
  auto all = gather(shards.size(), std::vector<shard_claim>(shards.size()), std::move(done));
  for (std::size_t i = 0; i < shards.size(); ++i)
    client_.send(script_command(true, scripts::claim, arguments().add(keys::owner(shards[i])),
                                arguments().add(node).add(incarnation)),
                 [all, i, shard = shards[i]](const redis_answer& answer) {
                   errc code = answer.code;
                   if (code == errc::none && answer.reply->type != REDIS_REPLY_INTEGER)
                     code = errc::conflict;
                   if (code == errc::none)
                     all->value[i] = {shard, static_cast<std::uint64_t>(answer.reply->integer)};
                   all->one(code);
                 });
}

void redis_membership::raise_epoch(const fence& by, reply<std::uint64_t> done) {
  const auto parse = [](const redisReply& value) -> result<std::uint64_t> {
    if (value.type != REDIS_REPLY_INTEGER)
      return errc::fenced;
    return static_cast<std::uint64_t>(value.integer);
  };
  client_.send(script_command(true, scripts::raise_epoch, arguments().add(keys::owner(by.shard)),
                              arguments().add(by.incarnation).add(by.epoch)),
               answering<std::uint64_t>(std::move(done), parse));
}

void redis_membership::release(const std::string& incarnation, std::vector<shard_id> shards,
                               reply<bool> done) {
  if (shards.empty()) {
    time([done = std::move(done)](const result<instant>&) { done(true); });
    return;
  }
  auto all = gather(shards.size(), true, std::move(done));
  for (shard_id shard : shards)
    client_.send(script_command(true, scripts::release, arguments().add(keys::owner(shard)),
                                arguments().add(incarnation)),
                 [all](const redis_answer& answer) { all->one(answer.code); });
}

}  // namespace glados::storage
