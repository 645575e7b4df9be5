// This node's membership: whether it may serve, and the actors it serves with.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "actors/directory.hpp"
#include "actors/gate.hpp"
#include "actors/lease_guard.hpp"
#include "actors/node_context.hpp"
#include "actors/shard_context.hpp"
#include "cluster/peer_link.hpp"
#include "cluster/redis_clock.hpp"
#include "domain/errc.hpp"
#include "domain/membership.hpp"
#include "storage/membership_store.hpp"
#include "storage/shard_watch.hpp"

namespace glados::cluster {

/// What a member is told about itself and its cluster.
struct member_settings {
  lease_terms terms;
  std::chrono::milliseconds renewal{250};
  std::size_t moves_at_once = 8;                 ///< shards given away side by side
  std::size_t claims_at_once = 64;               ///< shards claimed side by side
  std::size_t renamed_at_once = 2;               ///< shards given new names side by side
  std::string folder;                            ///< random name of the data folder
  std::function<std::string()> new_incarnation;  ///< node id and a random number
  storage::directory_identity identity;
  peer_link* link = nullptr;              ///< null: no other node can reach this one
  storage::shard_watch* watch = nullptr;  ///< null: the store never loses what it has answered
  std::function<std::vector<actors::sandbox_note>(const std::string& sii)> outbox;
};

/// The cluster as this node sees it.
struct cluster_status {
  struct node {
    std::string id, incarnation, address;
    bool self = false, draining = false, connected = false;
    std::chrono::milliseconds lease_left{0};  ///< until this node would evict it
    std::size_t shards = 0;
    std::uint8_t index_keys = 0;  ///< as it says
  };
  std::uint64_t view = 0;
  std::vector<node> nodes;
  /// For each shard the place of its owner in `nodes`, -1: nobody live.
  std::vector<std::int16_t> owners;
  std::size_t unowned = 0;  ///< shards whose owner record names no live member
  std::size_t leaving = 0;  ///< shards on their way from this node …
  std::size_t coming = 0;   ///< … and to it
  index_state index;
  std::size_t old_names = 0;  ///< shards with names older than the active key's, on all nodes
};

/// Starts and stops the member agent, an actor which joins the cluster, keeps lease and cluster
/// clock, claims the shards that the view proposes, gives away those that it proposes for others,
/// spawns their actors, the gate, the notifier and the pump, and restarts what ends unasked
/// (actors/guardian.cpp). Made by app/ after the node_context and destroyed after the actor system
/// has ended; its members are callable from any thread.
class member {
 public:
  member(caf::actor_system& system, actors::node_context& node, redis_clock& clock,
         actors::lease_guard& lease, actors::shard_directory& shards, member_settings settings);
  ~member();
  member(const member&) = delete;
  member& operator=(const member&) = delete;

  /// Returns at once.
  void start();
  /// Gives all shards to the other nodes while it goes on serving. Returns at once; `handed_over`
  /// tells when nothing is left to give, or nobody to give it to.
  void hand_over();
  /// Takes the shards from the directory, lets their entities finish, releases them, leaves.
  /// Returns at once; `ended` tells when.
  void stop();

  /// The shard table is complete, and the lease is held.
  bool ready() const { return status_->ready.load() && lease_.holds(); }
  bool handed_over() const { return status_->handed_over.load(); }
  bool ended() const { return status_->ended.load(); }
  /// Cluster time was read within two seconds.
  bool store_alive() const;
  /// Why this node cannot go on: `conflict` (`failure` says what differs from the directory, or
  /// that its id is taken), `internal` (restarts did not help); none.
  errc failed() const { return status_->failed.load(); }
  std::string failure() const { return status_->why(); }
  std::shared_ptr<const cluster_status> seen() const { return status_->seen(); }
  const actors::node_services& services() const { return services_; }
  /// For questions of HTTP workers; valid after `start`.
  const actors::member_actor& agent() const { return agent_; }

  class status {
   public:
    std::atomic<bool> ready{false};
    std::atomic<bool> handed_over{false};
    std::atomic<bool> ended{false};
    std::atomic<errc> failed{errc::none};

    std::string why() const {
      std::lock_guard guard(lock_);
      return why_;
    }
    std::shared_ptr<const cluster_status> seen() const {
      std::lock_guard guard(lock_);
      return seen_;
    }
    void why(std::string text) {
      std::lock_guard guard(lock_);
      why_ = std::move(text);
    }
    void seen(std::shared_ptr<const cluster_status> next) {
      std::lock_guard guard(lock_);
      seen_ = std::move(next);
    }

   private:
    mutable std::mutex lock_;
    std::string why_;
    std::shared_ptr<const cluster_status> seen_ = std::make_shared<cluster_status>();
  };

 private:
  caf::actor_system& system_;
  actors::node_context& node_;
  redis_clock& clock_;
  actors::lease_guard& lease_;
  actors::shard_directory& shards_;
  member_settings settings_;
  actors::node_services services_;
  std::shared_ptr<status> status_ = std::make_shared<status>();
  actors::member_actor agent_;
};

}  // namespace glados::cluster
