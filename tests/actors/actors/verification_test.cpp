#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fate = scripted_sender::fate;
using state = verification_state;

BOOST_AUTO_TEST_SUITE(verifications)

BOOST_AUTO_TEST_CASE(opening_is_answered_when_a_gateway_takes_the_message) {
  world w;
  w.run();
  const auto opened = w.open("v1", 1);
  w.run_actors();
  w.step_store("commit");
  w.run_actors();
  BOOST_TEST(opened->answers == 0);
  BOOST_TEST(w.sender.orders.size() == 1u);
  BOOST_TEST(w.sender.orders.at(0).message == "sealed-message");
  w.run();
  BOOST_TEST(opened->is(errc::none));
  BOOST_TEST((opened->last.view.state == state::pending));
  BOOST_TEST(opened->last.view.checks_left == 5);
  BOOST_TEST(opened->last.view.sends_left == 3);
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(no_word_from_the_gateways_is_accepted_after_the_wait) {
  world w;
  w.sender.next = fate::silence;
  const auto opened = w.open("v1", 1);
  w.run();
  BOOST_TEST(opened->answers == 0);
  w.advance(2999ms);
  BOOST_TEST(opened->answers == 0);
  w.advance(1ms);
  BOOST_TEST(opened->is(errc::none));
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_refusal_by_every_gateway_gives_everything_back) {
  world w;
  w.sender.next = fate::refuse_for_good;
  for (int i = 0; i < 8; ++i) {  // more than the five sessions of a day
    const auto opened = w.open("v" + std::to_string(i), 1, "alpha", "user-1", 77);
    w.run();
    BOOST_TEST(opened->is(errc::delivery_failed));
    BOOST_TEST(opened->last.permanent);
  }
  BOOST_TEST(w.outbox().empty());
  BOOST_TEST(w.verification_actors() == 0);
  w.sender.next = fate::accept;
  const auto opened = w.open("good", 1, "alpha", "user-1", 77);
  w.run();
  BOOST_TEST(opened->is(errc::none));
  BOOST_TEST(opened->last.view.id == "good");
}

BOOST_AUTO_TEST_CASE(a_refusal_after_the_answer_ends_the_verification) {
  world w;
  const auto opened = w.open("v1", 1);
  w.run_actors();
  w.step_store("load_outbox");
  w.run_actors();
  w.step_store("commit");
  w.run_actors();
  w.sender.next = fate::refuse;
  w.store.advance(3s);
  dynamic_cast<caf::scheduler::test_coordinator&>(w.system.scheduler()).advance_time(3s);
  w.run_actors();
  BOOST_TEST(opened->is(errc::none));
  w.run();
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST(seen->is(errc::none));
  BOOST_TEST((seen->last.view.state == state::delivery_failed));
  const auto late = w.check("v1", "123456");
  w.run();
  BOOST_TEST(late->is(errc::verification_expired));
}

BOOST_AUTO_TEST_CASE(wrong_codes_are_counted_with_their_waits_until_none_is_left) {
  world w;
  w.open("v1", 1);
  w.run();
  for (int i = 1; i <= 3; ++i) {
    const auto wrong = w.check("v1", "000000");
    w.run();
    BOOST_TEST(wrong->is(errc::code_incorrect));
    BOOST_TEST(wrong->last.compared);
    BOOST_TEST(wrong->last.view.checks_left == 5 - i);
  }
  const auto early = w.check("v1", "123456");
  w.run();
  BOOST_TEST(early->is(errc::too_early));
  BOOST_TEST(!early->last.compared);
  BOOST_TEST(early->last.retry_after.count() == 60);
  w.advance(60s);
  w.check("v1", "000000");
  w.run();
  w.advance(120s);
  const auto last = w.check("v1", "000000");
  w.run();
  BOOST_TEST(last->is(errc::code_incorrect));
  BOOST_TEST((last->last.view.state == state::exhausted));
  const auto over = w.check("v1", "123456");
  w.run();
  BOOST_TEST(over->is(errc::attempts_exhausted));
}

BOOST_AUTO_TEST_CASE(another_user_costs_an_attempt) {
  world w;
  w.open("v1", 1);
  w.run();
  const auto other = w.check("v1", "123456", "alpha", "user-2");
  w.run();
  BOOST_TEST(other->is(errc::identifier_mismatch));
  BOOST_TEST(other->last.compared);
  BOOST_TEST(other->last.view.checks_left == 4);
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(things_of_another_provider_are_not_found) {
  world w;
  w.open("v1", 1);
  w.run();
  const auto seen = w.get("v1", "beta");
  const auto tried = w.check("v1", "123456", "beta");
  const auto unknown = w.get("v2");
  w.run();
  BOOST_TEST(seen->is(errc::not_found));
  BOOST_TEST(tried->is(errc::not_found));
  BOOST_TEST(unknown->is(errc::not_found));
  BOOST_TEST(w.stored_verification("v1")->checks_used == 0);
}

BOOST_AUTO_TEST_CASE(a_thousand_parallel_checks_see_at_most_five_compares) {
  actors::actor_limits limits;
  limits.queue_per_entity = 2000;
  world w(3, limits);
  w.node.policy.wait_scale = 0;
  w.open("v1", 1);
  w.run();
  std::vector<asked<actors::verification_answer>> all;
  for (int i = 0; i < 1000; ++i) all.push_back(w.check("v1", std::to_string(200000 + i)));
  w.run();
  const auto compared = std::count_if(all.begin(), all.end(), [](auto& one) {
    return one->is(errc::code_incorrect) && one->last.compared;
  });
  const auto exhausted = std::count_if(all.begin(), all.end(),
                                       [](auto& one) { return one->is(errc::attempts_exhausted); });
  BOOST_TEST(compared == 5);
  BOOST_TEST(exhausted == 995);
}

BOOST_AUTO_TEST_CASE(the_queue_of_an_entity_is_bounded) {
  world w;
  w.open("v1", 1);
  w.run();
  std::vector<asked<actors::verification_answer>> all;
  for (int i = 0; i < 100; ++i) all.push_back(w.check("v1", "000000"));
  w.run_actors();
  const auto refused =
      std::count_if(all.begin(), all.end(), [](auto& one) { return one->is(errc::overloaded); });
  BOOST_TEST(refused == 100 - 1 - 64);
  w.run();
  for (const auto& one : all) BOOST_TEST(one->answers == 1);
}

BOOST_AUTO_TEST_CASE(a_code_expires) {
  world w;
  w.open("v1", 1);
  w.run();
  w.advance(10min - 1us);
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST((seen->last.view.state == state::pending));
  w.advance(1us);
  const auto late = w.check("v1", "123456");
  const auto gone = w.get("v1");
  const auto cancelled = w.cancel("v1");
  w.run();
  BOOST_TEST(late->is(errc::verification_expired));
  BOOST_TEST((gone->last.view.state == state::expired));
  BOOST_TEST(cancelled->is(errc::verification_expired));
}

BOOST_AUTO_TEST_CASE(a_cancelled_one_stays_cancelled) {
  world w;
  w.open("v1", 1);
  w.run();
  const auto first = w.cancel("v1");
  w.run();
  const auto again = w.cancel("v1");
  const auto late = w.check("v1", "123456");
  w.run();
  BOOST_TEST(first->is(errc::none));
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST(late->is(errc::verification_expired));
  BOOST_TEST(w.stored_verification("v1")->message.empty());
  w.prove("v2", 2);
  const auto verified = w.cancel("v2");
  w.run();
  BOOST_TEST(verified->is(errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_verified_one_shows_its_mapping_also_after_its_actor_is_gone) {
  world w;
  w.prove("v1", 1);
  BOOST_TEST(w.verification_actors() == 0);
  const auto seen = w.get("v1");
  const auto again = w.check("v1", "123456");
  w.run();
  BOOST_TEST(seen->is(errc::none));
  BOOST_TEST((seen->last.view.state == state::verified));
  BOOST_TEST(seen->last.has_mapping);
  BOOST_TEST(seen->last.mapping.preferred);
  BOOST_TEST((seen->last.key == key_of(1)));
  BOOST_TEST(again->is(errc::conflict));
}

BOOST_AUTO_TEST_CASE(resends_wait_and_are_counted) {
  world w;
  w.open("v1", 1);
  w.run();
  const auto early = w.resend("v1");
  w.run();
  BOOST_TEST(early->is(errc::too_early));
  BOOST_TEST(early->last.retry_after.count() == 60);
  int sends = 1;
  for (const auto wait : {60s, 120s, 300s}) {
    w.advance(wait - 1us);
    const auto still = w.resend("v1");
    w.run();
    BOOST_TEST(still->is(errc::too_early));
    w.advance(1us);
    const auto sent = w.resend("v1");
    w.run();
    BOOST_TEST(sent->is(errc::none));
    BOOST_TEST(w.sender.orders.size() == static_cast<std::size_t>(++sends));
  }
  const auto fifth = w.resend("v1");
  w.run();
  BOOST_TEST(fifth->is(errc::rate_limited));
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(a_refused_resend_counts_nothing) {
  world w;
  w.open("v1", 1);
  w.run();
  w.advance(60s);
  w.sender.next = fate::refuse;
  const auto refused = w.resend("v1");
  w.run();
  BOOST_TEST(refused->is(errc::delivery_failed));
  BOOST_TEST(!refused->last.permanent);
  BOOST_TEST(refused->last.view.sends_left == 3);
  w.sender.next = fate::accept;
  const auto again = w.resend("v1");
  w.run();
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST(again->last.view.sends_left == 2);
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(planning_a_resend_changes_nothing) {
  world w;
  w.open("v1", 1);
  w.run();
  w.advance(60s);
  const auto planned = w.ask<actors::verification_answer>(
      actors::plan_resend{{world::shard, 1, 5s}, "v1", "alpha", channel::sms, true});
  w.run();
  BOOST_TEST(planned->is(errc::none));
  BOOST_TEST(planned->last.to.region == "DE");
  BOOST_TEST(w.stored_verification("v1")->sends_used == 1);
}

BOOST_AUTO_TEST_CASE(sessions_are_limited_per_provider) {
  world w;
  for (int i = 0; i < 5; ++i) {
    const auto opened = w.open("v" + std::to_string(i), 1);
    w.run();
    BOOST_TEST(opened->is(errc::none));
  }
  const auto sixth = w.open("v5", 1);
  w.run();
  BOOST_TEST(sixth->is(errc::rate_limited));
  BOOST_TEST(sixth->last.policy == "sessions");
  BOOST_TEST(sixth->last.retry_after.count() > 0);
  const auto other = w.open("v6", 1, "beta");
  w.run();
  BOOST_TEST(other->is(errc::none));
  BOOST_TEST(w.verification_actors() == 6);
}

BOOST_AUTO_TEST_CASE(a_repeated_open_replays_the_first_answer) {
  world w;
  w.open("v1", 1, "alpha", "user-1", 5);
  w.run();
  const auto again = w.open("v2", 1, "alpha", "user-1", 5);
  w.run();
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST(again->last.view.id == "v1");
  BOOST_TEST(w.sender.orders.size() == 1u);
  const actors::route via{world::shard, 1, 5s};
  const auto found = w.ask<actors::found_answer>(actors::find_answer{via, "alpha", tag_of("key5")});
  const auto none = w.ask<actors::found_answer>(actors::find_answer{via, "alpha", tag_of("key6")});
  w.run();
  BOOST_TEST(found->is(errc::none));
  BOOST_TEST(found->last.view.id == "v1");
  BOOST_TEST(none->is(errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_second_provider_meets_a_conflict_and_the_first_stays_preferred) {
  world w;
  w.prove("v1", 1);
  w.open("v2", 1, "beta", "user-2");
  w.run();
  const auto right = w.check("v2", "123456", "beta", "user-2");
  w.run();
  BOOST_TEST(right->is(errc::none));
  BOOST_TEST(!right->last.mapping.preferred);
  BOOST_REQUIRE(right->last.mapping.existing.size() == 1u);
  BOOST_TEST(right->last.mapping.existing.at(0).provider_id == "alpha");
  BOOST_TEST(right->last.mapping.decide_by.us > 0);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->last.provider_id == "alpha");
}

BOOST_AUTO_TEST_CASE(a_second_proof_refreshes_the_first) {
  world w;
  w.prove("v1", 1);
  const auto before = w.stored_mapping(1);
  w.advance(1h);
  w.prove("v2", 1);
  const auto after = w.stored_mapping(1);
  BOOST_TEST(after.version > before.version);
  BOOST_REQUIRE(after.mappings.size() == 1u);
  BOOST_TEST((after.mappings.at(0).verified_at - before.mappings.at(0).verified_at >= 1h));
  BOOST_TEST(after.mappings.at(0).salt == before.mappings.at(0).salt);
}

BOOST_AUTO_TEST_CASE(user_counts_reach_the_provider_once) {
  world w;
  w.prove("v1", 1);
  w.prove("v2", 2);
  w.prove("v3", 2);
  w.settle();
  storage::user_counts counts;
  w.store.load_users("alpha", {}, [&](const result<storage::user_counts>& got) { counts = *got; });
  w.run();
  BOOST_TEST(counts.sms == 2);
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_SUITE_END()
