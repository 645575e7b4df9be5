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
  joining_node() {
    w.run();
    w.node.lease = &lease;
  }
  ~joining_node() {
    member.stop();
    w.settle();
  }
  void go_on() {
    for (int i = 0; i < 32; ++i) {  // longer than an unknown owner is waited for
      steady += 250'000;
      w.advance(250ms);
    }
  }
  std::size_t served() const {
    const auto table = shards.table();
    return static_cast<std::size_t>(std::count_if(table->owners.begin(), table->owners.end(),
                                                  [](const auto& owner) { return !!owner; }));
  }
  cluster::member_settings settings() {
    cluster::member_settings out;
    out.folder = "a folder";
    out.new_incarnation = [this] { return "node-1." + std::to_string(++lives); };
    return out;
  }

  std::int64_t steady = 5'000'000;
  int lives = 0;
  world w;
  actors::lease_guard lease{[this] { return std::chrono::microseconds(steady); }};
  cluster::redis_clock clock{[this] { return steady; }};
  actors::shard_directory shards;
  cluster::member member{w.system, w.node, clock, lease, shards, settings()};
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
  n.steady -= 2'000'001;
  n.member.stop();
  n.go_on();
  BOOST_TEST(n.member.ended());
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(n.served() == 0u);
  shard_owner left{"somebody", 0};
  n.w.store.load_owners({3}, [&](const auto& got) { left = got->front(); });
  n.w.run();
  BOOST_TEST(left.incarnation == "");
}

/// All at once they would hold up the renewals behind them.
BOOST_AUTO_TEST_CASE(shards_are_claimed_a_few_at_a_time) {
  joining_node n;
  std::size_t before = 0, most = 0;
  auto table = n.shards.table();
  n.w.after_step = [&] {
    if (std::exchange(table, n.shards.table()) == n.shards.table())
      return;
    const auto now = n.served();
    most = std::max(most, now - std::min(now, before));
    before = now;
  };
  n.member.start();
  n.go_on();
  n.w.after_step = nullptr;
  BOOST_TEST(n.served() == shard_count);
  BOOST_TEST(n.member.ready());
  BOOST_TEST(most == cluster::member_settings{}.claims_at_once);
}

BOOST_AUTO_TEST_CASE(joining_survives_store_faults) {
  joining_node n;
  n.w.planned = {{"join", fault::refuse},        {"join", fault::lose_answer},
                 {"join", fault::none},          {"renew", fault::refuse},
                 {"load_owners", fault::refuse}, {"find_ended", fault::refuse},
                 {"claim", fault::lose_answer}};
  n.member.start();
  n.go_on();
  n.go_on();
  n.go_on();
  BOOST_TEST(n.w.planned.empty());
  BOOST_TEST(n.member.ready());
  BOOST_TEST(n.served() == shard_count);
}

BOOST_AUTO_TEST_CASE(a_directory_of_other_keys_is_refused) {
  joining_node n;
  storage::join_request other;
  other.identity.placement_check[0] = 1;
  other.me.incarnation = "other.1";
  n.w.store.join(other, [](const auto&) {});
  n.w.run();
  n.member.start();
  n.go_on();
  BOOST_TEST((n.member.failed() == errc::conflict));
  BOOST_TEST(n.member.failure() == "the directory was made with another placement key");
  BOOST_TEST(!n.member.ready());
  BOOST_TEST(n.served() == 0u);
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

BOOST_AUTO_TEST_CASE(a_node_that_was_evicted_comes_back_as_another_incarnation) {
  joining_node n;
  n.member.start();
  n.go_on();
  const auto before = n.shards.table()->owners[5];
  n.w.store.leave("node-1.1", [](const auto&) {});
  n.go_on();
  BOOST_TEST(n.lives == 2);
  BOOST_TEST(n.member.ready());
  BOOST_TEST(n.shards.table()->owners[5].id() != before.id());
}

BOOST_AUTO_TEST_CASE(a_shard_that_another_took_is_given_up_alone) {
  joining_node n;
  n.member.start();
  n.go_on();
  n.go_on();
  n.w.own(5, "thief.1");
  caf::anon_send(n.shards.table()->owners[5], actors::outcome_unsure{1'000'000});
  n.w.run();
  BOOST_TEST(n.served() == shard_count - 1);
  BOOST_TEST(n.lives == 1);
  n.go_on();  // the thief is in no table: after its time the shard comes back
  BOOST_TEST(n.served() == shard_count);
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
