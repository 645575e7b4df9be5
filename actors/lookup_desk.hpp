// The desk: where lookups are served that another node sends many at once. One a gate, made by it
// and ended with it; state of the node.
//
// It has an address but no mailbox: whichever thread brings a batch (CAF's network thread) runs the
// shards and mappings that it wakes, and sends what they answered back in one message. Nobody waits
// for a neighbour: what has to be loaded, or is for a shard on its way here, follows by itself,
// again with whatever else is known by then; what is not for this node is refused at once.
#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "actors/directory.hpp"
#include "actors/inline_unit.hpp"

namespace glados::actors {

/// Safe from any thread.
class lookup_desk : public std::enable_shared_from_this<lookup_desk> {
 public:
  /// `gate` takes what has to wait for its shard.
  static std::shared_ptr<lookup_desk> make(caf::actor_system& system, const shard_directory& shards,
                                           const gate_actor& gate);
  ~lookup_desk();
  lookup_desk(const lookup_desk&) = delete;
  lookup_desk& operator=(const lookup_desk&) = delete;

  /// Answers `from`, which it will be asked by again: on this thread what can be had at once.
  void serve(const lookup_batch& many, const caf::strong_actor_ptr& from);

 private:
  class port;
  class tray;

  lookup_desk(caf::actor_system& system, const shard_directory& shards, const gate_actor& gate);
  std::shared_ptr<tray> tray_of(const caf::strong_actor_ptr& asker);
  void put_question(const numbered_lookup& one, const shard_table& table, tray& into);

  caf::actor_system& system_;
  const shard_directory& shards_;
  const caf::actor_addr gate_;  ///< weak: it holds the desk
  caf::strong_actor_ptr port_;
  std::mutex trays_lock_;
  std::map<caf::actor_addr, std::shared_ptr<tray>> trays_;
  /// Guards `unit_`. Whom it runs may serve a batch again: the gate.
  std::recursive_mutex serving_;
  inline_unit unit_;
};

}  // namespace glados::actors
