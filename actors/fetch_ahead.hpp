// A node has far more actors than its caches hold. The first touch of each of an idle actor's cache
// lines is a miss, and the one tells where the next is: so whoever is about to wake one has them
// all fetched at once.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_control_block.hpp>
#include <cstddef>

namespace glados::actors {

/// Bytes from the control block on that waking an actor and a lookup touch.
inline constexpr std::size_t shard_reach = 1152, mapping_reach = 768;

inline void fetch_ahead(const void* what, std::size_t reach) {
  constexpr std::size_t line = 64;
  for (std::size_t at = 0; at < reach; at += line)
    __builtin_prefetch(static_cast<const char*>(what) + at, 1);
}

template <class Handle>
void fetch_actor(const Handle& whom, std::size_t reach) {
  fetch_ahead(caf::actor_cast<caf::actor_control_block*>(whom), reach);
}

}  // namespace glados::actors
