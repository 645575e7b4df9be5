// The gate: one actor a node, through which other nodes reach its shards; the only one that is
// published. It checks what every hop must carry (time left, the sender's view) and hands the
// message on; the answer goes straight to whoever asked. A shard that is on its way to this node is
// waited for: its callers, of this node too, wait here until its actor stands. Owned by the member
// agent; ends by `stop`. Holds nothing but who waits, and the desk at which lookups are served that
// come many at once.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"

namespace glados::actors {

/// What a gate needs beside the shard table.
struct gate_parts {
  const shard_directory* shards = nullptr;
  caf::actor_addr agent;        ///< where messages of other agents go
  std::size_t most_held = 256;  ///< callers waiting for one shard
  notice_bell* bell = nullptr;  ///< null: nobody waits for notices on this node
  /// Messages of the sandbox's outbox on this node; empty outside of a sandbox.
  std::function<std::vector<sandbox_note>(const std::string& sii)> outbox;
};

/// Refuses with `deadline` what has no time left, with `moved` what is for a shard that this node
/// neither serves nor waits for, with `overloaded` what is too much to wait.
gate_actor spawn_gate(caf::actor_system& system, gate_parts parts);

}  // namespace glados::actors
