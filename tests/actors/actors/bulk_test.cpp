// Rows of bulk jobs through a shard: nobody goes on with what was in memory before, whatever the
// store does to the step.
#include <boost/test/unit_test.hpp>

#include "actors/bulk_messages.hpp"
#include "seeds.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

constexpr std::uint64_t the_job = 42;

actors::register_rows part_of(std::initializer_list<int> whom, const std::string& provider = "beta",
                              conflict_rule rule = conflict_rule::contest, std::uint32_t part = 1) {
  actors::register_rows out;
  out.via = {world::shard, 1, 20s};
  out.provider_id = provider;
  out.rule = rule;
  out.job = the_job;
  out.part = part;
  std::uint32_t line = 0;
  for (const int who : whom) {
    ++line;
    out.rows.push_back({key_of(who), "sealed-bulk-" + std::to_string(who), 1000 + line, line});
  }
  return out;
}

using registered = asked<actors::register_answer>;

registered send(world& w, const actors::register_rows& rows) {
  return w.ask<actors::register_answer>(rows);
}

std::string statuses(const registered& got) {
  std::string out;
  for (const auto& row : got->last.rows) out.append(to_string(row.status)).append(" ");
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bulk_rows)

BOOST_AUTO_TEST_CASE(rows_are_found_at_once_and_get_no_actor) {
  world w;
  w.run();
  const auto missed = w.lookup(1);
  w.run();
  BOOST_TEST(missed->is(errc::not_found));  // and is in the table of misses now
  const auto done = send(w, part_of({1, 2, 3}));
  w.run();
  BOOST_TEST(done->is(errc::none));
  BOOST_TEST(statuses(done) == "created created created ");
  BOOST_TEST(w.observer.spawned == 0);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->is(errc::none));
  BOOST_TEST(found->last.provider_id == "beta");
  BOOST_TEST((found->last.method == proof_method::asserted));
  storage::user_counts users;
  w.store.load_users("beta", {}, [&](const result<storage::user_counts>& got) { users = *got; });
  w.run();
  BOOST_TEST(users.asserted == 3);
}

BOOST_AUTO_TEST_CASE(the_same_part_again_says_the_same_and_another_says_unchanged) {
  world w;
  w.prove("v1", 2);
  for (int round = 0; round < 2; ++round) {
    const auto done = send(w, part_of({1, 2, 1}));
    w.run();
    BOOST_TEST(done->is(errc::none));
    BOOST_TEST(statuses(done) == "created conflict unchanged ");
    BOOST_TEST(done->last.rows[1].has_claim);
    BOOST_TEST(done->last.rows[2].salt == done->last.rows[0].salt);
  }
  const auto other = send(w, part_of({1, 2}, "beta", conflict_rule::contest, 2));
  w.run();
  BOOST_TEST(statuses(other) == "unchanged unchanged ");
  BOOST_TEST(w.stored_mapping(2).mappings.size() == 2u);
}

BOOST_AUTO_TEST_CASE(skip_leaves_what_another_provider_holds) {
  world w;
  w.prove("v1", 2);
  const auto before = w.stored_mapping(2).version;
  const auto done = send(w, part_of({1, 2}, "beta", conflict_rule::skip));
  w.run();
  BOOST_TEST(statuses(done) == "created conflict ");
  BOOST_TEST(!done->last.rows[1].has_claim);
  BOOST_TEST(w.stored_mapping(2).version == before);
}

BOOST_AUTO_TEST_CASE(a_live_entity_forgets_the_record_that_was_written_behind_it) {
  world w;
  w.prove("v1", 1);  // its entity is live
  const auto done = send(w, part_of({1}));
  w.run();
  BOOST_TEST(statuses(done) == "conflict ");
  const auto own = w.find_mapping(1, "beta");
  w.run();
  BOOST_TEST(own->is(errc::none));
  BOOST_TEST(!own->last.mapping.preferred);
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->last.provider_id == "alpha");
  // It commits over what the shard wrote.
  const auto mine = w.find_mapping(1, "alpha");
  w.run();
  const auto removed = w.remove_mapping(1, mine->last.mapping.salt, "alpha");
  w.run();
  BOOST_TEST(removed->is(errc::none));
  const auto next = w.lookup(1);
  w.run();
  BOOST_TEST(next->last.provider_id == "beta");
}

BOOST_AUTO_TEST_CASE(an_entity_without_claims_forgets_too) {
  world w;
  const auto salt = w.prove("v1", 1).salt;
  w.remove_mapping(1, salt, "alpha");
  w.run();
  const auto done = send(w, part_of({1}));
  w.run();
  BOOST_TEST(statuses(done) == "created ");
  const auto found = w.lookup(1);
  w.run();
  BOOST_TEST(found->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_load_from_before_the_step_is_done_again) {
  world w;
  w.run();
  const auto found = w.lookup(1);
  const auto done = send(w, part_of({1}));
  w.run_actors();
  BOOST_TEST(w.store.pending() == 2u);
  w.step_store("load_mapping");  // reads nothing
  w.step_store("apply_rows");
  w.run();
  BOOST_TEST(done->is(errc::none));
  const auto later = w.lookup(1);
  w.run();
  BOOST_TEST(later->is(errc::none));
  BOOST_TEST(found->answers == 1);
}

BOOST_AUTO_TEST_CASE(a_lost_answer_is_found_out_under_a_higher_epoch) {
  for (const auto how : {fault::lose_answer, fault::refuse, fault::late}) {
    world w;
    w.prove("v1", 2);
    w.planned.emplace_back("apply_rows", how);
    if (how == fault::late)  // its late copy comes when the epoch is a higher one
      w.planned.emplace_back("raise_epoch", fault::none);
    const auto done = send(w, part_of({1, 2, 1}));
    w.settle();
    if (how == fault::refuse) {
      BOOST_TEST(done->is(errc::storage_unavailable));
      continue;
    }
    BOOST_TEST(done->is(errc::none));
    BOOST_TEST(statuses(done) == "created conflict unchanged ");
    BOOST_TEST(w.stored_mapping(1).mappings.size() == 1u);
    BOOST_TEST(w.stored_mapping(2).mappings.size() == 2u);
    const auto found = w.lookup(1);
    w.run();
    BOOST_TEST(found->is(errc::none));
  }
}

BOOST_AUTO_TEST_CASE(one_row_in_a_thousand_asks_for_a_proof) {
  world w;
  w.run();
  auto part = part_of({1, 2});
  part.rows[1].key.value[14] = 0x03;
  part.rows[1].key.value[15] = 0xE8;
  for (int round = 0; round < 2; ++round) {
    const auto done = send(w, part);
    w.settle();
    BOOST_TEST(done->is(errc::none));
    const auto told = w.told("beta");
    BOOST_REQUIRE_EQUAL(told.size(), 1u);
    BOOST_TEST((told[0].type == event_type::mapping_refresh_due));
    BOOST_REQUIRE(told[0].mapping);
    BOOST_TEST((told[0].mapping->key == part.rows[1].key));
    BOOST_TEST((told[0].mapping->user == part.rows[1].user && told[0].mapping->sequence == 1u));
  }
}

BOOST_AUTO_TEST_CASE(a_retraction_takes_back_only_what_the_job_made) {
  world w;
  w.run();
  const auto made = send(w, part_of({1, 2, 3}));
  w.run();
  w.prove("v1", 2, "beta", "bulk-2");  // proven since: sealed as the row was
  actors::retract_rows back{{world::shard, 1, 20s}, "beta", the_job, {}, {}};
  for (std::size_t i = 0; i < 3; ++i) {
    back.keys.push_back(key_of(static_cast<int>(i) + 1));
    back.salts.push_back(made->last.rows[i].salt);
  }
  back.keys.push_back(key_of(9));
  back.salts.push_back(1);
  w.planned.emplace_back("apply_rows", fault::none);
  w.planned.emplace_back("apply_rows", fault::lose_answer);
  const auto done = w.ask<actors::retract_answer>(back);
  w.settle();
  BOOST_TEST(done->is(errc::none));
  BOOST_TEST(done->last.retracted == 2u);
  for (const auto& [who, code] :
       {std::pair{1, errc::not_found}, {2, errc::none}, {3, errc::not_found}}) {
    const auto found = w.lookup(who);
    w.run();
    BOOST_TEST(found->is(code));
  }
}

BOOST_AUTO_TEST_CASE(a_call_has_a_bounded_number_of_rows_and_of_companions) {
  world w;
  w.run();
  auto large = part_of({1});
  large.rows.resize(storage::rows_per_step + 1);
  const auto refused = send(w, large);
  w.run();
  BOOST_TEST(refused->is(errc::internal));
  std::vector<registered> all;
  for (std::uint32_t part = 1; part <= 17; ++part)
    all.push_back(send(w, part_of({static_cast<int>(part)}, "beta", conflict_rule::skip, part)));
  w.run_actors();
  w.run();
  int overloaded = 0;
  for (const auto& one : all) overloaded += one->is(errc::overloaded);
  BOOST_TEST(overloaded == 1);
  auto late = part_of({50});
  late.via.left = 0ms;
  const auto expired = send(w, late);
  w.run();
  BOOST_TEST(expired->is(errc::deadline));
}

/// Parts, lookups and proofs of the same identifiers, with faults: what was answered is there,
/// once.
BOOST_AUTO_TEST_CASE(whatever_happens_what_was_answered_stands) {
  const auto [first, end] = seeds(400);
  for (auto seed = first; seed != end; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      world w(seed);
      w.run();
      w.wrong = {5, 5, 5};
      std::vector<registered> parts;
      std::vector<asked<actors::lookup_answer>> later;  // asked after a part was answered
      for (int round = 0; round < 4; ++round) {
        parts.push_back(
            send(w, part_of({1, 2, 3}, round % 2 == 0 ? "beta" : "gamma", conflict_rule::contest)));
        for (int who = 1; who <= 3; ++who) w.lookup(who);
        if (round == 1)
          w.open("v1", 1);
        for (int i = 0; i < 12 && w.step(); ++i) {
        }
        if (round == 2)
          w.check("v1", "123456");
        for (const auto& part : parts)
          if (part->is(errc::none))
            for (int who = 1; who <= 3; ++who) later.push_back(w.lookup(who));
      }
      w.settle();
      w.wrong = {};
      w.settle();
      for (const auto& one : later) BOOST_TEST(!one->is(errc::not_found));
      for (std::size_t i = 0; i < parts.size(); ++i) {
        BOOST_TEST(parts[i]->answers == 1);
        if (!parts[i]->is(errc::none))
          continue;
        for (int who = 1; who <= 3; ++who) {
          const auto own = w.find_mapping(who, i % 2 == 0 ? "beta" : "gamma");
          w.run();
          BOOST_TEST(own->is(errc::none));
          const auto found = w.lookup(who);
          w.run();
          BOOST_TEST(found->is(errc::none));
          int preferred = 0;
          for (const auto& claim : w.stored_mapping(who).mappings) preferred += claim.preferred;
          BOOST_TEST(preferred == 1);
        }
        const auto again = send(w, part_of({1, 2, 3}, i % 2 == 0 ? "beta" : "gamma"));
        w.run();
        BOOST_TEST(statuses(again) == statuses(parts[i]));
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
