// The keeper of errands: spawns the registrar and the sweeper of a node, and spawns anew what ended
// unasked (guardian.cpp). It passes on what is asked of the registrar, so that nobody holds the
// handle of one that has ended; while there is none the answer is `overloaded`. One a node; ends
// with `stop`, as its two do then.
#pragma once

#include <caf/fwd.hpp>
#include <functional>

#include "actors/directory.hpp"
#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

/// Called in the keeper's turns; what they touch outlives it.
struct errand_hooks {
  /// Each time one of them was spawned: the handles that are good from now on.
  std::function<void(const registrar_actor&, const sweeper_actor&)> spawned;
  /// One ended so often that another restart is not worth it: the node cannot go on.
  std::function<void()> gave_up;
};

registrar_actor spawn_errand_keeper(caf::actor_system& system, node_context& node,
                                    session_directory& sessions, const shard_directory& shards,
                                    errand_hooks hooks);

}  // namespace glados::actors
