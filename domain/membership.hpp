// Who is a member of the cluster, when one has ended, and which shards a member should take or
// give. Pure: every clock reading, every table and every owner record is handed in. The store keeps
// the truth (storage/membership_store.hpp); the member agent acts (cluster/member_agent.hpp).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

/// One life of a node as a member: from its join until it leaves, is evicted, or notices that its
/// lease is over. The incarnation is the node id and a random number; it is never used again.
struct member_record {
  std::string incarnation;
  std::string node;
  std::string address;          ///< host:port of its gate for other nodes; empty: not reachable
  std::string folder;           ///< random name of its data folder, which it holds locked
  std::uint64_t counter = 0;    ///< renewals so far, never 0
  bool draining = false;        ///< gives its shards away
  std::uint8_t index_keys = 0;  ///< so many it says that it has
};

/// The member table as the store holds it. `number` grows with every join, end and drain.
struct cluster_view {
  std::uint64_t number = 0;
  std::vector<member_record> members;

  const member_record* find(std::string_view incarnation) const;
  const member_record* find_node(std::string_view node) const;
};

/// How long a member may serve after it sent a renewal, and how much longer others wait.
struct lease_terms {
  std::chrono::microseconds lease{3'250'000};
  std::chrono::microseconds margin{250'000};
  std::chrono::microseconds patience() const { return lease + margin; }
};

/// What one member knows of the others' renewals, on its own steady clock. A member whose counter
/// stood still for lease + margin, with answers from one connection to the store, has certainly
/// stopped serving: it counts its lease from before it sent the renewal. Names that stand in owner
/// records but in no table (a fail-over may have lost the table's tail) are watched the same way.
class lease_watch {
 public:
  explicit lease_watch(lease_terms terms) : terms_(terms) {}

  /// A table that was answered over connection number `connection`; `now` is read after the answer
  /// came. Another connection than before: everything is watched anew.
  void seen(const cluster_view& table, const std::set<std::string>& unknown,
            std::uint64_t connection, std::chrono::microseconds now);

  struct overdue_member {
    std::string incarnation;
    std::uint64_t counter = 0;  ///< last seen; 0: it stands in no table
  };
  /// Who may be evicted, if the counter is still this one when the store does it.
  std::vector<overdue_member> overdue(std::chrono::microseconds now) const;

  /// What is left until `incarnation` may be evicted; none if it is not watched.
  std::optional<std::chrono::microseconds> left(std::string_view incarnation,
                                                std::chrono::microseconds now) const;
  /// Whether the counter of `incarnation` was seen to change on this connection.
  bool seen_alive(std::string_view incarnation) const;

 private:
  struct watched {
    std::uint64_t counter = 0;
    std::chrono::microseconds since{0};
    bool moved = false;
  };
  lease_terms terms_;
  std::uint64_t connection_ = 0;
  std::map<std::string, watched, std::less<>> watched_;
};

/// The owner record of a shard: who holds it (empty: released, or never owned), in which epoch.
struct shard_owner {
  std::string incarnation;
  std::uint64_t epoch = 0;
  std::uint8_t names = 1;  ///< layers of the names of all its records
  friend bool operator==(const shard_owner&, const shard_owner&) = default;
};

/// Which member should own each shard: rendezvous over the node ids of those that do not drain.
/// Index in `view.members`; none when all drain or there are none.
std::vector<std::optional<std::size_t>> propose_owners(const cluster_view& view);

/// What a member has to do for the table to become what the view proposes.
struct shard_plan {
  std::vector<shard_id> claim;    ///< free, or held by an incarnation that has ended
  std::vector<shard_id> release;  ///< held by us, proposed for another live member
  std::vector<shard_id> await;    ///< proposed for us, held by a live member or an unknown name
};

/// `records` has one entry a shard; `ended` holds the incarnations known to have a tombstone.
shard_plan plan_shards(const cluster_view& view, std::string_view self,
                       std::span<const shard_owner> records, const std::set<std::string>& ended);

/// Names in `records` that stand neither in the view nor in `ended`.
std::set<std::string> unknown_owners(const cluster_view& view, std::span<const shard_owner> records,
                                     const std::set<std::string>& ended);

}  // namespace glados
