// The feed: a provider's calls for its events, those that wait included.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>
#include <string>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

inline constexpr std::size_t feed_waiting = 2;  ///< calls that wait; a third is answered at once
inline constexpr std::chrono::seconds feed_poll{1};  ///< for what other nodes appended
inline constexpr std::chrono::minutes feed_idle{10};

/// One a provider and node, spawned by the notice desk when it is first asked. A waiting call reads
/// again whenever the desk rings, and once a second. While `draining` is set nobody waits. Ends by
/// `stop`, which answers all who wait, or after ten idle minutes.
feed_actor spawn_feed(caf::actor_system& system, node_context& node, std::string provider_id,
                      std::shared_ptr<const std::atomic<bool>> draining);

}  // namespace glados::actors
