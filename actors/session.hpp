// The provider session: one actor a provider and node. It owns what the node knows of the provider
// beyond its registry record: live tokens (kept in the session_view that HTTP workers read), the
// lookup budget and this node's lease of it (session_lease.hpp), and the way to the provider's
// limits in storage. Ends after ten idle minutes; its tokens are then read from storage again when
// they are used.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

/// Counts, overrides, throttles, expired tokens. With feed_period (registrar.hpp) before it under a
/// second: by then an operator's change works everywhere.
inline constexpr std::chrono::milliseconds session_refresh{600};
inline constexpr std::chrono::minutes session_idle{10};

session_actor spawn_session(caf::actor_system& system, node_context& node,
                            std::shared_ptr<session_view> view);

/// Finds or spawns the session actors of this node. Safe from any thread; made before the first
/// request, cleared (all told to stop) before the actor system ends.
class session_hosts {
 public:
  session_hosts(caf::actor_system& system, node_context& node, const session_directory& providers)
      : system_(system), node_(node), providers_(providers) {}

  /// Invalid handle for an unknown provider.
  session_actor of(const std::string& provider_id);
  void stop_all();

 private:
  caf::actor_system& system_;
  node_context& node_;
  const session_directory& providers_;
  std::mutex lock_;
  std::unordered_map<std::string, caf::actor_addr> live_;
  bool stopped_ = false;
};

}  // namespace glados::actors
