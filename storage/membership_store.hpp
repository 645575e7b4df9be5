// Port: who owns which shard, and what time it is. Same rules as directory_store.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/directory_store.hpp"

namespace glados::storage {

/// What must be equal on all nodes of a directory; checked at every start.
struct directory_identity {
  std::uint32_t schema = 1;
  std::uint32_t shards = shard_count;
  std::uint32_t index_version = 1;
  bytes16 placement_check{};  ///< HMAC of a constant under the placement key
};

struct shard_claim {
  shard_id shard = 0;
  std::uint64_t epoch = 0;
};

class membership_store {
 public:
  virtual ~membership_store() = default;

  /// Cluster time (Redis TIME).
  virtual void time(reply<instant> done) = 0;

  /// Writes the identity if the directory is new; `conflict` when another one is stored.
  virtual void check_identity(const directory_identity& mine, reply<bool> done) = 0;

  /// Makes `incarnation` of `node` the owner of `shards`, each with its epoch + 1, in one step a
  /// shard. Refused with `conflict` when a shard's owner is an incarnation of another node (a node
  /// may take over from its own predecessor: it holds the lock of its data folder). After an error
  /// some of the shards may be claimed: release them, or claim again.
  virtual void claim(const std::string& node, const std::string& incarnation,
                     std::vector<shard_id> shards, reply<std::vector<shard_claim>> done) = 0;

  /// epoch -> epoch + 1 if owner and epoch are still `by`'s; else `fenced`.
  virtual void raise_epoch(const fence& by, reply<std::uint64_t> done) = 0;

  /// Gives the shards of this incarnation back (owner empty, epoch kept).
  virtual void release(const std::string& incarnation, std::vector<shard_id> shards,
                       reply<bool> done) = 0;
};

}  // namespace glados::storage
