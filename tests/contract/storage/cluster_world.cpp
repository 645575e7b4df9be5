#include "tests/contract/storage/cluster_world.hpp"

#include <poll.h>
#include <signal.h>

#include <algorithm>

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;

redis_cluster& ill_treated_cluster() {
  static redis_cluster cluster;
  return cluster;
}

}  // namespace

cluster_world::cluster_world(bool replicated, std::chrono::milliseconds replica_wait,
                             std::chrono::milliseconds command_timeout)
    : cluster(ill_treated_cluster()) {
  for (std::size_t i = 0; i < redis_cluster::processes; ++i) {
    if (cluster.at(i).running())
      cluster.at(i).signal(SIGCONT);
    else
      cluster.at(i).start();
  }
  cluster.wait_until_whole();
  cluster.each_primary({"FLUSHALL"});
  options.seeds = {"127.0.0.1:1", cluster.seeds()[0]};  // nobody listens at the first one
  options.command_timeout = command_timeout;
  options.replicated = replicated;
  options.replica_wait = replica_wait;
  options.topology_interval = 500ms;
  redis_observer observer = watch.observer();
  observer.redirected = [this](next_try::kind what) {
    ++redirected[static_cast<std::size_t>(what)];
  };
  observer.wait_failed = [this] { ++waits_failed; };
  stores = open_redis(options, observer);
  stores->shards().watch([this](const std::vector<shard_id>& shards) {
    const std::lock_guard lock(mutex);
    told.insert(shards.begin(), shards.end());
  });
  watch.wait_for(true);
}

std::vector<shard_id> cluster_world::shards_of(std::size_t process, std::size_t count, bool but) {
  std::vector<shard_id> out;
  for (shard_id shard = 0; shard < shard_count && out.size() < count; ++shard)
    if ((cluster.owner(slot_of_shard(shard), process) == process) != but)
      out.push_back(shard);
  return out;
}

std::set<shard_id> cluster_world::remade() {
  const std::lock_guard lock(mutex);
  return told;
}

directory_record numbered_record(std::uint32_t n) {
  directory_record record = some_record(0);
  for (std::size_t i = 0; i < 4; ++i) record.key.value[i] = static_cast<std::uint8_t>(n >> (8 * i));
  return record;
}

shard_writer::shard_writer(cluster_world& world, shard_id of) : shard(of), world_(world) {
  by_ = own(world, shard);
  thread_ = std::thread([this] { write(); });
}

shard_writer::~shard_writer() { stop(); }

void shard_writer::stop() {
  enough_ = true;
  if (thread_.joinable())
    thread_.join();
}

void shard_writer::write() {
  for (std::uint32_t n = 0; !enough_; ++n) {
    auto answer = begin_commit(world_.directory(), {.by = by_, .mapping = numbered_record(n)});
    const commit_result result = finish(answer);
    if (result.code == errc::none) {
      versions_[n] = result.version;
      times_.push_back(steady::now());
      ++count_;
    } else if (result.code == errc::storage_unavailable) {
      ++refused;
      poll(nullptr, 0, 5);
    } else {
      ++unknown;
      raise();
    }
  }
}

/// `fenced`: an earlier raise, whose outcome was unknown, has happened.
void shard_writer::raise() {
  while (!enough_) {
    auto answer = begin<std::uint64_t>(
        [&](auto done) { world_.membership().raise_epoch(by_, std::move(done)); });
    const auto epoch = finish(answer);
    if (epoch)
      by_.epoch = *epoch;
    else if (epoch.error() == errc::fenced)
      ++by_.epoch;
    else
      poll(nullptr, 0, 5);
    if (epoch)
      return;
  }
}

void shard_writer::wait_for_more(std::size_t count) {
  const std::size_t goal = count_ + count;
  const auto limit = steady::now() + 30s;
  while (count_ < goal) {
    if (steady::now() > limit)
      throw std::runtime_error("a writer does not get on");
    poll(nullptr, 0, 2);
  }
}

std::size_t shard_writer::lost() {
  std::size_t out = 0;
  std::vector<std::pair<std::uint64_t, pending<result<directory_record>>>> open;
  const auto settle = [&] {
    for (auto& [version, answer] : open) {
      const auto stored = finish(answer);
      out += stored && stored->version == version ? 0 : 1;
    }
    open.clear();
  };
  for (const auto& [n, version] : versions_) {
    open.emplace_back(version,
                      begin<directory_record>([&, key = numbered_record(n).key](auto done) {
                        world_.directory().load_mapping(shard, key, std::move(done));
                      }));
    if (open.size() == 1000)
      settle();
  }
  settle();
  return out;
}

std::chrono::milliseconds shard_writer::longest_gap() const {
  steady::duration longest{0};
  for (std::size_t i = 1; i < times_.size(); ++i)
    longest = std::max(longest, times_[i] - times_[i - 1]);
  return std::chrono::duration_cast<std::chrono::milliseconds>(longest);
}

}  // namespace glados::storage::test
