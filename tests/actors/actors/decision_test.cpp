// Decisions over conflicts, and own mappings: one record, two or three providers.
#include <boost/test/unit_test.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

/// alpha holds the identifier 1; beta has proven it since and must decide.
struct contested : world {
  mapping_view first = prove("v1", 1, "alpha", "ann");
  mapping_view second = prove("v2", 1, "beta", "bob");

  std::string found() {
    const auto seen = lookup(1);
    run();
    return seen->is(errc::none) ? seen->last.user : std::string(to_string(seen->code()));
  }
  asked<actors::mapping_answer> decided(decision what, const std::string& change = "c1") {
    auto out = decide(1, second.salt, "beta", what, change);
    run();
    return out;
  }
  void forget() { crash(), settle(); }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(decisions, contested)

BOOST_AUTO_TEST_CASE(replace_moves_lookups_and_tells_the_loser) {
  BOOST_TEST(found() == "sealed-ann");
  const auto made = decided(decision::replace);
  BOOST_TEST(made->is(errc::none));
  BOOST_TEST(made->last.mapping.preferred);
  BOOST_TEST(made->last.change_id == "c1");
  BOOST_TEST(!made->last.replayed);
  BOOST_TEST(found() == "sealed-bob");
  BOOST_TEST(stored_mapping(1).mappings.size() == 1u);
  const auto change = stored_change("c1");
  BOOST_REQUIRE(change);
  BOOST_TEST(change->by_provider == "beta");
  BOOST_TEST(int{change->key.layers} == 1);
  BOOST_TEST((change->key == key_of(1)));
  BOOST_TEST(change->before.size() == 2u);
  BOOST_REQUIRE(change->displaced.size() == 1u);
  BOOST_TEST(change->displaced[0].salt == first.salt);
  const auto told_to = told("alpha");
  BOOST_REQUIRE(told_to.size() == 1u);
  BOOST_TEST((told_to[0].type == event_type::mapping_removed));
  BOOST_TEST(told_to[0].mapping->change_id == "c1");
  BOOST_TEST(told_to[0].mapping->user == "sealed-ann");
  BOOST_TEST((told_to[0].mapping->restore_until == change->at + restore_window));
  BOOST_TEST(told("beta").empty());
  BOOST_TEST(outbox().empty());
}

BOOST_AUTO_TEST_CASE(prefer_leaves_the_loser_where_it_is) {
  BOOST_TEST(decided(decision::prefer)->is(errc::none));
  BOOST_TEST(found() == "sealed-bob");
  BOOST_TEST(stored_mapping(1).mappings.size() == 2u);
  BOOST_REQUIRE(told("alpha").size() == 1u);
  BOOST_TEST((told("alpha")[0].type == event_type::mapping_demoted));
}

BOOST_AUTO_TEST_CASE(keep_changes_nothing_for_others) {
  const auto made = decided(decision::keep);
  BOOST_TEST(made->is(errc::none));
  BOOST_TEST(!made->last.mapping.preferred);
  BOOST_TEST(made->last.change_id.empty());
  BOOST_TEST(!stored_change("c1").has_value());
  BOOST_TEST(told("alpha").empty());
  BOOST_TEST(found() == "sealed-ann");
  BOOST_TEST(decided(decision::replace, "c2")->is(errc::decision_already_made));
}

BOOST_AUTO_TEST_CASE(counts_follow_the_decision) {
  const auto users = [&](const std::string& provider) {
    std::int64_t out = 0;
    store.load_users(provider, {}, [&](const auto& got) { out = got->sms; });
    store.step(store.pending() - 1);
    return out;
  };
  BOOST_TEST((users("alpha") == 1 && users("beta") == 0));
  decided(decision::replace);
  BOOST_TEST((users("alpha") == 0 && users("beta") == 1));
  remove_mapping(1, second.salt, "beta");
  run();
  BOOST_TEST(users("beta") == 0);
}

BOOST_AUTO_TEST_CASE(a_repeat_under_the_same_key_answers_the_same) {
  decided(decision::replace);
  const auto stored =
      ask<actors::found_answer>(actors::find_answer{{shard, 1, 5s}, "beta", tag_of("decisionc1")});
  const auto again = decided(decision::replace);
  BOOST_TEST(again->is(errc::none));
  BOOST_TEST(again->last.replayed);
  BOOST_TEST(again->last.change_id == "c1");
  BOOST_TEST(again->last.mapping.user == "sealed-bob");
  BOOST_TEST(stored->is(errc::none));
  BOOST_TEST(stored->last.change_id == "c1");
  BOOST_TEST(stored->last.mapping.salt == second.salt);
  BOOST_TEST(told("alpha").size() == 1u);
  BOOST_TEST(decided(decision::replace, "c2")->is(errc::decision_already_made));
}

BOOST_AUTO_TEST_CASE(a_decision_whose_answer_was_lost_is_found_by_its_key) {
  for (const bool happened : {true, false}) {
    contested w;
    w.planned.emplace_back("commit", happened ? fault::lose_answer : fault::refuse);
    const auto lost = w.decided(decision::prefer);
    w.settle();
    BOOST_TEST(lost->is(happened ? errc::outcome_unknown : errc::storage_unavailable));
    const auto again = w.decided(decision::prefer);
    w.settle();
    BOOST_TEST(again->is(errc::none));
    BOOST_TEST(again->last.replayed == happened);
    BOOST_TEST(w.found() == "sealed-bob");
    BOOST_TEST(w.told("alpha").size() == 1u);
    BOOST_TEST(w.outbox().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_late_copy_of_a_decision_is_fenced) {
  planned.emplace_back("commit", fault::late);
  const auto lost = decide(1, second.salt, "beta", decision::replace, "c1");
  settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  const bool applied = stored_change("c1").has_value();
  BOOST_TEST(told("alpha").size() == (applied ? 1u : 0u));
  BOOST_TEST(found() == (applied ? "sealed-bob" : "sealed-ann"));
  BOOST_TEST(decided(decision::replace)->is(errc::none));
  BOOST_TEST(told("alpha").size() == 1u);
}

BOOST_AUTO_TEST_CASE(silence_keeps_and_is_final) {
  advance(15min - 1us);
  BOOST_TEST(decided(decision::prefer)->is(errc::none));
  contested late;
  late.advance(15min);
  BOOST_TEST(late.decided(decision::prefer)->is(errc::decision_window_closed));
  late.forget();
  BOOST_TEST(late.decided(decision::prefer)->is(errc::decision_window_closed));
  BOOST_TEST(late.found() == "sealed-ann");
  BOOST_TEST(late.told("alpha").empty());
}

BOOST_AUTO_TEST_CASE(a_conflict_that_changed_is_shown_and_remembered) {
  const auto third = prove("v3", 1, "gamma", "gus");
  const auto other = decide(1, third.salt, "gamma", decision::prefer, "c9");
  run();
  BOOST_TEST(other->is(errc::none));
  const auto refusal = decided(decision::replace);
  BOOST_TEST(refusal->is(errc::conflict));
  BOOST_REQUIRE(refusal->last.mapping.existing.size() == 2u);
  BOOST_TEST(refusal->last.mapping.existing[1].provider_id == "gamma");
  BOOST_TEST(refusal->last.mapping.existing[1].preferred);
  BOOST_TEST(!stored_change("c1").has_value());
  BOOST_TEST(told("gamma").empty());
  forget();
  BOOST_TEST(decided(decision::replace)->is(errc::none));
  BOOST_TEST(told("gamma").size() == 1u);
  const auto to_alpha = told("alpha");
  BOOST_REQUIRE(to_alpha.size() == 2u);
  BOOST_TEST(to_alpha[0].mapping->sequence == 1u);
  BOOST_TEST((to_alpha[0].type == event_type::mapping_demoted));
  BOOST_TEST(to_alpha[1].mapping->sequence == 2u);
  BOOST_TEST((to_alpha[1].type == event_type::mapping_removed));
}

BOOST_AUTO_TEST_CASE(nobody_decides_for_another_or_over_nothing) {
  const auto thief = decide(1, second.salt, "alpha", decision::keep, "c1");
  const auto stray = decide(1, second.salt + 1, "beta", decision::keep, "c2");
  const auto spawned = observer.spawned;
  const auto nothing = decide(2, second.salt, "beta", decision::keep, "c3");
  run();
  for (const auto& one : {thief, stray, nothing}) BOOST_TEST(one->is(errc::not_found));
  BOOST_TEST(observer.spawned == spawned);
  BOOST_TEST(decided(decision::replace)->is(errc::none));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_FIXTURE_TEST_SUITE(own_mappings, contested)

BOOST_AUTO_TEST_CASE(a_removed_one_is_gone_when_the_call_returns) {
  const auto gone = remove_mapping(1, first.salt, "alpha");
  while (gone->answers == 0 && step()) {
  }
  BOOST_TEST(gone->is(errc::none));
  BOOST_TEST(found() == "not-found");  // beta has not decided yet
  const auto again = remove_mapping(1, first.salt, "alpha");
  run();
  BOOST_TEST(again->is(errc::not_found));
  BOOST_TEST(told("alpha").empty());
  // Silence settles beta's claim, and nobody else has the preference: no write is needed to see it.
  advance(15min);
  BOOST_TEST(found() == "sealed-bob");
  const auto read = get_mapping(1, second.salt, "beta");
  run();
  BOOST_TEST(read->last.mapping.preferred);
}

BOOST_AUTO_TEST_CASE(after_the_last_one_the_identifier_is_as_if_never_mapped) {
  for (const auto& [salt, provider] :
       {std::pair{first.salt, "alpha"}, std::pair{second.salt, "beta"}}) {
    const auto gone = remove_mapping(1, salt, provider);
    run();
    BOOST_TEST(gone->is(errc::none));
  }
  BOOST_TEST(stored_mapping(1).version == 0u);
  BOOST_TEST(found() == "not-found");
  const auto anew = prove("v3", 1, "gamma", "gus");
  BOOST_TEST(anew.preferred);
  BOOST_TEST(found() == "sealed-gus");
  forget();
  BOOST_TEST(found() == "sealed-gus");
}

BOOST_AUTO_TEST_CASE(the_most_recently_verified_is_preferred_next) {
  decided(decision::prefer);
  advance(1h);
  prove("v3", 1, "gamma", "gus");
  advance(1h);
  remove_mapping(1, second.salt, "beta");
  run();
  BOOST_TEST(found() == "sealed-gus");
  BOOST_TEST(told("gamma").empty());
}

BOOST_AUTO_TEST_CASE(a_condition_that_does_not_hold_removes_nothing) {
  const auto read = get_mapping(1, first.salt, "alpha");
  run();
  const auto seen = revision_of(read->last.mapping);
  const auto stale = remove_mapping(1, first.salt, "alpha", {seen - 1});
  run();
  BOOST_TEST(stale->is(errc::precondition_failed));
  const auto good = remove_mapping(1, first.salt, "alpha", {seen - 1, seen});
  run();
  BOOST_TEST(good->is(errc::none));
}

BOOST_AUTO_TEST_CASE(each_provider_sees_its_own) {
  const auto mine = find_mapping(1, "alpha");
  const auto theirs = find_mapping(1, "beta");
  const auto nobody = find_mapping(1, "gamma");
  const auto stolen = get_mapping(1, first.salt, "beta");
  const auto spawned = observer.spawned;
  const auto unknown = find_mapping(2, "alpha");
  run();
  BOOST_TEST(mine->last.mapping.salt == first.salt);
  BOOST_TEST(theirs->last.mapping.salt == second.salt);
  BOOST_TEST(theirs->last.mapping.existing.size() == 1u);
  for (const auto& one : {nobody, stolen, unknown}) BOOST_TEST(one->is(errc::not_found));
  BOOST_TEST(observer.spawned == spawned);
}

BOOST_AUTO_TEST_CASE(a_removal_with_an_unknown_outcome_is_found_out) {
  planned.emplace_back("commit", fault::lose_answer);
  const auto lost = remove_mapping(1, first.salt, "alpha");
  settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  const auto again = remove_mapping(1, first.salt, "alpha");
  settle();
  BOOST_TEST(again->is(errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
