// The gate: one actor a node, through which other nodes reach its shards. It checks what every hop
// must carry (the view the sender routed by, the time left) and hands the message on; the answer
// goes straight to whoever asked. Callers on this node talk to the shard itself. Owned by the
// member agent; ends by `stop`. Holds nothing but the shard table of this node.
#pragma once

#include "actors/directory.hpp"
#include "actors/node_context.hpp"

namespace glados::actors {

/// Refuses with `deadline` what has no time left, with `moved` what was routed by another view or
/// is for a shard that this node does not serve.
gate_actor spawn_gate(caf::actor_system& system, const shard_directory& shards);

}  // namespace glados::actors
