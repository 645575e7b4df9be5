// Where feeds and couriers of this node are found, and woken.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

/// Finds or spawns the feed and the courier of a provider. Safe from any thread. Made by app/
/// before the first actor that rings it; `stop_all` comes before the actor system ends, and from
/// then on nothing is spawned or woken.
class notice_desk final : public notice_bell {
 public:
  /// `shards` tells whom else to wake; null: there are no other nodes.
  notice_desk(caf::actor_system& system, node_context& node, const session_directory& providers,
              const shard_directory* shards = nullptr)
      : system_(system), node_(node), providers_(providers), shards_(shards) {}

  /// Invalid handle for an unknown provider.
  feed_actor feed_of(const std::string& provider_id);
  courier_actor courier_of(const std::string& provider_id);

  /// Wakes the feed if there is one, and the courier; and those of all other nodes.
  void ring(const std::string& provider_id) override;
  void rung_elsewhere(const std::string& provider_id) override;

  /// Answers every waiting call now; from here on none waits. Before listeners drain.
  void release_waiting();
  void stop_all();

 private:
  struct desk {
    caf::actor_addr feed, courier;
  };
  template <class Handle, class Spawn>
  Handle find_or_spawn(const std::string& provider_id, caf::actor_addr desk::*place, Spawn spawn);

  void wake(const std::string& provider_id, bool elsewhere);

  caf::actor_system& system_;
  node_context& node_;
  const session_directory& providers_;
  const shard_directory* shards_;
  const std::shared_ptr<std::atomic<bool>> draining_ = std::make_shared<std::atomic<bool>>(false);
  std::mutex lock_;
  std::unordered_map<std::string, desk> desks_;
  bool stopped_ = false;
};

}  // namespace glados::actors
