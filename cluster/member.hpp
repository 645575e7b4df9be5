// This node's membership: whether it may serve, and the actors it serves with.
#pragma once

#include <atomic>
#include <memory>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/shard_context.hpp"
#include "cluster/redis_clock.hpp"
#include "domain/errc.hpp"
#include "storage/membership_store.hpp"

namespace glados::cluster {

/// Starts and stops the member agent, an actor which checks that the directory is the one this node
/// is configured for, keeps the cluster clock, claims all shards, spawns their actors, the notifier
/// and the pump, restarts what ends unasked (actors/guardian.cpp), and gives the shards back.
/// Made by app/ after the node_context and destroyed after the actor system has ended; its members
/// are callable from any thread.
class member {
 public:
  member(caf::actor_system& system, actors::node_context& node, redis_clock& clock,
         actors::shard_directory& shards, const storage::directory_identity& identity);
  ~member();
  member(const member&) = delete;
  member& operator=(const member&) = delete;

  /// Returns at once.
  void start();
  /// Takes the shards from the directory, lets their entities finish, releases them. Returns at
  /// once; `ended` tells when.
  void stop();

  /// The shard table is published, and nothing has made the node stop since.
  bool ready() const { return status_->ready.load(); }
  bool ended() const { return status_->ended.load(); }
  /// Cluster time was read within two seconds.
  bool store_alive() const;
  /// Why this node cannot go on as this incarnation: `conflict` (the directory belongs to other
  /// keys), `fenced` (another incarnation took a shard), `internal` (restarts did not help); none.
  errc failed() const { return status_->failed.load(); }
  const actors::node_services& services() const { return services_; }

  struct status {
    std::atomic<bool> ready{false};
    std::atomic<bool> ended{false};
    std::atomic<errc> failed{errc::none};
  };

 private:
  caf::actor_system& system_;
  actors::node_context& node_;
  redis_clock& clock_;
  actors::shard_directory& shards_;
  storage::directory_identity identity_;
  actors::node_services services_;
  std::shared_ptr<status> status_ = std::make_shared<status>();
  actors::member_actor agent_;
};

}  // namespace glados::cluster
