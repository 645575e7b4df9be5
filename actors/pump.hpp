// The pump: carries user counts and notices from the shards' outboxes to their providers.
#pragma once

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

/// One a node, owned by the member agent. Told that a shard's outbox has grown, it reads what
/// is there in the order of the ids, takes each to its provider, then trims it: it reaches its
/// provider at least once, and the provider's store takes it once. One pass a shard at a time; what
/// fails is tried again, later and later, up to every 30 s. Ends by `stop`.
pump_actor spawn_pump(caf::actor_system& system, node_context& node);

}  // namespace glados::actors
