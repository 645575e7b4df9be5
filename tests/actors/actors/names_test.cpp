// Records get other names while their shard is used: a rotation of the index key.
#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

constexpr int people = 700;  // more than two pages

/// Many records, made as rows of a bulk job.
void fill(world& w, int first = 0, int last = people) {
  for (int at = first; at < last; at += 200) {
    actors::register_rows rows;
    rows.via = {world::shard, 1, 20s};
    rows.provider_id = "alpha";
    rows.job = 1;
    for (int who = at; who < std::min(at + 200, last); ++who)
      rows.rows.push_back({key_of(who), "sealed-u" + std::to_string(who),
                           static_cast<std::uint32_t>(who), static_cast<std::uint32_t>(who + 1)});
    const auto done = w.ask<actors::register_answer>(rows);
    w.run();
    BOOST_REQUIRE(done->is(errc::none));
  }
}

/// Every one of them is found, under the name that callers use, and sealed for the record's.
void all_are_found(world& w, std::uint8_t layers, int step = 7) {
  for (int who = 0; who < people; who += step) {
    const auto found = w.lookup(who);
    w.run();
    BOOST_REQUIRE(found->is(errc::none));
    BOOST_TEST(found->last.user == sealed_in("sealed-u" + std::to_string(who), layers));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rotation_of_the_index_key)

BOOST_AUTO_TEST_CASE(every_record_gets_its_new_name) {
  world w;
  fill(w);
  w.prove("v1", 9000, "alpha", "user-9");
  all_are_found(w, 1);
  const auto renamed = w.rename(2);
  w.run();
  BOOST_TEST(renamed->is(errc::none));
  BOOST_TEST(int{w.stored_names()} == 2);
  BOOST_TEST(w.records_named(1) == 0u);
  BOOST_TEST(w.records_named(2) == people + 1u);
  all_are_found(w, 2);
  // Whoever was absent still is; a name of more layers than the shard has is not its own.
  const auto absent = w.lookup(8000);
  const auto later = w.lookup(1, 3);
  const auto own = w.lookup(1, 2);
  w.run();
  BOOST_TEST(absent->is(errc::not_found));
  BOOST_TEST(later->is(errc::moved));
  BOOST_TEST(own->is(errc::none));
  BOOST_TEST(w.rename(2) != nullptr);
  w.run();
  const auto again = w.rename(3);
  w.run();
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST(w.records_named(3) == people + 1u);
  all_are_found(w, 3);
}

BOOST_AUTO_TEST_CASE(callers_wait_while_it_is_done) {
  world w;
  fill(w);
  const auto known = w.lookup(1);
  w.run();
  const auto renamed = w.rename(2);
  w.run_actors();
  while (w.store.pending() != 0 && w.store.name(0) != "rename_records") {
    w.store.step();
    w.run_actors();
  }
  const auto found = w.lookup(1);
  const auto absent = w.lookup(8000);
  const auto removed = w.remove_mapping(2, 2, "alpha");
  w.open("v1", 9000);
  w.run_actors();
  BOOST_TEST(found->answers + absent->answers + removed->answers == 0);
  w.run();
  BOOST_TEST(renamed->is(errc::none));
  BOOST_TEST(found->is(errc::none));
  BOOST_TEST(found->last.user == "sealed-u1'");
  BOOST_TEST(absent->is(errc::not_found));
  BOOST_TEST(removed->is(errc::none));
  const auto gone = w.lookup(2);
  w.run();
  BOOST_TEST(gone->is(errc::not_found));
}

BOOST_AUTO_TEST_CASE(no_more_wait_than_may_and_none_longer_than_it_can) {
  actors::actor_limits limits;
  limits.queue_per_load = 3;
  world w(1, limits);
  w.prove("v1", 1);
  w.rename(2);
  w.run_actors();
  std::vector<asked<actors::lookup_answer>> waiting;
  for (int i = 0; i < 4; ++i) waiting.push_back(w.lookup(1));
  w.run_actors();
  BOOST_TEST(waiting[0]->answers == 0);
  int refused = 0;
  for (const auto& one : waiting) refused += one->is(errc::overloaded) ? 1 : 0;
  BOOST_TEST(refused == 1);
  while (w.store.pending() != 0) {
    w.store.step(0, fault::refuse);
    w.run_actors();
  }
  w.store.advance(21s);
  dynamic_cast<caf::scheduler::test_coordinator&>(w.system.scheduler()).advance_time(21s);
  w.run();
  int late = 0;
  for (const auto& one : waiting) late += one->is(errc::deadline) ? 1 : 0;
  BOOST_TEST(late == 3);
  BOOST_TEST(w.records_named(2) == 1u);
}

BOOST_AUTO_TEST_CASE(what_was_begun_before_still_works) {
  world w;
  const auto mine = w.prove("v1", 1, "alpha", "user-1");
  w.open("v2", 1, "beta", "user-2");
  w.open("v3", 1, "alpha", "user-1");
  w.run();
  const auto renamed = w.rename(2);
  w.run();
  BOOST_REQUIRE(renamed->is(errc::none));
  // The same user again is known again, although its seal was made for the old name.
  const auto same = w.check("v3", "123456", "alpha", "user-1");
  w.run();
  BOOST_REQUIRE(same->is(errc::none));
  BOOST_TEST(same->last.mapping.salt == mine.salt);
  BOOST_TEST(same->last.mapping.existing.empty());
  BOOST_TEST(w.stored_mapping(1).mappings.size() == 1u);
  // Another user's claim meets a conflict, is decided, restored: names old and new in turn.
  const auto other = w.check("v2", "123456", "beta", "user-2");
  w.run();
  BOOST_REQUIRE(other->is(errc::none));
  BOOST_TEST(other->last.mapping.existing.size() == 1u);
  BOOST_TEST(other->last.mapping.user == "sealed-user-2'");
  const auto decided =
      w.decide(1, other->last.mapping.salt, "beta", decision::replace, "c1", "key");
  w.run();
  BOOST_REQUIRE(decided->is(errc::none));
  const auto change = w.stored_change("c1");
  BOOST_REQUIRE(change);
  BOOST_TEST(int{change->key.layers} == 2);
  BOOST_TEST(w.told("alpha").back().mapping->key.layers == 2);
  BOOST_TEST(w.told("alpha").back().mapping->user == "sealed-user-1'");
  const auto third = w.rename(3);
  w.run();
  BOOST_REQUIRE(third->is(errc::none));
  const auto repeated =
      w.decide(1, other->last.mapping.salt, "beta", decision::replace, "c2", "key");
  w.run();
  BOOST_TEST(repeated->is(errc::none));
  BOOST_TEST(repeated->last.change_id == "c1");
  w.restore("r1", 1, "alpha", "user-1", "c1", "x1");
  w.run();
  const auto restored = w.check("r1", "123456", "alpha", "user-1");
  w.run();
  BOOST_REQUIRE(restored->is(errc::none));
  BOOST_TEST(restored->last.mapping.preferred);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->last.provider_id == "alpha");
  BOOST_TEST(found->last.user == "sealed-user-1''");
  for (const auto& claim : w.stored_mapping(1).mappings)
    BOOST_TEST(claim.user == sealed_in(unsealed(claim.user), 3));
}

BOOST_AUTO_TEST_CASE(a_node_that_dies_in_the_middle_leaves_it_to_the_next) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    world w(seed);
    fill(w);
    const auto first = w.rename(2);
    const auto steps = 1 + seed;
    for (std::uint64_t i = 0; i < steps; ++i) w.step();
    const bool over = w.stored_names() == 2;
    w.crash();
    // Nobody says so again: the mark in the store does, if a page was renamed.
    const auto found = w.lookup(3);
    w.settle();
    BOOST_TEST_CONTEXT("seed " << seed) {
      BOOST_TEST(found->is(errc::none));
      BOOST_TEST(w.records_named(1) + w.records_named(2) == static_cast<std::size_t>(people));
      BOOST_TEST((w.records_named(1) == 0 || w.records_named(2) == 0));
      BOOST_TEST((!over || w.records_named(1) == 0));
      w.rename(2);
      w.settle();
      BOOST_TEST(w.records_named(2) == static_cast<std::size_t>(people));
      all_are_found(w, 2, 97);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_shard_that_moves_in_the_middle_is_finished_at_its_new_owner) {
  world w;
  fill(w);
  const auto renamed = w.rename(2);
  w.run_actors();
  for (int i = 0; i < 3; ++i) {
    w.store.step();
    w.run_actors();
  }
  const auto waiting = w.lookup(5);
  w.run_actors();
  caf::anon_send(w.owner, actors::stop{});
  w.run();
  BOOST_TEST(renamed->is(errc::moved));
  BOOST_TEST(waiting->is(errc::moved));
  BOOST_TEST(w.records_named(1) > 0u);
  BOOST_TEST(w.records_named(2) > 0u);
  w.crash();  // the next owner claims it
  w.settle();
  BOOST_TEST(w.records_named(1) == 0u);
  BOOST_TEST(int{w.stored_names()} == 2);
  all_are_found(w, 2);
}

BOOST_AUTO_TEST_CASE(store_faults_hold_it_up_and_lose_nothing) {
  for (const std::string call : {"load_mappings", "rename_records", "end_renaming"})
    for (const auto how : {fault::refuse, fault::lose_answer, fault::late}) {
      world w;
      fill(w);
      w.planned = {{call, how}, {call, how}};
      const auto renamed = w.rename(2);
      w.settle();
      BOOST_TEST_CONTEXT(call << " " << static_cast<int>(how)) {
        BOOST_TEST(w.planned.empty());
        BOOST_TEST(renamed->is(errc::none));
        BOOST_TEST(w.records_named(1) == 0u);
        BOOST_TEST(w.records_named(2) == static_cast<std::size_t>(people));
        all_are_found(w, 2, 97);
      }
    }
}

BOOST_AUTO_TEST_CASE(another_owner_ends_it) {
  world w;
  fill(w);
  const auto renamed = w.rename(2);
  w.run_actors();
  const auto waiting = w.lookup(5);
  w.run_actors();
  w.own(world::shard, "somebody-else");
  w.settle();
  BOOST_TEST(renamed->answers == 1);
  BOOST_TEST(!renamed->is(errc::none));
  BOOST_TEST(waiting->answers == 1);
  BOOST_TEST(!waiting->is(errc::none));
  BOOST_TEST(w.records_named(2) == 0u);
}

BOOST_AUTO_TEST_CASE(the_sweep_begins_anew_among_the_new_names) {
  world w;
  fill(w);
  const auto page = [&w](std::size_t limit) {
    const auto out = w.ask<actors::shard_swept>(actors::sweep_shard{limit});
    w.run();
    return out->last;
  };
  BOOST_TEST(page(300).visited == 300u);
  w.rename(2);
  w.run();
  std::size_t visited = 0;
  for (bool finished = false; !finished;) {
    const auto got = page(300);
    BOOST_REQUIRE((got.code == errc::none));
    visited += got.visited;
    finished = got.finished;
  }
  BOOST_TEST(visited == static_cast<std::size_t>(people));
}

BOOST_AUTO_TEST_CASE(rows_of_a_part_under_old_names_are_the_same_rows) {
  world w;
  fill(w, 0, 200);
  w.rename(2);
  w.run();
  fill(w, 0, 400);  // half of them once more
  BOOST_TEST(w.records_named(1) == 0u);
  BOOST_TEST(w.records_named(2) == 400u);
  for (const int who : {0, 199, 200, 399}) {
    const auto stored = w.stored_mapping(who);
    BOOST_REQUIRE(stored.mappings.size() == 1u);
    BOOST_TEST(stored.mappings[0].user == "sealed-u" + std::to_string(who) + "'");
  }
  actors::retract_rows back;
  back.via = {world::shard, 1, 20s};
  back.provider_id = "alpha";
  back.job = 1;
  back.keys = {key_of(0), w.names.advance(key_of(1), 2)};
  back.salts = {0, 1};
  const auto done = w.ask<actors::retract_answer>(back);
  w.run();
  BOOST_TEST(done->last.retracted == 2u);
  BOOST_TEST(w.records_named(2) == 398u);
}

BOOST_AUTO_TEST_SUITE_END()
