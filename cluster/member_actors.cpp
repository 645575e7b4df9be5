#include <caf/actor_system.hpp>

#include "actors/gate.hpp"
#include "actors/notifier.hpp"
#include "actors/pump.hpp"
#include "actors/shard.hpp"
#include "cluster/member_agent.hpp"

namespace glados::cluster {

void member_agent::spawn_notifier() {
  const auto made = actors::spawn_notifier(self_->system(), *parts_.node, *parts_.shards);
  self_->monitor(made);
  children_[made.id()] = {"notifier", 0};
  parts_.services->notifier(made);
}

void member_agent::spawn_gate() {
  actors::gate_parts with;
  with.shards = parts_.shards;
  with.agent = self_->address();
  with.bell = parts_.node->bell;
  with.outbox = settings().outbox;
  const auto made = actors::spawn_gate(self_->system(), std::move(with));
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

void member_agent::spawn_shard(const storage::shard_claim& claim, std::uint32_t doubts) {
  auto tenure = std::make_shared<actors::shard_tenure>();
  tenure->shard = claim.shard;
  tenure->incarnation = incarnation_;
  tenure->epoch = claim.epoch;
  tenure->doubts = doubts_;
  tenure->settled = doubts;
  tenure->names = claim.names;
  tenure->renaming = claim.renaming;
  auto made = actors::spawn_shard(self_->system(), *parts_.node, *parts_.services, tenure);
  self_->monitor(made);
  children_[made.id()] = {"shard", claim.shard};
  held_[claim.shard] = {std::move(tenure), std::move(made), {}, false, false};
}

void member_agent::sample_mailbox() {
  const auto table = parts_.shards->table();
  for (std::size_t i = 0; i < shard_count; ++i) {
    const auto& owner = table->owners[sampled_++ % shard_count];
    if (!owner)
      continue;
    auto* observer = &parts_.node->observer;
    auto* clock = &self_->clock();
    self_->send(owner, actors::continuation{[observer, clock, sent = clock->now()] {
                  observer->mailbox_age(
                      std::chrono::duration_cast<std::chrono::microseconds>(clock->now() - sent));
                }});
    return;
  }
}

void member_agent::recover_all() {
  for (const auto& [shard, at] : held_) self_->send(at.actor, actors::recover{});
}

void member_agent::on_down(const caf::down_msg& end) {
  if (peer_ended(end.source))
    return;
  const auto at = children_.find(end.source.id());
  if (at == children_.end() || end.source.node() != self_->node())
    return;
  const auto ended = at->second;
  children_.erase(at);
  if (ended.kind == "shard")
    return shard_ended(ended.shard, end);
  if (stopping_)
    return;
  const auto wait = guardian_->restart_after(ended.kind, ended.shard, self_->clock().now());
  if (!wait)
    return give_up(errc::internal, "an actor kept ending; see the log");
  later(*wait, [this, kind = ended.kind] { restart(kind); });
}

void member_agent::shard_ended(shard_id shard, const caf::down_msg& end) {
  if (stopping_) {
    if (--stopping_shards_ == 0)
      all_shards_ended();
    return;
  }
  const auto at = held_.find(shard);
  if (at == held_.end())
    return;
  if (!at->second.to.empty())
    return release(shard);
  held_.erase(at);
  resting_.insert(shard);
  publish();
  const bool lost = end.reason == actors::lost_shard();
  const auto wait = lost ? std::optional(std::chrono::milliseconds(0))
                         : guardian_->restart_after("shard", shard, self_->clock().now());
  if (!wait)
    return give_up(errc::internal, "an actor kept ending; see the log");
  // It may have left entities with commits on the wire: it is claimed anew, so its epoch rises.
  later(*wait, [this, shard] {
    resting_.erase(shard);
    if (joined_ && !stopping_)
      read_owners({shard}, false);
  });
}

void member_agent::restart(std::string_view kind) {
  if (stopping_)
    return;
  if (kind == "gate") {
    spawn_gate();
    return open_gate();
  }
  if (kind == "pump")
    spawn_pump();
  else
    spawn_notifier();
  recover_all();  // what the old one had under way is still in the outboxes
}

}  // namespace glados::cluster
