// Port: who is a member, who owns which shard, and what time it is. Same rules as
// directory_store.hpp. The member table lives in one slot, each owner record in its shard's own; no
// step needs two of them to agree.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "domain/index_rotation.hpp"
#include "domain/membership.hpp"
#include "storage/directory_store.hpp"

namespace glados::storage {

/// What must be equal on all nodes of a directory; checked at every join.
struct directory_identity {
  std::uint32_t schema = 1;
  std::uint32_t shards = shard_count;
  bytes16 placement_check{};  ///< HMAC of a constant under the placement key
};

/// Says in one sentence why a node with `mine` may not join a directory of `stored`; empty if it
/// may. The schema may be this one or the one before: a rolling upgrade needs both.
std::string mismatch(const directory_identity& stored, const directory_identity& mine);

/// `me.counter` and `me.draining` are not looked at.
struct join_request {
  directory_identity identity;
  member_record me;
  index_checks keys{};  ///< its index keys; those that names are made with must be the directory's
};

enum class join_outcome : std::uint8_t {
  joined,
  other_directory,  ///< `why` says what differs
  id_live,          ///< another incarnation of this node id is a member
  ended,            ///< this incarnation has a tombstone: take a new one
};

struct join_answer {
  join_outcome outcome = join_outcome::joined;
  std::string why;
};

/// The member table, and cluster time (Redis TIME), at one moment.
struct table_answer {
  instant now;
  bool member = false;  ///< the asking incarnation stands in it
  cluster_view view;
  index_state index{};
};

struct shard_claim {
  shard_id shard = 0;
  std::uint64_t epoch = 0;
  std::uint8_t names = 1;     ///< layers of the names of its records
  std::uint8_t renaming = 0;  ///< somebody began to rename them to so many layers; 0: nobody
};

/// A shard to be claimed, with the owner record as it was read.
struct shard_seen {
  shard_id shard = 0;
  shard_owner owner;
};

class membership_store {
 public:
  virtual ~membership_store() = default;

  /// Cluster time (Redis TIME).
  virtual void time(reply<instant> done) = 0;

  /// How often the connection to the store was made. A count that changed means that answers before
  /// and after may come from different processes.
  virtual std::uint64_t connections() const = 0;

  /// Makes `me` a member, and writes the identity if the directory is new, in one step; nothing, if
  /// there is a member of the same node id. Joining twice is joining once.
  virtual void join(const join_request& request, reply<join_answer> done) = 0;

  /// Adds one to the renewal counter of `incarnation` and reads the table, in one round trip. An
  /// incarnation that is no member only reads (`member` false); so does an empty one.
  virtual void renew(const std::string& incarnation, reply<table_answer> done) = 0;

  /// Replaces the address of a member; the view grows. `not_found`: it is none.
  virtual void announce(const std::string& incarnation, const std::string& address,
                        reply<bool> done) = 0;

  /// Ends an incarnation, for ever and with a tombstone, if its counter is still `counter`; 0 for
  /// one that stands in no table. `conflict`: it is another.
  virtual void evict(const std::string& incarnation, std::uint64_t counter, reply<bool> done) = 0;

  /// Ends its own incarnation, whatever the counter.
  virtual void leave(const std::string& incarnation, reply<bool> done) = 0;

  /// Marks the member with this node id as draining. `not_found`: there is none.
  virtual void drain(const std::string& node, reply<bool> done) = 0;

  /// Which of these incarnations have a tombstone.
  virtual void find_ended(std::vector<std::string> incarnations,
                          reply<std::vector<std::string>> done) = 0;

  /// The owner records, in the order of `shards`.
  virtual void load_owners(std::vector<shard_id> shards, reply<std::vector<shard_owner>> done) = 0;

  /// Makes `incarnation` of `node` the owner of each shard whose record is still as it was seen,
  /// with its epoch + 1: one step a shard, in the shard's own slot. The answer holds those that
  /// were claimed. Whether the one that was seen has ended is the caller's to know. After an error
  /// some of the shards may be claimed: read the records again.
  virtual void claim(const std::string& node, const std::string& incarnation,
                     std::vector<shard_seen> shards, reply<std::vector<shard_claim>> done) = 0;

  /// epoch -> epoch + 1 if owner and epoch are still `by`'s; else `fenced`.
  virtual void raise_epoch(const fence& by, reply<std::uint64_t> done) = 0;

  /// Gives a shard back (owner empty, epoch kept) if owner and epoch are still `by`'s; else
  /// `fenced`.
  virtual void release(const fence& by, reply<bool> done) = 0;
};

}  // namespace glados::storage
