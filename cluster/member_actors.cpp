#include <caf/actor_system.hpp>

#include "actors/gate.hpp"
#include "actors/notifier.hpp"
#include "actors/pump.hpp"
#include "actors/shard.hpp"
#include "cluster/member_agent.hpp"

namespace glados::cluster {
namespace {

constexpr std::chrono::milliseconds retry_wait{250};
/// Longest wait for entities that have work under way, at a stop.
constexpr std::chrono::seconds stop_wait{5};

}  // namespace

void member_agent::serve(const std::vector<storage::shard_claim>& claims) {
  claimed_ = true;
  spawn_pump();
  spawn_notifier();
  spawn_gate();
  std::vector<std::pair<shard_id, actors::shard_actor>> made;
  made.reserve(claims.size());
  for (const auto& claim : claims) made.emplace_back(claim.shard, spawn_shard(claim));
  publish(made);
  parts_.status->ready = true;
}

void member_agent::spawn_notifier() {
  const auto made = actors::spawn_notifier(self_->system(), *parts_.node, *parts_.shards);
  self_->monitor(made);
  children_[made.id()] = {"notifier", 0};
  parts_.services->notifier(made);
}

void member_agent::spawn_gate() {
  const auto made = actors::spawn_gate(self_->system(), *parts_.shards);
  self_->monitor(made);
  children_[made.id()] = {"gate", 0};
  parts_.services->gate(made);
}

void member_agent::spawn_pump() {
  const auto made = actors::spawn_pump(self_->system(), *parts_.node);
  self_->monitor(made);
  children_[made.id()] = {"pump", 0};
  parts_.services->pump(made);
}

actors::shard_actor member_agent::spawn_shard(const storage::shard_claim& claim) {
  auto made = actors::spawn_shard(self_->system(), *parts_.node, *parts_.services, claim.shard,
                                  claim.epoch);
  self_->monitor(made);
  children_[made.id()] = {"shard", claim.shard};
  ++live_shards_;
  return made;
}

void member_agent::publish(const std::vector<std::pair<shard_id, actors::shard_actor>>& changes) {
  auto next = std::make_shared<actors::shard_table>(*parts_.shards->table());
  ++next->view;
  for (const auto& [shard, owner] : changes) next->owners[shard] = owner;
  parts_.shards->publish(std::move(next));
}

void member_agent::sample_mailbox() {
  const auto table = parts_.shards->table();
  const auto& owner = table->owners[sampled_++ % shard_count];
  if (!owner)
    return;
  auto* observer = &parts_.node->observer;
  self_->send(owner, actors::continuation{[observer, sent = std::chrono::steady_clock::now()] {
                observer->mailbox_age(std::chrono::duration_cast<std::chrono::microseconds>(
                    std::chrono::steady_clock::now() - sent));
              }});
}

void member_agent::recover_all() {
  const auto table = parts_.shards->table();
  for (const auto& owner : table->owners)
    if (owner)
      self_->send(owner, actors::recover{});
}

void member_agent::on_down(const caf::down_msg& end) {
  const auto at = children_.find(end.source.id());
  if (at == children_.end())
    return;
  const auto ended = at->second;
  children_.erase(at);
  const bool shard = ended.kind == "shard";
  live_shards_ -= shard ? 1 : 0;
  if (stopping_)
    return live_shards_ == 0 ? all_shards_ended() : void();
  if (shard)
    publish({{ended.shard, actors::shard_actor()}});
  if (end.reason == actors::lost_shard())
    return give_up(errc::fenced);
  const auto wait =
      guardian_->restart_after(ended.kind, ended.shard, std::chrono::steady_clock::now());
  if (!wait)
    return give_up(errc::internal);
  later(*wait, [this, ended] { restart(ended); });
}

void member_agent::restart(const child& ended) {
  if (stopping_)
    return;
  if (ended.kind == "shard")
    return reclaim(ended.shard);
  if (ended.kind == "gate")
    return spawn_gate();
  if (ended.kind == "pump")
    spawn_pump();
  else
    spawn_notifier();
  recover_all();  // what the old one had under way is still in the outboxes
}

/// A shard that died may have left entities with commits on the wire: its epoch rises.
void member_agent::reclaim(shard_id shard) {
  if (stopping_)
    return;
  const auto& node = *parts_.node;
  node.membership.claim(node.node, node.incarnation, {shard},
                        here([this, shard](result<std::vector<storage::shard_claim>> claimed) {
                          if (stopping_)
                            return;
                          if (claimed && !claimed->empty())
                            return publish({{shard, spawn_shard(claimed->front())}});
                          if (claimed.error() == errc::conflict)
                            return give_up(errc::fenced);
                          later(retry_wait, [this, shard] { reclaim(shard); });
                        }));
}

void member_agent::stop_shards() {
  stopping_ = true;
  parts_.status->ready = false;
  const auto table = parts_.shards->table();
  parts_.shards->publish(std::make_shared<actors::shard_table>());
  for (const auto& owner : table->owners)
    if (owner)
      self_->send(owner, actors::stop{});
  if (live_shards_ == 0)
    return all_shards_ended();
  later(stop_wait, [this] { all_shards_ended(); });
}

void member_agent::all_shards_ended() {
  if (const auto notifier = parts_.services->notifier())
    self_->send(notifier, actors::stop{});
  if (const auto pump = parts_.services->pump())
    self_->send(pump, actors::stop{});
  if (const auto gate = parts_.services->gate())
    self_->send(gate, actors::stop{});
  parts_.services->clear();
  release();
}

}  // namespace glados::cluster
