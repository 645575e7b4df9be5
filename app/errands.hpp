// The registrar and the sweeper of a node, which others reach only through here; their keeper
// (actors/errand_keeper.hpp) spawns them anew when they end unasked. Owned by the service.
#pragma once

#include <atomic>
#include <caf/actor_system.hpp>
#include <mutex>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/session_view.hpp"

namespace glados::app {

class errands final : public actors::registry_errands {
 public:
  /// From now on the node's actors find it.
  errands(actors::node_context& node, actors::session_directory& providers);

  /// Spawns registrar and sweeper.
  void start(caf::actor_system& system, const actors::shard_directory& shards);
  /// Has them end. Before the actor system does.
  void stop();
  /// Good until `stop`, also when the registrar itself was spawned anew.
  actors::registrar_actor registrar() const;
  /// Restarts did not help: the node cannot go on.
  bool failed() const { return failed_.load(); }

  void review(const std::string& provider_id) override;
  void sweep_soon() override;

 private:
  actors::node_context& node_;
  actors::session_directory& providers_;
  mutable std::mutex lock_;
  actors::registrar_actor keeper_;
  actors::sweeper_actor sweeper_;
  std::atomic<bool> failed_{false};
};

}  // namespace glados::app
