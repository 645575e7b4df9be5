// The shard actor: one of the 1,024 parts of the directory, while this node owns it.
#pragma once

#include <caf/error.hpp>

#include "actors/node_context.hpp"
#include "actors/shard_context.hpp"

namespace glados::actors {

/// Spawns the actor of a shard that was claimed as `held` says. It finds or loads the entity that a
/// command is for and hands the command on; it passivates entities that are idle or too many; it
/// raises the epoch when an entity cannot know whether a commit happened; it sees to what an
/// earlier owner left in the outbox. Owned and monitored by the member agent. Ends by `stop`, after
/// its entities, or with `lost_shard()` when another incarnation owns the shard.
shard_actor spawn_shard(caf::actor_system& system, node_context& node,
                        const node_services& services, std::shared_ptr<shard_tenure> held);

/// Exit reason of a shard that was fenced.
caf::error lost_shard();

}  // namespace glados::actors
