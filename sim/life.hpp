// One process of a node: everything that app/service.cpp makes of a node, but for HTTP and Redis.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <memory>
#include <set>
#include <string>
#include <unordered_set>
#include <vector>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/notice_desk.hpp"
#include "actors/session.hpp"
#include "actors/system_config.hpp"
#include "cluster/member.hpp"
#include "cluster/redis_clock.hpp"
#include "sim/front.hpp"
#include "sim/network.hpp"
#include "sim/outside.hpp"
#include "storage/simulated_store.hpp"

namespace glados::sim {

class node;

/// Owned by its node while it runs; after a crash by the world, for what it sent may still arrive.
class life {
 public:
  life(world& in, node& of);
  ~life();
  life(const life&) = delete;
  life& operator=(const life&) = delete;

  void begin();
  /// Ends without a word: nothing of it runs any more.
  void die();
  std::string address() const;

  void answered(caf::message_id id, caf::message what);
  void lost(const caf::strong_actor_ptr& gate) { workers.lost(gate); }
  /// Ends a shard, or one of the actors that exist once a node, unasked.
  void kill_one(std::uint64_t chance);
  /// Before each step, for the end: who is reached by nobody any more has to be ended, too.
  void note(caf::resumable& next);

  node& home;
  bool dead = false;
  std::set<unsigned> known_misses;  ///< identifiers; only with a planted bug
  storage::simulated_store store;

 private:
  void kill(const caf::strong_actor_ptr& who);
  cluster::member_settings settings_of(world& in);

  code_port codes_;
  notice_port notices_;
  open_vault vault_;
  actors::actor_observer observer_;

 public:
  cluster::redis_clock clock;
  actors::lease_guard lease;
  actors::node_context context;
  actors::session_directory sessions;
  actors::shard_directory shards;
  actors::system_config config;
  caf::actor_system system;
  caf::scheduler::test_coordinator& scheduler;
  actors::session_hosts hosts;
  actors::notice_desk desk;
  node_link link;
  cluster::member member;
  actors::registrar_actor registrar;
  front workers;

 private:
  std::unordered_set<caf::actor_id> known_;
  std::vector<caf::actor_addr> ran_;  ///< all that are known, but for some that have ended
  std::size_t sifted_ = 0;            ///< how many those were when it was looked last
};

}  // namespace glados::sim
