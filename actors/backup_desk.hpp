// The desk of back-ups: one actor a node, which brings to the store what HTTP workers ask for
// back-ups and restores, and what outboxes tell the change log. It holds nothing: a back-up may go
// on at any node. Rows of a restore count their users through outboxes, which a pump of its own
// carries.
#pragma once

#include <caf/typed_actor.hpp>

#include "actors/backup_messages.hpp"
#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

using backup_desk_actor = caf::typed_actor<
    // Snapshots, the change log, the registry, the restore.
    caf::replies_to<backup_call>::with<backup_answer>,
    // A store's answer.
    caf::reacts_to<continuation>,
    // End.
    caf::reacts_to<stop>>;

/// Spawns it, and from now on the node's actors find it. Ends by `stop`, which comes after that of
/// everybody who logs. `store` outlives the actor system.
backup_desk_actor spawn_backup_desk(caf::actor_system& system, node_context& node,
                                    storage::backup_store& store);

/// The node's desk; invalid where there is none. Then nothing is logged.
backup_desk_actor backup_desk_of(caf::actor_system& system);
/// For tests that have a desk of their own.
void publish(caf::actor_system& system, const backup_desk_actor& desk);

}  // namespace glados::actors
