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

template <class Handle>
void fetch_ahead(const Handle& whom, std::size_t reach) {
  constexpr std::size_t line = 64;
  const auto* first =
      reinterpret_cast<const char*>(caf::actor_cast<caf::actor_control_block*>(whom));
  for (std::size_t at = 0; at < reach; at += line) __builtin_prefetch(first + at, 1);
}

}  // namespace glados::actors
