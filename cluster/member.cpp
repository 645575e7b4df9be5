#include "cluster/member.hpp"

#include <caf/send.hpp>

#include "cluster/member_agent.hpp"

namespace glados::cluster {

member::member(caf::actor_system& system, actors::node_context& node, redis_clock& clock,
               actors::shard_directory& shards, const storage::directory_identity& identity)
    : system_(system), node_(node), clock_(clock), shards_(shards), identity_(identity) {}

member::~member() = default;

void member::start() {
  agent_ = spawn_member_agent(system_, {&node_, &clock_, &shards_, &services_, identity_, status_});
}

void member::stop() {
  if (agent_)
    caf::anon_send(agent_, actors::stop{});
  else
    status_->ended = true;
}

bool member::store_alive() const { return clock_.fresh(std::chrono::seconds(2)); }

}  // namespace glados::cluster
