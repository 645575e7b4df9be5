#include "cluster/member_agent.hpp"

#include <caf/actor_system.hpp>
#include <numeric>

namespace glados::cluster {
namespace {

constexpr std::chrono::milliseconds retry_wait{250};
constexpr std::chrono::milliseconds clock_period{1000};

std::vector<shard_id> all_shards() {
  std::vector<shard_id> out(shard_count);
  std::iota(out.begin(), out.end(), shard_id{0});
  return out;
}

}  // namespace

void member_agent::begin(pointer self, member_parts parts) {
  self_ = self;
  parts_ = std::move(parts);
  guardian_ = std::make_unique<actors::guardian>(parts_.node->observer);
  self_->set_down_handler([this](const caf::down_msg& end) { on_down(end); });
  self_->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  check_identity();
}

// --- joining -------------------------------------------------------------------------------------

void member_agent::check_identity() {
  if (stopping_)
    return;
  parts_.node->membership.check_identity(parts_.identity, here([this](result<bool> same) {
                                           if (same.error() == errc::none)
                                             read_time(true);
                                           else if (same.error() == errc::conflict)
                                             give_up(errc::conflict);
                                           else
                                             later(retry_wait, [this] { check_identity(); });
                                         }));
}

/// Time comes before the claim: everything that a shard decides needs it.
void member_agent::read_time(bool first) {
  parts_.node->membership.time(here([this, first](result<instant> now) {
    if (now)
      parts_.clock->set(*now);
    if (!first || stopping_)
      return;
    if (!now)
      return later(retry_wait, [this] { read_time(true); });
    self_->delayed_send(actors::member_actor{self_}, clock_period, actors::sweep{});
    claim_all();
  }));
}

void member_agent::tick() {
  read_time(false);
  sample_mailbox();
  self_->delayed_send(actors::member_actor{self_}, clock_period, actors::sweep{});
}

void member_agent::claim_all() {
  if (stopping_)
    return;
  const auto& node = *parts_.node;
  node.membership.claim(node.node, node.incarnation, all_shards(),
                        here([this](result<std::vector<storage::shard_claim>> claimed) {
                          if (stopping_)
                            return;
                          if (claimed)
                            return serve(*claimed);
                          // Another node serves them (conflict), or the store is away: wait for it.
                          later(retry_wait, [this] { claim_all(); });
                        }));
}

void member_agent::give_up(errc why) {
  parts_.status->failed = why;
  stop_shards();
}

// --- end -----------------------------------------------------------------------------------------

void member_agent::stop() {
  if (std::exchange(stopping_, true))
    return;
  stop_shards();
}

void member_agent::release() {
  if (std::exchange(releasing_, true))
    return;
  auto end = [this](result<bool>) {
    parts_.status->ended = true;
    self_->quit();
  };
  const bool lost = parts_.status->failed.load() == errc::fenced;
  if (claimed_ && !lost)
    parts_.node->membership.release(parts_.node->incarnation, all_shards(), here(end));
  else
    end(true);
}

namespace {

actors::member_actor::behavior_type behave(
    actors::member_actor::stateful_pointer<member_agent> self, const member_parts& parts) {
  self->state.begin(self, parts);
  auto* state = &self->state;
  return {
      [state](actors::sweep) { state->tick(); },
      [](const actors::continuation& answer) { answer.run(); },
      [state](actors::stop) { state->stop(); },
  };
}

}  // namespace

actors::member_actor spawn_member_agent(caf::actor_system& system, member_parts parts) {
  return system.spawn(behave, std::move(parts));
}

}  // namespace glados::cluster
