// Several member agents over one store: sharing out, taking over, freezing, draining.
#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "cluster_stage.hpp"
#include "seeds.hpp"

using namespace glados;
using namespace glados::testing;

BOOST_AUTO_TEST_SUITE(clusters)

BOOST_AUTO_TEST_CASE(nodes_share_the_shards_and_know_each_others) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  BOOST_TEST(c["a"].served() == shard_count);
  c.add("b");
  c.add("c");
  c.go_on(8s);
  BOOST_TEST(c.balanced());
  for (const auto& [name, at] : c.nodes) {
    BOOST_TEST(at->served() > shard_count / 4);
    for (std::size_t s = 0; s < shard_count; ++s) {
      const auto shard = static_cast<shard_id>(s);
      const auto route = at->route_of(shard);
      const auto holder = route == "here" ? name : route.substr(0, route.find(':'));
      BOOST_REQUIRE_MESSAGE(c.nodes.contains(holder), name << " asks " << route << " for " << s);
      BOOST_TEST((c[holder].route_of(shard) == "here"));
    }
  }
  const auto seen = c["a"].member->seen();
  BOOST_TEST(seen->nodes.size() == 3u);
  BOOST_TEST(seen->unowned == 0u);
  BOOST_TEST(seen->coming + seen->leaving == 0u);
  for (const auto& node : seen->nodes) BOOST_TEST(node.connected);
}

BOOST_AUTO_TEST_CASE(a_dead_nodes_shards_are_taken_over_after_its_lease_and_no_earlier) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  BOOST_REQUIRE(c.balanced());
  const auto lost = c["b"].served();
  c.kill("b");
  BOOST_TEST(c["a"].served() == shard_count - lost);
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto route = c["a"].route_of(static_cast<shard_id>(s));
    BOOST_TEST((route == "here" || route.empty()));  // nobody is sent to the dead
  }
  c.go_on(3'250ms);
  BOOST_TEST(c["a"].served() == shard_count - lost);
  c.go_on(1'000ms);
  BOOST_TEST(c["a"].served() == shard_count);
}

BOOST_AUTO_TEST_CASE(a_node_whose_lease_ran_out_drops_everything_and_comes_back_as_another) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  BOOST_TEST(c["a"].lives == 1);
  c["a"].offset += 10s;  // it was frozen
  BOOST_TEST(c["a"].served() == 0u);
  BOOST_TEST(!c["a"].member->ready());
  c.go_on(2s);
  BOOST_TEST(c["a"].lives == 2);
  BOOST_TEST(c["a"].served() == shard_count);
  BOOST_TEST(c["a"].member->ready());
}

/// Its gate is the one of before: who stops watching one life must go on watching the other.
BOOST_AUTO_TEST_CASE(the_end_of_a_node_that_has_had_several_lives_is_noticed) {
  for (const std::string ended : {"a", "b"}) {
    cluster_stage c;
    c.add("a");
    c.go_on(100ms);  // so that they do not renew at the same time
    c.add("b");
    c.go_on(8s);
    c[ended].offset += 10s;
    c.go_on(8s);
    BOOST_TEST_REQUIRE(c.balanced());
    BOOST_TEST_REQUIRE(c[ended].lives == 2);
    // A hello of another life, which comes late.
    const auto other = ended == "a" ? "b" : "a";
    caf::anon_send(c.gates.at(std::string(other) + ":1"),
                   actors::peer_hello{ended + ".0", caf::actor_cast<caf::strong_actor_ptr>(
                                                        c.gates.at(ended + ":1"))});
    c.go_on(8s);
    c.kill(ended);
    for (std::size_t s = 0; s < shard_count; ++s) {
      const auto route = c[other].route_of(static_cast<shard_id>(s));
      BOOST_TEST((route == "here" || route.empty()), other << " asks " << route);
    }
  }
}

/// Their connection never broke.
BOOST_AUTO_TEST_CASE(a_node_that_came_back_as_another_is_asked_at_once) {
  for (const std::string again : {"a", "b"}) {
    cluster_stage c;
    c.add("a");
    c.go_on(100ms);
    c.add("b");
    c.go_on(8s);
    c[again].offset += 10s;
    while (c[again].lives < 2 || c[again].served() == 0) c.go_on(50ms);
    c.go_on(600ms);  // a renewal of the other one
    auto& other = c[again == "a" ? "b" : "a"];
    for (const auto& node : other.member->seen()->nodes)
      BOOST_TEST(node.connected, other.name << " and " << node.id);
  }
}

/// Nothing else happens in the cluster that would have it look.
BOOST_AUTO_TEST_CASE(a_shard_that_ended_while_storage_was_away_is_claimed_once_it_is_back) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  BOOST_TEST_REQUIRE(c["a"].served() == shard_count);
  using fault = storage::simulated_store::fault;
  c.w.planned = {{"load_owners", fault::refuse}};
  c.w.kill(caf::actor_cast<caf::strong_actor_ptr>(c["a"].shards.table()->owners[7]));
  c.go_on(8s);
  BOOST_TEST(c.w.planned.empty());
  BOOST_TEST(c["a"].served() == shard_count);
}

BOOST_AUTO_TEST_CASE(what_a_frozen_node_wakes_to_belongs_to_others) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  const auto table = c["b"].shards.table();
  const auto held = static_cast<shard_id>(std::find_if(table->owners.begin(), table->owners.end(),
                                                       [](const auto& at) { return !!at; }) -
                                          table->owners.begin());
  c.w.own(held, "a.1");  // as if it had been evicted and its shard claimed
  c["b"].offset += 60s;
  std::optional<errc> seen;
  c.w.system.spawn([&, to = table->owners[held]](caf::event_based_actor* self) {
    self->request(to, 1s, actors::lookup_mapping{{held, 0, 1s}, key_of(1)})
        .then([&](const actors::lookup_answer& got) { seen = got.code; },
              [&](const caf::error&) { seen = errc::internal; });
  });
  c.w.run_actors();
  BOOST_TEST((seen == errc::moved || seen == errc::internal));
  c.go_on(8s);
  BOOST_TEST(c["b"].lives == 2);
  BOOST_TEST(c.balanced());
}

BOOST_AUTO_TEST_CASE(a_drained_node_gives_all_and_stays) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  caf::anon_send(c["a"].member->agent(), actors::drain_node{"b"});
  c.go_on(4s);
  BOOST_TEST(c["a"].served() == shard_count);
  BOOST_TEST(c["b"].served() == 0u);
  BOOST_TEST(c["b"].member->ready());
  BOOST_TEST(c["b"].route_of(7) == "a:1");
  c.kill("b");
  c.go_on(6s);
  BOOST_TEST(c["a"].served() == shard_count);
}

/// Else callers who have not heard of the second move would be kept waiting at its gate.
BOOST_AUTO_TEST_CASE(a_shard_that_was_received_and_given_on_is_not_awaited) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  caf::anon_send(c["a"].member->agent(), actors::drain_node{"b"});
  while (c["a"].served() < shard_count) c.go_on(50ms);
  c.add("c");
  while (c["c"].served() < shard_count / 4) c.go_on(50ms);
  const auto here = c["a"].shards.table(), there = c["c"].shards.table();
  for (std::size_t s = 0; s < shard_count; ++s)
    if (there->owners[s])
      BOOST_TEST(!here->awaited[s], "shard " << s);
  c.go_on(4s);
  BOOST_TEST(c.balanced());
}

BOOST_AUTO_TEST_CASE(a_gift_that_does_not_come_is_not_awaited_for_ever) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  const auto table = c["a"].shards.table();
  const auto theirs = static_cast<shard_id>(
      std::find_if(table->owners.begin(), table->owners.end(), [](const auto& at) { return !at; }) -
      table->owners.begin());
  const auto nodes = c["a"].member->seen()->nodes;
  const auto self =
      std::find_if(nodes.begin(), nodes.end(), [](const auto& at) { return at.self; });
  BOOST_REQUIRE(self != nodes.end());
  caf::anon_send(c["a"].member->agent(),
                 actors::shard_moved{theirs, self->incarnation, table->epochs[theirs]});
  c.go_on(50ms);
  BOOST_TEST(c["a"].shards.table()->awaited[theirs]);
  c.go_on(5s);
  BOOST_TEST(!c["a"].shards.table()->awaited[theirs]);
  BOOST_TEST((c["a"].route_of(theirs) == "b:1"));
}

BOOST_AUTO_TEST_CASE(handing_over_ends_when_all_is_given_or_nobody_is_there) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  c["a"].member->hand_over();
  c.go_on(1s);
  BOOST_TEST(c["a"].member->handed_over());
  BOOST_TEST(c["a"].served() == shard_count);
  c.add("b");
  c.go_on(8s);
  c["b"].member->hand_over();
  c.go_on(4s);
  BOOST_TEST(c["b"].member->handed_over());
  BOOST_TEST(c["b"].served() == 0u);
  c["b"].member->stop();
  c.go_on(1s);
  BOOST_TEST(c["b"].member->ended());
  BOOST_TEST(c["a"].member->seen()->nodes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_id_that_is_live_in_another_folder_is_refused) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  staged_node twin(c.w, c.steady, c.gates, "a", "another folder");
  c.go_on(2s);
  BOOST_TEST((twin.member->failed() == errc::conflict));
  BOOST_TEST(twin.member->failure().find("another live node") != std::string::npos);
  BOOST_TEST(twin.member->ended());
  BOOST_TEST(c["a"].served() == shard_count);
}

BOOST_AUTO_TEST_CASE(an_id_whose_node_died_is_free_after_its_lease) {
  cluster_stage c;
  c.add("a", "this folder");
  c.go_on();
  c.kill("a");
  auto& next = c.add("a", "another folder");
  c.go_on(3s);
  BOOST_TEST(next.served() == 0u);
  c.go_on(3s);
  BOOST_TEST(next.served() == shard_count);
}

BOOST_AUTO_TEST_CASE(the_same_folder_takes_over_at_once) {
  cluster_stage c;
  c.add("a");
  c.go_on();
  c.kill("a");
  c.add("a");
  c.go_on(1s);
  BOOST_TEST(c["a"].served() == shard_count);
}

/// Whatever the store does and whoever freezes: no shard has two owners that answer.
BOOST_AUTO_TEST_CASE(no_shard_is_ever_answered_by_two) {
  const auto [first, last] = seeds(4);
  for (auto seed = first; seed < last; ++seed) {
    BOOST_TEST_MESSAGE("seed " << seed);
    cluster_stage c(seed);
    for (const auto* name : {"a", "b", "c"}) c.add(name);
    c.w.wrong = {2, 2, 1};
    std::mt19937_64 random(seed);
    for (int i = 0; i < 60; ++i) {
      if (random() % 6 == 0)
        std::next(c.nodes.begin(), static_cast<long>(random() % 3))->second->offset +=
            std::chrono::milliseconds(random() % 8'000);
      c.go_on(200ms);
      for (std::size_t s = 0; s < shard_count; s += 31)
        BOOST_REQUIRE_MESSAGE(c.owners_of(static_cast<shard_id>(s)) <= 1,
                              "two owners of " << s << ", seed " << seed);
    }
    c.w.wrong = {};
    c.go_on(15s);
    BOOST_TEST(c.balanced(), "seed " << seed);
  }
}

BOOST_AUTO_TEST_SUITE_END()
