// What callers and records come to when answers of the store are lost, entities die, nodes die.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;
using state = verification_state;

BOOST_AUTO_TEST_SUITE(outcomes)

BOOST_AUTO_TEST_CASE(an_attempt_stays_counted_though_its_answer_was_lost) {
  world w;
  w.open("v1", 1);
  w.run();
  w.planned.emplace_back("commit", fault::lose_answer);
  const auto lost = w.check("v1", "123456");
  w.settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  BOOST_TEST(!lost->last.compared);
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST(seen->last.view.checks_left == 4);
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_late_copy_of_an_attempt_is_fenced) {
  world w;
  w.open("v1", 1);
  w.run();
  w.planned.emplace_back("commit", fault::late);
  const auto lost = w.check("v1", "000000");
  w.run_actors();
  w.store.step(0, fault::late);
  w.planned.clear();
  w.run_actors();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  w.step_store("raise_epoch");
  w.run();
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
  BOOST_TEST(w.stored_verification("v1")->checks_used == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_proof_is_found_out_by_the_repeat) {
  for (const bool happened : {true, false}) {
    world w;
    w.open("v1", 1);
    w.run();
    w.planned.emplace_back("commit", fault::none);
    w.planned.emplace_back("commit", happened ? fault::lose_answer : fault::refuse);
    const auto lost = w.check("v1", "123456");
    w.settle();
    BOOST_TEST(lost->is(happened ? errc::outcome_unknown : errc::storage_unavailable));
    const auto repeat = w.check("v1", "123456");
    w.settle();
    BOOST_TEST(repeat->is(happened ? errc::conflict : errc::none));
    const auto seen = w.get("v1");
    const auto found = w.lookup(1);
    w.run();
    BOOST_TEST((seen->last.view.state == state::verified));
    BOOST_TEST(seen->last.has_mapping);
    BOOST_TEST(found->is(errc::none));
    BOOST_TEST(w.stored_mapping(1).mappings.size() == 1u);
  }
}

BOOST_AUTO_TEST_CASE(a_lookup_after_an_unknown_outcome_waits_for_the_truth) {
  world w;
  w.prove("v1", 1, "beta");
  w.open("v2", 1);
  w.run();
  w.lookup(2);
  w.run();
  const auto lost = w.check("v2", "123456");
  w.run_actors();
  w.step_store("commit");
  w.run_actors();
  w.planned.emplace_back("commit", fault::lose_answer);
  while (!w.planned.empty()) w.step();
  w.run_actors();
  const auto found = w.lookup(1);
  w.run_actors();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  BOOST_TEST(found->answers == 0);
  w.run();
  BOOST_TEST(found->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_code_is_sent_though_the_answer_of_the_opening_was_lost) {
  world w;
  w.run();
  w.planned.emplace_back("commit", fault::lose_answer);
  const auto lost = w.open("v1", 1, "alpha", "user-1", 3);
  w.settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  BOOST_TEST(w.sender.orders.size() == 1u);
  BOOST_TEST(w.outbox().empty());
  const auto repeat = w.open("v2", 1, "alpha", "user-1", 3);
  w.run();
  BOOST_TEST(repeat->is(errc::none));
  BOOST_TEST(repeat->last.view.id == "v1");
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(an_opening_that_did_not_happen_leaves_nothing) {
  world w;
  w.run();
  w.planned.emplace_back("commit", fault::refuse);
  const auto lost = w.open("v1", 1);
  w.settle();
  BOOST_TEST(lost->is(errc::storage_unavailable));
  BOOST_TEST(w.verification_actors() == 0);
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST(seen->is(errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_raise_whose_answer_is_lost_is_repaired_by_a_claim) {
  world w;
  w.open("v1", 1);
  w.run();
  w.planned.emplace_back("commit", fault::lose_answer);
  const auto lost = w.check("v1", "000000");
  w.run_actors();
  while (w.planned.size() == 1) w.step();
  w.planned.emplace_back("raise_epoch", fault::lose_answer);
  w.settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(the_right_code_works_after_a_crash_and_spent_attempts_stay_spent) {
  world w;
  w.open("v1", 1);
  w.run();
  w.check("v1", "000000");
  w.check("v1", "000001");
  w.run();
  w.crash();
  w.run();
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST(seen->last.view.checks_left == 3);
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
  BOOST_TEST(w.sender.orders.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_code_left_in_the_outbox_is_sent_by_the_next_owner) {
  world w;
  w.run();
  w.open("v1", 1);
  w.run_actors();
  w.step_store("commit");
  w.crash();  // before the actor learned of its commit
  w.run();
  BOOST_TEST(w.sender.orders.size() == 1u);
  BOOST_TEST(w.outbox().empty());
  const auto right = w.check("v1", "123456");
  w.run();
  BOOST_TEST(right->is(errc::none));
}

BOOST_AUTO_TEST_CASE(an_expired_code_left_in_the_outbox_is_not_sent) {
  world w;
  w.run();
  w.open("v1", 1);
  w.run_actors();
  w.step_store("commit");
  w.store.advance(11min);
  w.crash();
  w.run();
  BOOST_TEST(w.sender.orders.empty());
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(a_user_count_left_in_the_outbox_is_counted_by_the_next_owner) {
  world w;
  w.open("v1", 1);
  w.run();
  w.check("v1", "123456");
  w.run_actors();
  w.step_store("commit");
  w.run_actors();
  while (w.outbox().empty()) {
    w.run_actors();
    for (std::size_t i = 0; i < w.store.pending(); ++i)
      if (w.store.name(i) == "commit" || w.store.name(i) == "load_mapping") {
        w.store.step(i);
        break;
      }
  }
  w.crash();
  w.settle();
  storage::user_counts counts;
  w.store.load_users("alpha", {}, [&](const result<storage::user_counts>& got) { counts = *got; });
  w.run();
  BOOST_TEST(counts.sms == 1);
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(an_entity_that_dies_is_loaded_anew) {
  world w;
  w.open("v1", 1);
  w.run();
  w.check("v1", "000000");
  w.run();
  BOOST_REQUIRE(w.kill_entity());
  w.run();
  BOOST_TEST(w.verification_actors() == 0);
  const auto seen = w.get("v1");
  w.run();
  BOOST_TEST(seen->last.view.checks_left == 4);
  BOOST_TEST(w.observer.restarts["verification"] == 1);
}

BOOST_AUTO_TEST_CASE(an_entity_killed_with_a_commit_on_the_wire_leaves_no_old_copy_behind) {
  world w;
  w.open("v1", 1);
  w.run();
  w.get("v1");
  w.run();
  const auto unheard = w.check("v1", "000000");
  w.run_actors();
  BOOST_REQUIRE(w.kill_entity());
  w.run_actors();
  const auto seen = w.get("v1");
  w.run_actors();
  w.step_store("raise_epoch");  // before the commit: that one is fenced now
  w.run();
  BOOST_TEST(unheard->answers == 0);
  BOOST_TEST(seen->is(errc::none));
  BOOST_TEST(seen->last.view.checks_left == 5);
  BOOST_TEST(w.stored_verification("v1")->checks_used == 0);
}

BOOST_AUTO_TEST_CASE(a_shard_taken_by_another_incarnation_answers_and_ends) {
  world w;
  w.open("v1", 1);
  w.run();
  w.own(world::shard, "another");
  const auto refused = w.check("v1", "123456");
  w.settle();
  BOOST_TEST(refused->is(errc::fenced));
  const auto after = w.lookup(1);
  w.run();
  BOOST_TEST((after->bounced || after->is(errc::moved)));
}

BOOST_AUTO_TEST_SUITE_END()
