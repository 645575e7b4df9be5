// The notifier: hands code messages to the gateways.
#pragma once

#include "actors/directory.hpp"
#include "actors/node_context.hpp"

namespace glados::actors {

inline constexpr std::size_t notifier_in_flight = 256;  ///< messages with the gateways at once
inline constexpr std::size_t notifier_queue = 10'000;   ///< behind them; more are refused

/// One a node, owned by the member agent. Sends each order once and tells the shard that owns the
/// verification; an order that is lost with it stays in the outbox. Ends by `stop`.
notifier_actor spawn_notifier(caf::actor_system& system, node_context& node,
                              const shard_directory& shards);

}  // namespace glados::actors
