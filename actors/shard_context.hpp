// What a shard shares with its entities: the fence of its commits, and whom to tell. Entities run
// beside their shard, on any thread; all members are constant or atomic.
#pragma once

#include <array>
#include <atomic>
#include <caf/actor_addr.hpp>
#include <caf/actor_cast.hpp>
#include <memory>
#include <mutex>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

/// The actors that exist once a node. The member agent replaces one that ended; shards and entities
/// read the handles when they need them, off the warm path. Safe from any thread.
class node_services {
 public:
  notifier_actor notifier() const {
    std::lock_guard guard(lock_);
    return notifier_;
  }
  pump_actor pump() const {
    std::lock_guard guard(lock_);
    return pump_;
  }
  void notifier(notifier_actor next) {
    std::lock_guard guard(lock_);
    notifier_ = std::move(next);
  }
  void pump(pump_actor next) {
    std::lock_guard guard(lock_);
    pump_ = std::move(next);
  }
  gate_actor gate() const {
    std::lock_guard guard(lock_);
    return gate_;
  }
  void gate(gate_actor next) {
    std::lock_guard guard(lock_);
    gate_ = std::move(next);
  }
  void clear() {
    std::lock_guard guard(lock_);
    gate_ = gate_actor();
    notifier_ = notifier_actor();
    pump_ = pump_actor();
  }

 private:
  mutable std::mutex lock_;
  gate_actor gate_;
  notifier_actor notifier_;
  pump_actor pump_;
};

/// How often each shard's owner record came into doubt: its Redis is reached by a new connection,
/// and may be another process. Counted up by the store's own thread before anything leaves by that
/// connection; read by shards before every answer. One a member agent.
struct record_doubts {
  std::array<std::atomic<std::uint32_t>, shard_count> raised{};
};

/// One incarnation's ownership of a shard. Made by the member agent at the claim, shared with the
/// shard, which raises the epoch.
struct shard_tenure {
  shard_id shard = 0;
  std::string incarnation;
  std::atomic<std::uint64_t> epoch{0};
  std::shared_ptr<const record_doubts> doubts;  ///< null: nothing is ever in doubt
  std::atomic<std::uint32_t> settled{0};        ///< doubts that the record was read again for
  std::atomic<std::uint8_t> names{1};  ///< layers of the names of its records; the shard raises it
  std::uint8_t renaming = 0;           ///< begun by the owner before; 0: nothing was

  /// The record is known to say what is said here.
  bool sure() const { return !doubts || doubts->raised[shard].load() == settled.load(); }
  storage::fence fence() const { return {shard, incarnation, epoch.load()}; }
};

/// Made by the shard, held by it and by its entities.
struct shard_context {
  node_context& node;
  const node_services& services;
  std::shared_ptr<shard_tenure> held;
  shard_id id = 0;
  caf::actor_addr shard;  ///< weak: the shard holds this context

  storage::fence fence() const { return held->fence(); }

  /// Invalid once the shard is gone.
  shard_actor owner() const {
    return caf::actor_cast<shard_actor>(caf::actor_cast<caf::strong_actor_ptr>(shard));
  }
};

}  // namespace glados::actors
