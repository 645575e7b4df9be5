#include "cluster/member.hpp"

#include <caf/send.hpp>

#include "cluster/member_agent.hpp"

namespace glados::cluster {

member::member(caf::actor_system& system, actors::node_context& node, redis_clock& clock,
               actors::lease_guard& lease, actors::shard_directory& shards,
               member_settings settings)
    : system_(system),
      node_(node),
      clock_(clock),
      lease_(lease),
      shards_(shards),
      settings_(std::move(settings)) {}

member::~member() = default;

void member::start() {
  agent_ = spawn_member_agent(system_,
                              {&node_, &clock_, &lease_, &shards_, &services_, settings_, status_});
}

void member::hand_over() {
  if (agent_)
    caf::anon_send(agent_, actors::hand_over{});
  else
    status_->handed_over = true;
}

void member::stop() {
  if (agent_)
    caf::anon_send(agent_, actors::stop{});
  else
    status_->ended = true;
}

bool member::store_alive() const { return clock_.fresh(std::chrono::seconds(2)); }

}  // namespace glados::cluster
