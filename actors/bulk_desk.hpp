// The desk of bulk jobs: one actor a node, which brings what HTTP workers ask about jobs to the
// store. It holds nothing: every step is atomic there, so parts of one job may come in on several
// nodes. What a job's end leaves in its provider's stream is rung in at once.
#pragma once

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "storage/bulk_store.hpp"

namespace glados::actors {

/// Ends by `stop`. `store` outlives the actor system.
bulk_desk_actor spawn_bulk_desk(caf::actor_system& system, node_context& node,
                                storage::bulk_store& store);

}  // namespace glados::actors
