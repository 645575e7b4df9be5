// The mapping actor: one SII's record, kept in memory while it is asked for.
#pragma once

#include <memory>

#include "actors/shard_context.hpp"
#include "domain/mapping.hpp"

namespace glados::actors {

/// Spawns the actor that answers lookups of one SII and commits its proofs. `owner`, its shard,
/// monitors it and ends it by `stop`; `record` is what the store holds (version 0: nothing yet).
/// Its view is of the cluster while the node owns the shard: nobody else writes this record.
mapping_actor spawn_mapping(shard_actor::pointer owner, std::shared_ptr<shard_context> shard,
                            directory_record record);

}  // namespace glados::actors
