// What only a real Redis Cluster can show: fail-overs, frozen processes, slots on the move.
#include <poll.h>
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <iostream>

#include "tests/contract/storage/cluster_world.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;

milliseconds since(steady::time_point start) {
  return std::chrono::duration_cast<milliseconds>(steady::now() - start);
}

std::vector<std::unique_ptr<shard_writer>> write_to(cluster_world& world,
                                                    const std::vector<shard_id>& shards) {
  std::vector<std::unique_ptr<shard_writer>> out;
  for (shard_id shard : shards) out.push_back(std::make_unique<shard_writer>(world, shard));
  for (auto& writer : out) writer->wait_for_more(50);
  return out;
}

/// Until the others have made the victim's replica the owner of its slots.
milliseconds wait_for_successor(cluster_world& world, std::size_t victim, slot_number slot) {
  const auto start = steady::now();
  while (world.cluster.owner(slot) == victim) {
    if (since(start) > 20s)
      throw std::runtime_error("no fail-over");
    poll(nullptr, 0, 10);
  }
  return since(start);
}

void check_others(const std::vector<std::unique_ptr<shard_writer>>& others) {
  for (const auto& writer : others) {
    writer->stop();
    BOOST_TEST((writer->refused == 0 && writer->unknown == 0), "shard " << writer->shard);
    BOOST_TEST(writer->lost() == 0u);
    BOOST_TEST((writer->longest_gap() < 1500ms), "ms: " << writer->longest_gap().count());
  }
}

result<directory_record> load(cluster_world& world, shard_id shard, std::uint32_t n) {
  auto answer = begin<directory_record>([&](auto done) {
    world.directory().load_mapping(shard, numbered_record(n).key, std::move(done));
  });
  return finish(answer);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cluster_failures)

BOOST_AUTO_TEST_CASE(the_cluster_is_learnt_from_one_process) {
  cluster_world world(false);
  const redis_view view = world.stores->view();
  BOOST_TEST((view.covered == slot_count && view.processes == redis_cluster::processes));
  std::size_t owners = 0, slots = 0;
  for (const redis_node_figures& node : world.stores->nodes()) {
    owners += node.slots > 0 ? 1 : 0;
    slots += node.slots;
  }
  BOOST_TEST((owners == redis_cluster::primaries && slots == slot_count));
}

BOOST_AUTO_TEST_CASE(scripts_that_every_process_forgot_are_loaded_again) {
  cluster_world world(true);
  std::vector<fence> owned;
  for (shard_id shard = 0; shard < 60; ++shard) owned.push_back(own(world, shard));
  world.cluster.each({"SCRIPT", "FLUSH"});
  std::vector<pending<commit_result>> open;
  for (const fence& by : owned)
    open.push_back(begin_commit(world.directory(), {.by = by, .mapping = numbered_record(1)}));
  for (auto& answer : open) BOOST_TEST((finish(answer).code == errc::none));
}

BOOST_AUTO_TEST_CASE(what_was_acknowledged_as_replicated_outlives_its_primary) {
  cluster_world world(true);
  world.cluster.each({"CONFIG", "SET", "min-replicas-to-write", "1"});
  const std::size_t primary = world.cluster.owner(0);
  auto shards = world.shards_of(primary, 4);
  const shard_id quiet = shards.back();
  const fence by = own(world, quiet);
  BOOST_TEST((ask_commit(world, {.by = by, .mapping = numbered_record(1)}).code == errc::none));
  shards.pop_back();
  const auto hit = write_to(world, shards);
  const auto others = write_to(world, world.shards_of(primary, 3, true));
  const auto killed = steady::now();
  world.cluster.at(primary).stop(SIGKILL);
  const auto successor = wait_for_successor(world, primary, slot_of_shard(hit[0]->shard));
  // Its only replica is the primary now and has none: what is in no doubt is read, writes are
  // refused.
  while (!load(world, quiet, 1)) {
  }
  const auto readable = since(killed);
  for (const auto& writer : others) writer->wait_for_more(20);
  world.cluster.at(primary).start();
  for (const auto& writer : hit) writer->wait_for_more(20);
  std::cout << "cluster, replicated: primary killed; successor after " << successor.count()
            << " ms, readable after " << readable.count()
            << " ms, writable (old primary back as a replica) after " << since(killed).count()
            << " ms\n";
  const auto told = world.remade();
  for (const auto& writer : hit) {
    writer->stop();
    BOOST_TEST(writer->lost() == 0u, "shard " << writer->shard);
    BOOST_TEST(told.contains(writer->shard));
  }
  check_others(others);
  for (const auto& writer : others) BOOST_TEST(!told.contains(writer->shard));
  world.cluster.each({"CONFIG", "SET", "min-replicas-to-write", "0"});
}

BOOST_AUTO_TEST_CASE(a_frozen_primary_is_replaced_and_heard_no_more) {
  cluster_world world(false, 1s, 2s);
  const std::size_t primary = world.cluster.owner(0);
  const auto hit = write_to(world, world.shards_of(primary, 3));
  const auto others = write_to(world, world.shards_of(primary, 3, true));
  const auto frozen = steady::now();
  world.cluster.at(primary).signal(SIGSTOP);
  for (const auto& writer : hit) writer->wait_for_more(50);
  std::cout << "cluster, local: primary frozen; writable after " << since(frozen).count()
            << " ms\n";
  const std::size_t before = hit[0]->acknowledged();
  world.cluster.at(primary).signal(SIGCONT);
  for (const auto& writer : hit) writer->wait_for_more(50);
  BOOST_TEST(hit[0]->acknowledged() > before);
  // What was acknowledged before the freeze and not yet on the replica may be lost: that is the
  // window of "local". What came after it is not.
  for (const auto& writer : hit) {
    writer->stop();
    BOOST_TEST(writer->lost() <= 5u, "shard " << writer->shard);
  }
  check_others(others);
}

BOOST_AUTO_TEST_CASE(without_a_replica_nothing_counts_and_nothing_shows) {
  cluster_world world(true, 300ms);
  const std::size_t primary = world.cluster.owner(0);
  const auto shards = world.shards_of(primary, 2);
  const fence by = own(world, shards[0]), other = own(world, shards[1]);
  BOOST_TEST((ask_commit(world, {.by = by, .mapping = numbered_record(1)}).code == errc::none));
  BOOST_TEST((ask_commit(world, {.by = other, .mapping = numbered_record(1)}).code == errc::none));
  const std::size_t replica = world.cluster.replica_of(primary);
  world.cluster.at(replica).signal(SIGSTOP);
  BOOST_TEST(
      (ask_commit(world, {.by = by, .mapping = numbered_record(2)}).code == errc::outcome_unknown));
  BOOST_TEST(world.waits_failed > 0);
  // It is on the primary alone, and could be lost: nobody is shown it, nor what it replaced.
  BOOST_TEST((load(world, shards[0], 2).error() == errc::storage_unavailable));
  // The slot of another shard holds nothing in doubt.
  BOOST_TEST(load(world, shards[1], 1)->version > 0u);
  world.cluster.at(replica).signal(SIGCONT);
  auto raised =
      begin<std::uint64_t>([&](auto done) { world.membership().raise_epoch(by, std::move(done)); });
  auto epoch = finish(raised);
  while (!epoch && epoch.error() == errc::outcome_unknown) {
    raised = begin<std::uint64_t>(
        [&](auto done) { world.membership().raise_epoch(by, std::move(done)); });
    epoch = finish(raised);
  }
  // The raise is on the replica, so everything before it is.
  BOOST_TEST(load(world, shards[0], 2)->version > 0u);
}

BOOST_AUTO_TEST_CASE(slots_move_under_load) {
  cluster_world world(true);
  const std::size_t from = world.cluster.owner(0);
  const shard_id shard = world.shards_of(from, 1)[0];
  const auto slot = slot_of_shard(shard);
  const std::size_t to = world.cluster.owner(slot_count - 1) != from
                             ? world.cluster.owner(slot_count - 1)
                             : world.cluster.owner(slot_count / 2);
  const auto writers = write_to(world, {shard});
  std::atomic<bool> enough{false};
  std::atomic<int> wrong{0}, right{0};
  std::thread reader([&] {
    while (!enough) {
      const auto seen = load(world, shard, 3);
      (seen && seen->version > 0 ? right : wrong)++;
    }
  });
  const std::string number = std::to_string(slot);
  const std::string from_id = world.cluster.at(from).ask({"CLUSTER", "MYID"});
  const std::string to_id = world.cluster.at(to).ask({"CLUSTER", "MYID"});
  const std::string port = std::to_string(split_address(world.cluster.address(to)).port);
  world.cluster.at(to).ask({"CLUSTER", "SETSLOT", number, "IMPORTING", from_id});
  world.cluster.at(from).ask({"CLUSTER", "SETSLOT", number, "MIGRATING", to_id});
  for (;;) {
    const std::string keys = world.cluster.at(from).ask({"CLUSTER", "GETKEYSINSLOT", number, "10"});
    if (keys.empty())
      break;
    std::vector<std::string> words{"MIGRATE", "127.0.0.1", port, "", "0", "5000", "KEYS"};
    for (std::size_t at = 0; at < keys.size();) {
      const std::size_t end = keys.find('\n', at);
      words.push_back(keys.substr(at, end - at));
      at = end + 1;
    }
    BOOST_TEST(world.cluster.at(from).ask(words) == "OK");
    poll(nullptr, 0, 5);
  }
  for (std::size_t process : {to, from})
    world.cluster.at(process).ask({"CLUSTER", "SETSLOT", number, "NODE", to_id});
  writers[0]->wait_for_more(200);
  enough = true;
  reader.join();
  writers[0]->stop();
  std::cout << "cluster: slot moved; commands sent on: " << world.redirected[1] << " MOVED, "
            << world.redirected[2] << " ASK, " << world.redirected[3] << " TRYAGAIN; longest gap "
            << writers[0]->longest_gap().count() << " ms\n";
  BOOST_TEST((wrong == 0 && right > 0));
  BOOST_TEST((writers[0]->unknown == 0 && writers[0]->refused == 0));
  BOOST_TEST(writers[0]->lost() == 0u);
  BOOST_TEST(world.redirected[1] > 0);
  BOOST_TEST(world.redirected[2] + world.redirected[3] > 0);
  BOOST_TEST(world.remade().contains(shard));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
