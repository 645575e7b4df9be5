// Messages of the sweep, the slow walk through all records of the shards that this node owns. They
// never leave their node.
#pragma once

#include <cstddef>

#include "actors/messages.hpp"

namespace glados::actors {

/// Go on with the sweep by one page. Sweeper -> shard.
struct sweep_shard {
  std::size_t limit = 64;  ///< about so many records
};

/// `code`: none, moved, overloaded (the page before is under way), fenced, storage failures. After
/// a failure the page is visited again.
struct shard_swept {
  errc code = errc::none;
  std::size_t visited = 0;
  std::size_t changed = 0;
  bool finished = false;  ///< the shard's last page; the next one is its first
};

/// Do what time has made necessary (domain/tending.hpp). Shard -> itself -> mapping.
struct tend_mapping {
  route via;
  sii_key key;
};

/// `code`: none, or why it is left to the next sweep.
struct mapping_tended {
  errc code = errc::none;
  bool changed = false;
};

}  // namespace glados::actors
