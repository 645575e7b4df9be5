// How a worker finds the actor to ask: the shards owned by this node, and each provider's session.
// Filled by the member agent and the registrar; read by HTTP workers.
#pragma once

#include <array>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>

#include "actors/protocol.hpp"

namespace glados::actors {

/// The shard table of one view. Immutable once published.
struct shard_table {
  std::uint64_t view = 0;
  std::array<shard_actor, shard_count> owners;  ///< invalid handle: not served here
};

/// Thread-safe holder of the current table.
class shard_directory {
 public:
  std::shared_ptr<const shard_table> table() const {
    std::lock_guard guard(lock_);
    return table_;
  }
  void publish(std::shared_ptr<const shard_table> next) {
    std::lock_guard guard(lock_);
    table_ = std::move(next);
  }

 private:
  mutable std::mutex lock_;
  std::shared_ptr<const shard_table> table_ = std::make_shared<shard_table>();
};

}  // namespace glados::actors
