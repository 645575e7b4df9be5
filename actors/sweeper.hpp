// The sweeper: walks page by page through all records of all shards that this node owns, so that
// what time asks for happens also to records that nobody uses (domain/tending.hpp). One page is
// under way at a time, and between two there is the pause that the configured rate asks for. A pass
// begins `sweep.interval` after the one before began, or at once when somebody says that many
// records are concerned (the end of a provider). One a node; ends with `stop`.
#pragma once

#include <caf/fwd.hpp>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/protocol.hpp"

namespace glados::actors {

/// About so many records a page.
inline constexpr std::size_t sweep_page_size = 64;
/// What a page costs of the rate at least, so that empty shards do not spin.
inline constexpr std::size_t least_page_cost = 16;

sweeper_actor spawn_sweeper(caf::actor_system& system, node_context& node,
                            const shard_directory& shards);

}  // namespace glados::actors
