#include <algorithm>

#include "storage/simulated_store.hpp"

namespace glados::storage {

result<join_answer> simulated_state::join(const join_request& request) {
  const auto& me = request.me;
  if (identity_)
    if (auto why = mismatch(*identity_, request.identity); !why.empty())
      return join_answer{join_outcome::other_directory, std::move(why)};
  if (auto why = keys_mismatch(needed_keys_, request.keys); !why.empty())
    return join_answer{join_outcome::other_directory, std::move(why)};
  if (ended_.contains(me.incarnation))
    return join_answer{join_outcome::ended, {}};
  for (const auto& other : members_.members)
    if (other.node == me.node && other.incarnation != me.incarnation)
      return join_answer{join_outcome::id_live, {}};
  std::uint64_t counter = 0;
  bool draining = false;
  std::erase_if(members_.members, [&](const member_record& other) {
    if (other.incarnation != me.incarnation)
      return false;
    counter = other.counter;
    draining = other.draining;
    return true;
  });
  if (!identity_)
    identity_ = request.identity;
  members_.members.push_back({me.incarnation, me.node, me.address, me.folder, counter + 1, draining,
                              static_cast<std::uint8_t>(request.keys.size())});
  member_keys_[me.incarnation] = request.keys;
  std::sort(members_.members.begin(), members_.members.end(),
            [](const auto& a, const auto& b) { return a.node < b.node; });
  ++members_.number;
  return join_answer{};
}

result<table_answer> simulated_state::renew(const std::string& incarnation) {
  table_answer out;
  for (auto& member : members_.members)
    if (member.incarnation == incarnation) {
      ++member.counter;
      out.member = true;
    }
  out.now = now;
  out.view = members_;
  out.index = index_;
  return out;
}

result<bool> simulated_state::announce(const std::string& incarnation, const std::string& address) {
  for (auto& member : members_.members)
    if (member.incarnation == incarnation) {
      member.address = address;
      ++members_.number;
      return true;
    }
  return errc::not_found;
}

result<bool> simulated_state::evict(const std::string& incarnation,
                                    std::optional<std::uint64_t> counter) {
  const auto* found = members_.find(incarnation);
  if (counter && *counter != (found ? found->counter : 0))
    return errc::conflict;
  std::erase_if(members_.members, [&](const auto& one) { return one.incarnation == incarnation; });
  if (ended_.insert(incarnation).second)
    ++members_.number;
  return true;
}

result<bool> simulated_state::drain(const std::string& node) {
  for (auto& member : members_.members)
    if (member.node == node) {
      members_.number += member.draining ? 0 : 1;
      member.draining = true;
      return true;
    }
  return errc::not_found;
}

result<std::vector<std::string>> simulated_state::find_ended(
    const std::vector<std::string>& incarnations) {
  std::vector<std::string> out;
  for (const auto& one : incarnations)
    if (ended_.contains(one))
      out.push_back(one);
  return out;
}

result<std::vector<shard_owner>> simulated_state::load_owners(const std::vector<shard_id>& shards) {
  std::vector<shard_owner> out;
  for (const auto shard : shards)
    out.push_back({shards_[shard].incarnation, shards_[shard].epoch, shards_[shard].names});
  return out;
}

result<std::vector<shard_claim>> simulated_state::claim(const std::string& node,
                                                        const std::string& incarnation,
                                                        const std::vector<shard_seen>& shards) {
  std::vector<shard_claim> out;
  for (const auto& [shard, seen] : shards) {
    shard_state& at = shards_[shard];
    if (at.incarnation != seen.incarnation || at.epoch != seen.epoch)
      continue;
    at.node = node;
    at.incarnation = incarnation;
    out.push_back({shard, ++at.epoch, at.names, at.renaming});
  }
  return out;
}

result<std::uint64_t> simulated_state::raise_epoch(const fence& by) {
  shard_state& at = shards_[by.shard];
  if (at.incarnation.empty() || at.incarnation != by.incarnation || at.epoch != by.epoch)
    return errc::fenced;
  return ++at.epoch;
}

result<bool> simulated_state::release(const fence& by) {
  shard_state& at = shards_[by.shard];
  if (at.incarnation.empty() || at.incarnation != by.incarnation || at.epoch != by.epoch)
    return errc::fenced;
  at.node = at.incarnation = "";
  return true;
}

// --- the port ------------------------------------------------------------------------------------

void simulated_store::time(reply<instant> done) {
  queue<instant>("time", false, std::move(done), [this] { return result<instant>(state_.now); });
}

void simulated_store::join(const join_request& request, reply<join_answer> done) {
  queue<join_answer>("join", true, std::move(done),
                     [this, request] { return state_.join(request); });
}

void simulated_store::renew(const std::string& incarnation, reply<table_answer> done) {
  queue<table_answer>("renew", true, std::move(done),
                      [this, incarnation] { return state_.renew(incarnation); });
}

void simulated_store::announce(const std::string& incarnation, const std::string& address,
                               reply<bool> done) {
  queue<bool>("announce", true, std::move(done),
              [this, incarnation, address] { return state_.announce(incarnation, address); });
}

void simulated_store::evict(const std::string& incarnation, std::uint64_t counter,
                            reply<bool> done) {
  queue<bool>("evict", true, std::move(done),
              [this, incarnation, counter] { return state_.evict(incarnation, counter); });
}

void simulated_store::leave(const std::string& incarnation, reply<bool> done) {
  queue<bool>("leave", true, std::move(done),
              [this, incarnation] { return state_.evict(incarnation, {}); });
}

void simulated_store::drain(const std::string& node, reply<bool> done) {
  queue<bool>("drain", true, std::move(done), [this, node] { return state_.drain(node); });
}

void simulated_store::find_ended(std::vector<std::string> incarnations,
                                 reply<std::vector<std::string>> done) {
  queue<std::vector<std::string>>("find_ended", false, std::move(done),
                                  [this, incarnations] { return state_.find_ended(incarnations); });
}

void simulated_store::load_owners(std::vector<shard_id> shards,
                                  reply<std::vector<shard_owner>> done) {
  queue<std::vector<shard_owner>>("load_owners", false, std::move(done),
                                  [this, shards] { return state_.load_owners(shards); });
}

void simulated_store::claim(const std::string& node, const std::string& incarnation,
                            std::vector<shard_seen> shards, reply<std::vector<shard_claim>> done) {
  queue<std::vector<shard_claim>>(
      "claim", true, std::move(done),
      [this, node, incarnation, shards] { return state_.claim(node, incarnation, shards); });
}

void simulated_store::raise_epoch(const fence& by, reply<std::uint64_t> done) {
  queue<std::uint64_t>("raise_epoch", true, std::move(done),
                       [this, by] { return state_.raise_epoch(by); });
}

void simulated_store::release(const fence& by, reply<bool> done) {
  queue<bool>("release", true, std::move(done), [this, by] { return state_.release(by); });
}

}  // namespace glados::storage
