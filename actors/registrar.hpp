// The registrar: one actor a node, through which every change of applications and providers goes.
// It holds no truth: each operation loads what it needs, decides (registry_rules.hpp), and commits
// record and audit link in one step; a race with another node shows as a stale version and is
// decided anew. It follows the change feed, so that a revocation made anywhere is known here within
// a second, and keeps the session directory in step.
#pragma once

#include <chrono>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/session_view.hpp"

namespace glados::actors {

inline constexpr std::chrono::milliseconds feed_period{250};
/// Who hears nothing from the feed for longer than a lease forgets the tokens it knows: they are
/// read from storage when they are shown, or refused. Once the feed is heard again, everything is
/// read anew.
inline constexpr std::chrono::milliseconds feed_silence{3250};

/// Ends by `stop`. `sessions.loaded()` turns true once all providers are known.
registrar_actor spawn_registrar(caf::actor_system& system, node_context& node,
                                session_directory& sessions);

}  // namespace glados::actors
