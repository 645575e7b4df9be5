// What the tests that ill-treat a Redis Cluster share: a store, writers, and what they were told.
#pragma once

#include <atomic>
#include <map>
#include <set>
#include <thread>

#include "storage/keys.hpp"
#include "storage/redis_client.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using steady = std::chrono::steady_clock;

inline slot_number slot_of_shard(shard_id shard) { return slot_of(keys::owner(shard)); }

/// A store over the cluster that all of these tests share, whole again at the start of each.
struct cluster_world {
  explicit cluster_world(bool replicated,
                         std::chrono::milliseconds replica_wait = std::chrono::seconds(1),
                         std::chrono::milliseconds command_timeout = std::chrono::seconds(6));

  directory_store& directory() { return stores->directory(); }
  membership_store& membership() { return stores->membership(); }
  void run() {}

  /// `count` shards that this process owns (or, with `but`, that it does not).
  std::vector<shard_id> shards_of(std::size_t process, std::size_t count, bool but = false);
  std::set<shard_id> remade();

  redis_cluster& cluster;
  redis_options options;
  connection_watch watch;
  std::array<std::atomic<int>, 5> redirected{};  ///< by next_try::kind
  std::atomic<int> waits_failed{0};
  std::mutex mutex;
  std::set<shard_id> told;  ///< guarded by mutex
  std::unique_ptr<redis_stores> stores;
};

/// The record number `n`; each is written once.
directory_record numbered_record(std::uint32_t n);

/// Writes records of one shard one after the other on a thread of its own, as an owner does: after
/// an unknown outcome it raises the epoch before it goes on.
class shard_writer {
 public:
  shard_writer(cluster_world& world, shard_id shard);
  ~shard_writer();

  /// Waits until so many more were acknowledged than now; throws after 30 s.
  void wait_for_more(std::size_t count);
  void stop();

  std::size_t acknowledged() const { return count_; }
  /// After `stop`: how many of the acknowledged are not what is stored.
  std::size_t lost();
  /// After `stop`: the longest time without an acknowledgement.
  std::chrono::milliseconds longest_gap() const;

  const shard_id shard;
  std::atomic<int> refused{0}, unknown{0};

 private:
  void write();
  void raise();

  cluster_world& world_;
  fence by_;
  std::atomic<bool> enough_{false};
  std::atomic<std::size_t> count_{0};
  std::map<std::uint32_t, std::uint64_t> versions_;
  std::vector<steady::time_point> times_;
  std::thread thread_;
};

}  // namespace glados::storage::test
