// The sweep: what becomes of records that nobody uses, in virtual time.
#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "actors/sweeper.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

constexpr auto year = std::chrono::hours(24 * 365);

asked<actors::shard_swept> sweep_page(world& w, std::size_t limit = 64) {
  return w.ask<actors::shard_swept>(actors::sweep_shard{limit});
}

/// Pages until the shard's last one; the sum of what they tell.
actors::shard_swept sweep_all(world& w, std::size_t limit = 64) {
  actors::shard_swept sum;
  for (int page = 0; page < 100 && !sum.finished; ++page) {
    const auto got = sweep_page(w, limit);
    w.run();
    if (!got->is(errc::none))
      throw std::logic_error("a page failed");
    sum.visited += got->last.visited;
    sum.changed += got->last.changed;
    sum.finished = got->last.finished;
  }
  return sum;
}

storage::user_counts users(world& w, const std::string& provider = "alpha") {
  storage::user_counts out;
  w.store.load_users(provider, {}, [&](const result<storage::user_counts>& got) { out = *got; });
  w.run();
  return out;
}

std::size_t refresh_notices(world& w, const std::string& provider = "alpha") {
  std::size_t out = 0;
  for (const auto& one : w.told(provider)) out += one.type == event_type::mapping_refresh_due;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sweep_of_records)

BOOST_AUTO_TEST_CASE(old_proofs_are_told_once_and_count_as_due) {
  world w;
  for (int who = 0; who < 20; ++who) w.prove("v" + std::to_string(who), who);
  BOOST_TEST(users(w).sms == 20);
  w.advance(year - 1s);
  BOOST_TEST(sweep_all(w).changed == 0u);
  w.advance(1s);
  const auto swept = sweep_all(w, 3);
  BOOST_TEST(swept.changed == 20u);
  BOOST_TEST(swept.visited == 20u);
  BOOST_TEST(refresh_notices(w) == 20u);
  BOOST_TEST(users(w).sms == 20);
  BOOST_TEST(users(w).phone_due == 20);
  BOOST_TEST(sweep_all(w).changed == 0u);
  BOOST_TEST(refresh_notices(w) == 20u);
  for (int who = 0; who < 20; ++who) {
    const auto found = w.lookup(who);
    w.run();
    BOOST_TEST(found->is(errc::none));
  }
}

BOOST_AUTO_TEST_CASE(a_new_proof_counts_in_full_again) {
  world w;
  w.prove("v1", 1);
  w.advance(year);
  sweep_all(w);
  w.prove("v2", 1);
  BOOST_TEST(users(w).sms == 1);
  BOOST_TEST(users(w).phone_due == 0);
}

BOOST_AUTO_TEST_CASE(silence_is_written_down) {
  world w;
  w.prove("v1", 1, "alpha");
  w.prove("v2", 1, "beta", "user-2");
  BOOST_TEST(users(w, "beta").sms == 0);
  w.advance(w.node.policy.decision_window);
  BOOST_TEST(sweep_all(w).changed == 1u);
  BOOST_TEST(users(w, "beta").sms == 1);
  BOOST_TEST(w.stored_mapping(1).mappings.at(1).decide_by.us == 0);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->last.provider_id == "alpha");
}

BOOST_AUTO_TEST_CASE(a_new_owner_goes_on_where_the_old_one_was) {
  world w;
  for (int who = 0; who < 30; ++who) w.prove("v" + std::to_string(who), who);
  const auto first = sweep_page(w, 10);
  w.run();
  BOOST_TEST(first->last.visited == 10u);
  BOOST_TEST(!first->last.finished);
  w.crash();
  w.run();
  BOOST_TEST(sweep_all(w, 10).visited == 20u);
  BOOST_TEST(sweep_all(w, 10).visited == 30u);
}

BOOST_AUTO_TEST_CASE(a_page_that_failed_is_visited_again) {
  for (const std::string call : {"load_mappings", "commit", "save_walk"}) {
    for (const auto how : {fault::refuse, fault::lose_answer, fault::late}) {
      world w;
      for (int who = 0; who < 6; ++who) w.prove("v" + std::to_string(who), who);
      w.advance(year);
      w.settle();
      w.planned.emplace_back(call, how);
      for (int page = 0; page < 40; ++page) {
        sweep_page(w, 2);
        w.settle();
      }
      BOOST_TEST(w.planned.empty());
      BOOST_TEST(refresh_notices(w) == 6u, call);
      BOOST_TEST(users(w).phone_due == 6, call);
      BOOST_TEST(w.unanswered() == 0u);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_crash_at_any_step_loses_and_doubles_nothing) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    world w(seed);
    for (int who = 0; who < 8; ++who) w.prove("v" + std::to_string(who), who);
    w.advance(year);
    sweep_page(w, 5);
    for (std::uint64_t steps = 0; steps < seed && w.step(); ++steps) {
    }
    w.crash();
    w.settle();
    sweep_all(w, 5);
    sweep_all(w, 5);
    w.settle();
    BOOST_TEST(refresh_notices(w) == 8u, "seed " << seed);
    BOOST_TEST(users(w).phone_due == 8, "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(only_one_page_is_under_way) {
  world w;
  w.prove("v1", 1);
  const auto first = sweep_page(w);
  const auto second = sweep_page(w);
  w.run();
  BOOST_TEST(first->is(errc::none) != second->is(errc::none));
  BOOST_TEST(first->is(errc::overloaded) != second->is(errc::overloaded));
}

BOOST_AUTO_TEST_CASE(the_sweeper_keeps_to_its_rate_and_comes_again) {
  world w;
  for (int who = 0; who < 200; ++who) w.prove("v" + std::to_string(who), who);
  w.node.limits.sweep_rate = 64;
  w.node.limits.sweep_interval = 60s;
  w.advance(year);
  const auto sweeper = actors::spawn_sweeper(w.system, w.node, w.shards);
  w.run();
  w.advance(5s);
  BOOST_TEST(refresh_notices(w) == 64u);  // one page a second
  w.advance(900ms);
  BOOST_TEST(refresh_notices(w) == 64u);
  w.advance(100ms);
  BOOST_TEST(refresh_notices(w) == 128u);
  for (int second = 0; second < 2; ++second) w.advance(1s);
  BOOST_TEST(refresh_notices(w) == 200u);
  w.prove("again", 1);
  w.advance(year);
  w.settle();
  BOOST_TEST(refresh_notices(w) == 1u);  // of the others none is kept any more
  caf::anon_send(sweeper, actors::stop{});
  w.run();
}

BOOST_AUTO_TEST_SUITE_END()
