// The member agent over the simulated store: joining, restarts, giving up, leaving.
#include "cluster/member.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "actors/guardian.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

/// A node that joins through its member agent; the world lends store, gateways and actor system.
struct joining_node {
  joining_node() { w.run(); }
  ~joining_node() {
    member.stop();
    w.settle();
  }
  void go_on() {
    for (int i = 0; i < 8; ++i) w.advance(500ms);
  }
  std::size_t served() const {
    const auto table = shards.table();
    return static_cast<std::size_t>(std::count_if(table->owners.begin(), table->owners.end(),
                                                  [](const auto& owner) { return !!owner; }));
  }

  std::int64_t steady = 5'000'000;
  world w;
  cluster::redis_clock clock{[this] { return steady; }};
  actors::shard_directory shards;
  storage::directory_identity identity;
  cluster::member member{w.system, w.node, clock, shards, identity};
};

}  // namespace

BOOST_AUTO_TEST_SUITE(members)

BOOST_AUTO_TEST_CASE(a_node_joins_and_serves_every_shard) {
  joining_node n;
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(!n.member.store_alive());
  n.member.start();
  n.go_on();
  BOOST_TEST(n.member.ready());
  BOOST_TEST(n.member.store_alive());
  BOOST_TEST(n.served() == shard_count);
  BOOST_TEST(n.clock.now().us > 1'800'000'000'000'000);
  n.steady += 2'000'001;
  BOOST_TEST(!n.member.store_alive());
  n.member.stop();
  n.go_on();
  BOOST_TEST(n.member.ended());
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(n.served() == 0u);
  bool taken = false;
  n.w.store.claim("other-node", "other", {3}, [&](const auto& got) { taken = !!got; });
  n.w.run();
  BOOST_TEST(taken);
}

BOOST_AUTO_TEST_CASE(joining_survives_store_faults) {
  joining_node n;
  n.w.planned = {{"check_identity", fault::refuse},
                 {"check_identity", fault::lose_answer},
                 {"check_identity", fault::none},
                 {"time", fault::refuse},
                 {"time", fault::none},
                 {"claim", fault::lose_answer}};
  n.member.start();
  n.go_on();
  BOOST_TEST(n.w.planned.empty());
  BOOST_TEST(n.member.ready());
}

BOOST_AUTO_TEST_CASE(a_directory_of_other_keys_is_refused) {
  joining_node n;
  storage::directory_identity other;
  other.placement_check[0] = 1;
  n.w.store.check_identity(other, [](const auto&) {});
  n.w.run();
  n.member.start();
  n.go_on();
  BOOST_TEST((n.member.failed() == errc::conflict));
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(n.served() == 0u);
}

BOOST_AUTO_TEST_CASE(shards_of_another_node_are_waited_for) {
  joining_node n;
  n.w.store.claim("other-node", "other", {3}, [](const auto&) {});
  n.w.run();
  n.member.start();
  n.go_on();
  BOOST_TEST(!n.member.ready());
  n.w.store.release("other", {3}, [](const auto&) {});
  n.go_on();
  BOOST_TEST(n.member.ready());
}

BOOST_AUTO_TEST_CASE(a_shard_that_dies_is_spawned_again) {
  joining_node n;
  n.member.start();
  n.go_on();
  const auto first = n.shards.table()->owners[5];
  n.w.kill(caf::actor_cast<caf::strong_actor_ptr>(first));
  n.go_on();
  const auto second = n.shards.table()->owners[5];
  BOOST_REQUIRE(!!second);
  BOOST_TEST(first.id() != second.id());
  BOOST_TEST(n.w.observer.restarts["shard"] == 1);
  BOOST_TEST(n.member.ready());
}

BOOST_AUTO_TEST_CASE(notifier_and_pump_are_spawned_again) {
  joining_node n;
  n.member.start();
  n.go_on();
  const auto notifier = n.member.services().notifier();
  const auto pump = n.member.services().pump();
  n.w.kill(caf::actor_cast<caf::strong_actor_ptr>(notifier));
  n.w.kill(caf::actor_cast<caf::strong_actor_ptr>(pump));
  n.go_on();
  BOOST_REQUIRE(!!n.member.services().notifier());
  BOOST_REQUIRE(!!n.member.services().pump());
  BOOST_TEST(n.member.services().notifier().id() != notifier.id());
  BOOST_TEST(n.member.services().pump().id() != pump.id());
}

BOOST_AUTO_TEST_CASE(a_node_that_was_fenced_stops_serving) {
  joining_node n;
  n.member.start();
  n.go_on();
  n.w.store.claim("node-1", "a-younger-incarnation", {5}, [](const auto&) {});
  n.w.run();
  caf::anon_send(n.shards.table()->owners[5], actors::outcome_unsure{1'000'000});
  n.go_on();
  BOOST_TEST((n.member.failed() == errc::fenced));
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(n.served() == 0u);
  BOOST_TEST(n.member.ended());
}

BOOST_AUTO_TEST_CASE(restarts_are_counted_and_end) {
  counting_observer observer;
  actors::guardian guard(observer);
  std::chrono::steady_clock::time_point now{};
  for (int i = 0; i < 5; ++i) BOOST_TEST(guard.restart_after("shard", 1, now).has_value());
  BOOST_TEST(!guard.restart_after("shard", 1, now).has_value());
  BOOST_TEST(guard.restart_after("shard", 2, now).has_value());
  BOOST_TEST(guard.restart_after("shard", 1, now + 61s).has_value());
  BOOST_TEST(!guard.restart_after("unheard of", 0, now).has_value());
  BOOST_TEST(observer.restarts["shard"] == 7);
}

BOOST_AUTO_TEST_CASE(cluster_time_never_goes_back) {
  std::int64_t steady = 1000;
  cluster::redis_clock clock{[&] { return steady; }};
  clock.set({5'000'000});
  BOOST_TEST(clock.now().us == 5'000'000);
  steady += 700;
  BOOST_TEST(clock.now().us == 5'000'700);
  clock.set({4'000'000});  // Redis' clock was set back
  BOOST_TEST(clock.now().us == 5'000'700);
  steady += 999'999;
  BOOST_TEST(clock.now().us == 5'000'700);
  steady += 1'000;
  BOOST_TEST(clock.now().us == 5'000'999);
  clock.set({9'000'000});
  BOOST_TEST(clock.now().us == 9'000'000);
}

BOOST_AUTO_TEST_SUITE_END()
