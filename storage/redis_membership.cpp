#include <algorithm>

#include "storage/codec.hpp"
#include "storage/keys.hpp"
#include "storage/redis_names.hpp"
#include "storage/redis_ports.hpp"
#include "storage/redis_reply.hpp"
#include "storage/scripts_text.hpp"

namespace glados::storage {

namespace {

result<bool> ok_or(const redisReply& value, errc otherwise) {
  if (text_of(value) == "ok")
    return true;
  return otherwise;
}

/// "node\nfolder\naddress", as scripts/join.lua stores it.
member_record read_member(std::string_view incarnation, std::string_view record) {
  member_record out;
  out.incarnation = incarnation;
  std::string* parts[] = {&out.node, &out.folder, &out.address};
  for (auto* part : parts) {
    const auto end = std::min(record.find('\n'), record.size());
    *part = record.substr(0, end);
    record.remove_prefix(std::min(end + 1, record.size()));
  }
  return out;
}

/// Names have one layer until the record of their shard says more.
std::uint8_t layers_of(const redisReply& value) {
  return static_cast<std::uint8_t>(std::max<std::int64_t>(number_of(value), 1));
}

shard_claim read_claim(shard_id shard, const redisReply& value) {
  return {shard, static_cast<std::uint64_t>(number_of(element(value, 0))),
          layers_of(element(value, 1)), static_cast<std::uint8_t>(number_of(element(value, 2)))};
}

result<table_answer> read_table(const redisReply& value) {
  table_answer out;
  out.now = {number_of(element(value, 0)) * 1'000'000 + number_of(element(value, 1))};
  out.member = number_of(element(value, 2)) == 1;
  out.view.number = static_cast<std::uint64_t>(number_of(element(value, 3)));
  const auto& members = element(value, 4);
  for (std::size_t i = 0; i + 1 < size_of(members); i += 2)
    out.view.members.push_back(
        read_member(text_of(element(members, i)), text_of(element(members, i + 1))));
  const auto& counters = element(value, 5);
  const auto& draining = element(value, 6);
  const auto& index = element(value, 7);
  const auto& keys = element(value, 8);
  if (const auto used = number_of(element(index, 0)); used > 0)
    out.index = {static_cast<std::uint8_t>(used),
                 static_cast<std::uint8_t>(number_of(element(index, 1)))};
  for (auto& member : out.view.members) {
    for (std::size_t i = 0; i + 1 < size_of(keys); i += 2)
      if (text_of(element(keys, i)) == member.incarnation)
        member.index_keys = static_cast<std::uint8_t>(number_of(element(keys, i + 1)));
    for (std::size_t i = 0; i + 1 < size_of(counters); i += 2)
      if (text_of(element(counters, i)) == member.incarnation)
        member.counter = static_cast<std::uint64_t>(number_of(element(counters, i + 1)));
    for (std::size_t i = 0; i < size_of(draining); ++i)
      member.draining = member.draining || text_of(element(draining, i)) == member.incarnation;
  }
  std::sort(out.view.members.begin(), out.view.members.end(),
            [](const auto& a, const auto& b) { return a.node < b.node; });
  return out;
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

void redis_membership::join(const join_request& request, reply<join_answer> done) {
  auto before = request.identity;
  --before.schema;
  const auto parse = [mine = request.identity,
                      keys = request.keys](const redisReply& value) -> result<join_answer> {
    const auto word = text_of(element(value, 0));
    if (word == "joined")
      return join_answer{};
    if (word == "live")
      return join_answer{join_outcome::id_live, {}};
    if (word == "ended")
      return join_answer{join_outcome::ended, {}};
    if (word == "keys")
      return join_answer{join_outcome::other_directory,
                         keys_mismatch(decode_checks(text_of(element(value, 1))), keys)};
    const auto stored = decode_identity(text_of(element(value, 1)));
    if (word != "identity" || !stored)
      return errc::internal;
    return join_answer{join_outcome::other_directory, mismatch(*stored, mine)};
  };
  client_.send(script_command(true, scripts::join,
                              arguments()
                                  .add(keys::identity())
                                  .add(keys::members())
                                  .add(keys::member_counters())
                                  .add(keys::members_ended())
                                  .add(keys::members_view())
                                  .add(keys::index())
                                  .add(keys::member_keys()),
                              arguments()
                                  .add(encode(request.identity))
                                  .add(encode(before))
                                  .add(request.me.incarnation)
                                  .add(request.me.node)
                                  .add(request.me.folder)
                                  .add(request.me.address)
                                  .add(encode(request.keys))),
               answering<join_answer>(std::move(done), parse));
}

void redis_membership::renew(const std::string& incarnation, reply<table_answer> done) {
  client_.send(script_command(true, scripts::renew,
                              arguments()
                                  .add(keys::members())
                                  .add(keys::member_counters())
                                  .add(keys::members_draining())
                                  .add(keys::members_view())
                                  .add(keys::index())
                                  .add(keys::member_keys()),
                              arguments().add(incarnation)),
               answering<table_answer>(std::move(done), read_table));
}

void redis_membership::announce(const std::string& incarnation, const std::string& address,
                                reply<bool> done) {
  client_.send(script_command(true, scripts::announce,
                              arguments().add(keys::members()).add(keys::members_view()),
                              arguments().add(incarnation).add(address)),
               answering<bool>(std::move(done), [](const redisReply& value) {
                 return ok_or(value, errc::not_found);
               }));
}

void redis_membership::end_member(const std::string& incarnation, std::string_view counter,
                                  reply<bool> done) {
  client_.send(script_command(true, scripts::evict,
                              arguments()
                                  .add(keys::members())
                                  .add(keys::member_counters())
                                  .add(keys::members_draining())
                                  .add(keys::members_ended())
                                  .add(keys::members_view())
                                  .add(keys::member_keys()),
                              arguments().add(incarnation).add(counter)),
               answering<bool>(std::move(done), [](const redisReply& value) {
                 return ok_or(value, errc::conflict);
               }));
}

void redis_membership::evict(const std::string& incarnation, std::uint64_t counter,
                             reply<bool> done) {
  end_member(incarnation, std::to_string(counter), std::move(done));
}

void redis_membership::leave(const std::string& incarnation, reply<bool> done) {
  end_member(incarnation, "", std::move(done));
}

void redis_membership::drain(const std::string& node, reply<bool> done) {
  client_.send(
      script_command(
          true, scripts::drain,
          arguments().add(keys::members()).add(keys::members_draining()).add(keys::members_view()),
          arguments().add(node)),
      answering<bool>(std::move(done),
                      [](const redisReply& value) { return ok_or(value, errc::not_found); }));
}

void redis_membership::find_ended(std::vector<std::string> incarnations,
                                  reply<std::vector<std::string>> done) {
  const std::string key = keys::members_ended();
  std::vector<std::string_view> words{"SMISMEMBER", key};
  words.insert(words.end(), incarnations.begin(), incarnations.end());
  if (incarnations.empty())
    words = {"TIME"};  // still answered from the I/O thread
  auto command = plain_command(false, words);
  client_.send(std::move(command),
               answering<std::vector<std::string>>(
                   std::move(done),
                   [incarnations = std::move(incarnations)](
                       const redisReply& value) -> result<std::vector<std::string>> {
                     std::vector<std::string> out;
                     for (std::size_t i = 0; i < incarnations.size(); ++i)
                       if (number_of(element(value, i)) == 1)
                         out.push_back(incarnations[i]);
                     return out;
                   }));
}

void redis_membership::load_owners(std::vector<shard_id> shards,
                                   reply<std::vector<shard_owner>> done) {
  if (shards.empty())
    return time([done = std::move(done)](const auto&) { done(std::vector<shard_owner>()); });
  auto all = gather(shards.size(), std::vector<shard_owner>(shards.size()), std::move(done));
  for (std::size_t i = 0; i < shards.size(); ++i)
    client_.send(plain_command(false, {"HMGET", keys::owner(shards[i]), "o", "e", "x"}),
                 [all, i](const redis_answer& answer) {
                   if (answer.code == errc::none) {
                     const auto& value = *answer.reply;
                     all->value[i] = {std::string(text_of(element(value, 0))),
                                      static_cast<std::uint64_t>(number_of(element(value, 1))),
                                      layers_of(element(value, 2))};
                   }
                   all->one(answer.code);
                 });
}

void redis_membership::claim(const std::string& node, const std::string& incarnation,
                             std::vector<shard_seen> shards, reply<std::vector<shard_claim>> done) {
  if (shards.empty())
    return time([done = std::move(done)](const auto&) { done(std::vector<shard_claim>()); });
  // In the order of the question, although shards may live in different processes; those that were
  // not to be had are left out.
  auto all = gather<std::vector<shard_claim>>(
      shards.size(), std::vector<shard_claim>(shards.size()),
      [done = std::move(done)](result<std::vector<shard_claim>> got) {
        if (got)
          std::erase_if(*got, [](const shard_claim& one) { return one.epoch == 0; });
        done(std::move(got));
      });
  for (std::size_t at = 0; at < shards.size(); ++at) {
    const auto& [shard, seen] = shards[at];
    client_.send(script_command(
                     true, scripts::claim, arguments().add(keys::owner(shard)),
                     arguments().add(node).add(incarnation).add(seen.incarnation).add(seen.epoch)),
                 [all, at, shard = shard](const redis_answer& answer) {
                   if (answer.code == errc::none && size_of(*answer.reply) != 0)
                     all->value[at] = read_claim(shard, *answer.reply);
                   all->one(answer.code);
                 });
  }
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

void redis_membership::release(const fence& by, reply<bool> done) {
  client_.send(script_command(true, scripts::release, arguments().add(keys::owner(by.shard)),
                              arguments().add(by.incarnation).add(by.epoch)),
               answering<bool>(std::move(done),
                               [](const redisReply& value) { return ok_or(value, errc::fenced); }));
}

}  // namespace glados::storage
