#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using storage_fault = storage::simulated_store::fault;

BOOST_AUTO_TEST_SUITE(lookups)

BOOST_AUTO_TEST_CASE(a_proven_mapping_is_answered_from_memory) {
  world w;
  w.run();
  w.prove("v1", 1);
  const auto before = w.observer.spawned;
  const auto found = w.lookup(1);
  w.run_actors();
  BOOST_TEST(found->is(errc::none));
  BOOST_TEST(found->last.provider_id == "alpha");
  BOOST_TEST(found->last.user == "sealed-user-1");
  BOOST_TEST(w.observer.spawned == before);
}

BOOST_AUTO_TEST_CASE(a_stored_mapping_is_loaded_once_for_all_who_ask_meanwhile) {
  world w;
  w.prove("v1", 1);
  w.crash();
  w.run();
  const auto first = w.lookup(1);
  const auto second = w.lookup(1);
  w.run_actors();
  BOOST_TEST(w.store.pending() == 1u);
  w.run();
  BOOST_TEST(first->is(errc::none));
  BOOST_TEST(second->is(errc::none));
  BOOST_TEST(w.mapping_actors() == 1);
}

BOOST_AUTO_TEST_CASE(an_unknown_identifier_spawns_nothing_and_is_remembered) {
  world w;
  w.run();
  const auto first = w.lookup(9);
  w.run();
  BOOST_TEST(first->is(errc::not_found));
  const auto second = w.lookup(9);
  w.run_actors();
  BOOST_TEST(second->is(errc::not_found));
  BOOST_TEST(w.observer.spawned == 0);
}

BOOST_AUTO_TEST_CASE(the_table_of_misses_is_bounded) {
  actors::actor_limits limits;
  limits.miss_cache = 0;  // a shard's share is never under 16
  world w(1, limits);
  w.run();
  for (int who = 0; who <= 16; ++who) {
    w.lookup(who);
    w.run();
  }
  const auto newest = w.lookup(16);
  w.run_actors();
  BOOST_TEST(newest->is(errc::not_found));
  const auto oldest = w.lookup(0);
  w.run_actors();
  BOOST_TEST(oldest->answers == 0);
  BOOST_TEST(w.store.pending() == 1u);
  w.run();
  BOOST_TEST(oldest->is(errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_late_not_found_beside_a_write_does_not_stay) {
  world w;
  w.open("v1", 1);
  w.run();
  const auto early = w.lookup(1);
  w.run_actors();
  const auto right = w.check("v1", "123456");
  w.run_actors();
  w.step_store("commit");  // the attempt; now the proof waits behind the load of the lookup
  w.run_actors();
  w.step_store("load_mapping");
  w.run();
  BOOST_TEST(right->is(errc::none));
  BOOST_TEST(early->answers == 1);
  const auto late = w.lookup(1);
  w.run();
  BOOST_TEST(late->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_write_ends_a_remembered_miss) {
  world w;
  w.lookup(1);
  w.run();
  w.prove("v1", 1);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_spent_deadline_is_refused_before_any_work) {
  world w;
  w.run();
  const auto late =
      w.ask<actors::lookup_answer>(actors::lookup_mapping{{world::shard, 1, 0ms}, key_of(1)});
  w.run_actors();
  BOOST_TEST(late->is(errc::deadline));
  BOOST_TEST(w.store.pending() == 0u);
}

BOOST_AUTO_TEST_CASE(time_spent_waiting_for_a_load_counts) {
  world w;
  w.prove("v1", 1);
  w.crash();
  w.run();
  const auto impatient =
      w.ask<actors::lookup_answer>(actors::lookup_mapping{{world::shard, 1, 100ms}, key_of(1)});
  w.run_actors();
  w.advance(100ms);
  BOOST_TEST(impatient->is(errc::deadline));
}

BOOST_AUTO_TEST_CASE(the_queue_behind_a_load_is_bounded) {
  actors::actor_limits limits;
  limits.queue_per_load = 3;
  world w(1, limits);
  w.run();
  std::vector<asked<actors::lookup_answer>> all;
  for (int i = 0; i < 4; ++i) all.push_back(w.lookup(1));
  w.run_actors();
  BOOST_TEST(std::count_if(all.begin(), all.end(),
                           [](auto& one) { return one->is(errc::overloaded); }) == 1);
  w.run();
  BOOST_TEST(std::count_if(all.begin(), all.end(),
                           [](auto& one) { return one->is(errc::not_found); }) == 3);
}

BOOST_AUTO_TEST_CASE(a_failed_load_is_told_and_not_remembered) {
  world w;
  w.prove("v1", 1);
  w.crash();
  w.run();
  w.planned.emplace_back("load_mapping", storage_fault::refuse);
  const auto first = w.lookup(1);
  w.run();
  BOOST_TEST(first->is(errc::storage_unavailable));
  const auto second = w.lookup(1);
  w.run();
  BOOST_TEST(second->is(errc::none));
}

BOOST_AUTO_TEST_CASE(the_cap_on_entities_holds_and_loses_no_command) {
  actors::actor_limits limits;
  limits.max_entities = 8;
  world w(5, limits);
  for (int who = 0; who < 20; ++who) w.prove("v" + std::to_string(who), who);
  std::vector<asked<actors::lookup_answer>> all;
  for (int round = 0; round < 200; ++round) {
    all.push_back(w.lookup(static_cast<int>(w.random() % 20)));
    for (int i = 0; i < 3; ++i) w.step();
  }
  w.run();
  for (const auto& one : all) BOOST_TEST((one->is(errc::none) || one->is(errc::overloaded)));
  BOOST_TEST(std::count_if(all.begin(), all.end(), [](auto& one) { return one->is(errc::none); }) >
             150);
  BOOST_TEST(w.mapping_actors() + w.verification_actors() <= 8);
  BOOST_TEST(w.observer.most <= 8 + 16);  // the latter are on their way out
}

BOOST_AUTO_TEST_CASE(what_is_idle_is_passivated_and_comes_back) {
  actors::actor_limits limits;
  limits.idle_after = 120s;
  world w(1, limits);
  w.prove("v1", 1);
  w.prove("v2", 2);
  for (int minute = 0; minute < 4; ++minute) {
    w.lookup(2);
    w.advance(1min);
  }
  BOOST_TEST(w.mapping_actors() == 1);
  BOOST_TEST(w.verification_actors() == 0);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_passivated_writer_finishes_before_its_record_is_read_again) {
  // The entity is told to stop while its commit is under way: a copy loaded now would be old.
  actors::actor_limits limits;
  limits.max_entities = 2;
  world w(1, limits);
  w.prove("v1", 1);
  w.open("v2", 1, "beta", "user-2");
  w.run();
  const auto right = w.check("v2", "123456", "beta", "user-2");
  w.run_actors();
  w.step_store("commit");
  while (w.store.pending() == 0) w.step();
  std::vector<asked<actors::lookup_answer>> others;
  for (int who = 10; who < 13; ++who)
    w.prove("w" + std::to_string(who), who, "gamma", "user-" + std::to_string(who));
  w.run();
  BOOST_TEST(right->answers == 1);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->is(errc::none));
  BOOST_TEST(found->last.provider_id == "alpha");
  BOOST_TEST(w.stored_mapping(1).mappings.size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_shard_that_is_given_up_answers_all_and_ends) {
  world w;
  w.prove("v1", 1);
  const auto waiting = w.lookup(2);
  w.run_actors();
  caf::anon_send(w.owner, actors::stop{});
  w.run_actors();
  const auto after = w.lookup(1);
  w.run();
  BOOST_TEST(waiting->is(errc::moved));
  BOOST_TEST((after->is(errc::moved) || after->bounced));
  BOOST_TEST(w.mapping_actors() == 0);
  BOOST_TEST(w.node.entities.load() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
