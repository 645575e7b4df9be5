// How fast commits are, by form of Redis and durability; docs/operations.md has figures.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <iostream>

#include "tests/contract/storage/cluster_world.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;

/// One shard's commits, one after the other, each sent when the one before was answered.
struct chain {
  fence by;
  std::uint32_t next = 0;
};

/// Keeps one commit of each chain under way, for a while.
class rate {
 public:
  rate(directory_store& store, std::vector<chain> chains)
      : store_(store), chains_(std::move(chains)) {}

  void measure(const std::string& name) {
    const auto start = steady::now();
    until_ = start + 1s;
    running_ = chains_.size();
    for (chain& one : chains_) send(one);
    std::unique_lock lock(mutex_);
    if (!ended_.wait_for(lock, 30s, [&] { return running_ == 0; }))
      throw std::runtime_error("commits did not end");
    const auto span = std::chrono::duration<double>(steady::now() - start).count();
    std::sort(took_.begin(), took_.end());
    const auto at = [&](double share) {
      return static_cast<double>(
                 took_[static_cast<std::size_t>(share * static_cast<double>(took_.size() - 1))]
                     .count()) /
             1000;
    };
    BOOST_REQUIRE(!took_.empty());
    BOOST_TEST(failed_ == 0u);
    std::cout << name << ", " << chains_.size()
              << " under way: " << static_cast<int>(static_cast<double>(took_.size()) / span)
              << " commits/s, p50 " << at(0.5) << " ms, p99 " << at(0.99) << " ms\n";
  }

 private:
  void send(chain& one) {
    const auto sent = steady::now();
    store_.apply(
        {.by = one.by, .mapping = numbered_record(one.next++)},
        [this, &one, sent](const commit_result& answer) {
          const auto now = steady::now();
          const bool more = now < until_;
          {
            const std::lock_guard lock(mutex_);
            failed_ += answer.code == errc::none ? 0 : 1;
            took_.push_back(std::chrono::duration_cast<std::chrono::microseconds>(now - sent));
            if (!more && --running_ == 0)
              ended_.notify_all();
          }
          if (more)  // else this may be gone already
            send(one);
        });
  }

  directory_store& store_;
  std::vector<chain> chains_;
  steady::time_point until_{};
  std::mutex mutex_;
  std::condition_variable ended_;
  std::size_t running_ = 0, failed_ = 0;
  std::vector<std::chrono::microseconds> took_;
};

template <class World>
void measure(World& world, const std::string& name) {
  for (const std::size_t open : {1U, 256U}) {
    std::vector<chain> chains;
    for (std::size_t i = 0; i < open; ++i)
      chains.push_back(
          {own(world, static_cast<shard_id>(i)), static_cast<std::uint32_t>(open * 100'000)});
    rate(world.directory(), std::move(chains)).measure(name);
  }
}

/// Plain Redis, alone or with a replica.
struct plain_world {
  explicit plain_world(bool replicated)
      : ports(free_ports(2)),
        primary({"--port", ports[0], "--repl-diskless-sync-delay", "0",
                 "--repl-ping-replica-period", "1"}),  // `followed` needs a first write
        replica({"--port", ports[1]}) {
    for (const redis_process* one : {&primary, &replica})
      one->wait_until({"PING"}, [](const std::string& answer) { return answer == "PONG"; });
    if (replicated) {
      replica.ask({"REPLICAOF", "127.0.0.1", ports[0]});
      primary.wait_until({"INFO", "replication"}, followed);
    }
    redis_options options;
    options.unix_socket = primary.socket();
    options.command_timeout = 10s;
    options.replicated = replicated;
    options.replica_wait = 5s;
    stores = open_redis(options, watch.observer());
    watch.wait_for(true);
  }
  directory_store& directory() { return stores->directory(); }
  membership_store& membership() { return stores->membership(); }
  void run() {}

  std::vector<std::string> ports;
  redis_process primary, replica;
  connection_watch watch;
  std::unique_ptr<redis_stores> stores;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(commit_rates)

BOOST_AUTO_TEST_CASE(plain_and_cluster_local_and_replicated) {
  for (const bool replicated : {false, true}) {
    const std::string durability = replicated ? "replicated" : "local";
    plain_world plain(replicated);
    measure(plain, "plain Redis, " + durability);
    cluster_world cluster(replicated);
    cluster.cluster.each({"CONFIG", "SET", "appendfsync", "always"});  // as the plain one
    measure(cluster, "cluster 3+3, " + durability);
    cluster.cluster.each({"CONFIG", "SET", "appendfsync", "everysec"});
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
