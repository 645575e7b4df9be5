// Port: tells when what was last written to a shard's Redis may be gone.
#pragma once

#include <functional>
#include <vector>

#include "domain/ids.hpp"

namespace glados::storage {

/// Told the shards whose Redis is reached by another connection than before: it broke and was made
/// anew, or another process owns their slot since a fail-over. Their owner records have to be read
/// again before they are answered for.
using shards_remade = std::function<void(const std::vector<shard_id>&)>;

class shard_watch {
 public:
  virtual ~shard_watch() = default;

  /// From now on `told` is called, on the store's own thread (Redis) or by the test driver
  /// (simulation), before any command of these shards leaves by the new connection; it must be
  /// short. The first connection is not told. Replaces an earlier one; an empty one ends it, and
  /// once that returned the earlier one is not called any more.
  virtual void watch(shards_remade told) = 0;
};

}  // namespace glados::storage
