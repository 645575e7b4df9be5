// Decisions over a conflict, and the removal of an own mapping (api.md section 5).
#include <boost/test/unit_test.hpp>

#include "domain/change.hpp"
#include "tests/unit/domain/mapping_fixture.hpp"

namespace {

using namespace mapping_fixture;

/// alpha (1) preferred, beta (2) settled beside it, gamma (3) undecided since `start + 1h`.
directory with_a_conflict() {
  directory d;
  d.prove(by("alpha", "ann", 1), start);
  d.prove(by("beta", "bob", 2), start);
  d.settle_at(start + window);
  d.prove(by("gamma", "gus", 3), start + 1h);
  return d;
}

/// alpha (1) preferred, beta (2) settled, and beta's other user (3) undecided since `start + 1h`.
directory with_a_moved_number() {
  directory d;
  d.prove(by("alpha", "ann", 1), start);
  d.prove(by("beta", "bob", 2), start);
  d.settle_at(start + window);
  d.prove(by("beta", "ben", 3), start + 1h);
  return d;
}

const auto soon = start + 1h + 1min;

}  // namespace

BOOST_AUTO_TEST_SUITE(decisions)

BOOST_AUTO_TEST_CASE(replace_removes_everybody_else) {
  auto d = with_a_conflict();
  const auto made = d.decide(3, decision::replace, soon);
  BOOST_TEST((made.code == errc::none));
  BOOST_TEST(made.view.preferred);
  BOOST_TEST(made.view.salt == 3u);
  BOOST_TEST(made.view.existing.empty());
  BOOST_TEST(d.record.mappings.size() == 1u);
  BOOST_TEST(d.preferred() == 3u);
  BOOST_REQUIRE(made.displaced.size() == 2u);
  BOOST_TEST(made.displaced[0].lost.provider_id == "alpha");
  BOOST_TEST(made.displaced[0].lost.preferred);
  BOOST_TEST(made.displaced[0].removed);
  BOOST_TEST(made.displaced[0].lost.sequence == 1u);
  BOOST_TEST(made.displaced[1].lost.provider_id == "beta");
  BOOST_TEST(made.displaced[1].removed);
  BOOST_TEST(d.users.size() == 1u);
  BOOST_TEST(d.count("gamma", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(prefer_takes_only_the_preference) {
  auto d = with_a_conflict();
  const auto made = d.decide(3, decision::prefer, soon);
  BOOST_TEST((made.code == errc::none));
  BOOST_TEST(d.record.mappings.size() == 3u);
  BOOST_TEST(d.preferred() == 3u);
  BOOST_REQUIRE(made.displaced.size() == 1u);  // beta never had it
  BOOST_TEST(made.displaced[0].lost.provider_id == "alpha");
  BOOST_TEST(!made.displaced[0].removed);
  BOOST_TEST(d.at(1)->sequence == 1u);
  BOOST_TEST(d.at(2)->sequence == 0u);
  BOOST_TEST(d.users.size() == 3u);
}

BOOST_AUTO_TEST_CASE(keep_settles_at_once_and_displaces_nobody) {
  auto d = with_a_conflict();
  const auto made = d.decide(3, decision::keep, soon);
  BOOST_TEST((made.code == errc::none));
  BOOST_TEST(!made.view.preferred);
  BOOST_TEST(made.displaced.empty());
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.count("gamma", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(a_decision_is_made_once) {
  for (const auto what : {decision::replace, decision::prefer, decision::keep}) {
    auto d = with_a_conflict();
    d.decide(3, what, soon);
    const auto before = told(d.record);
    BOOST_TEST((d.decide(3, decision::replace, soon).code == errc::decision_already_made));
    BOOST_TEST((d.decide(3, what, soon + 1h).code == errc::decision_already_made));
    BOOST_TEST(told(d.record) == before);
  }
}

BOOST_AUTO_TEST_CASE(the_last_moment_of_the_window_is_the_one_before_its_end) {
  auto d = with_a_conflict();
  auto late = d;
  BOOST_TEST((d.decide(3, decision::prefer, start + 1h + window - 1us).code == errc::none));
  // The end itself is too late, whether the silence was recorded meanwhile or not.
  BOOST_TEST(
      (late.decide(3, decision::prefer, start + 1h + window).code == errc::decision_window_closed));
  late.settle_at(start + 1h + window);
  BOOST_TEST(
      (late.decide(3, decision::prefer, start + 1h + window).code == errc::decision_window_closed));
  BOOST_TEST(late.preferred() == 1u);
}

BOOST_AUTO_TEST_CASE(a_mapping_that_met_no_conflict_has_no_window) {
  directory d;
  d.prove(by("alpha", "ann", 1), start);
  BOOST_TEST((d.decide(1, decision::keep, start).code == errc::decision_window_closed));
}

BOOST_AUTO_TEST_CASE(another_provider_decides_nothing) {
  const auto d = with_a_conflict();
  BOOST_TEST((decide(d.record, "alpha", 3, decision::keep, soon).code == errc::not_found));
  BOOST_TEST((decide(d.record, "gamma", 4, decision::keep, soon).code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(what_changed_since_it_was_shown_is_shown_first) {
  auto d = with_a_conflict();
  d.prove(by("delta", "dan", 4), start + 1h + 30s);
  BOOST_TEST((d.decide(4, decision::prefer, soon).code == errc::none));
  // gamma was shown alpha as the preferred one, and nothing of delta.
  const auto before = told(d.record);
  const auto refused = d.decide(3, decision::replace, soon);
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(told(d.record) == before);
  BOOST_TEST(refused.displaced.empty());
  BOOST_REQUIRE(refused.view.existing.size() == 3u);
  BOOST_TEST(refused.view.existing[2].provider_id == "delta");
  BOOST_TEST(refused.view.existing[2].preferred);
  BOOST_TEST((refused.view.decide_by == start + 1h + window));
  const auto made = d.decide(3, decision::replace, soon);
  BOOST_TEST((made.code == errc::none));
  BOOST_REQUIRE(made.displaced.size() == 3u);
  BOOST_TEST(made.displaced[0].lost.provider_id == "alpha");
  BOOST_TEST(made.displaced[0].lost.sequence == 2u);  // demoted by delta before
  BOOST_TEST(d.preferred() == 3u);
}

BOOST_AUTO_TEST_CASE(a_fresher_proof_of_an_existing_one_changes_nothing_that_was_shown) {
  auto d = with_a_conflict();
  d.prove(by("alpha", "ann", 9, proof_method::voice), soon);
  BOOST_TEST((d.decide(3, decision::replace, soon).code == errc::none));
}

BOOST_AUTO_TEST_CASE(when_the_others_are_gone_that_is_shown_too) {
  auto d = with_a_conflict();
  d.remove(1, soon);
  d.remove(2, soon);
  BOOST_TEST(d.preferred() == 0u);
  const auto refused = d.decide(3, decision::prefer, soon);
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(refused.view.existing.empty());
  for (const auto what : {decision::replace, decision::prefer, decision::keep}) {
    auto copy = d;
    const auto made = copy.decide(3, what, soon);
    BOOST_TEST((made.code == errc::none));
    BOOST_TEST(made.displaced.empty());
    BOOST_TEST(copy.preferred() == 3u);
  }
}

BOOST_AUTO_TEST_CASE(a_window_that_ends_meanwhile_is_a_change) {
  auto d = with_a_conflict();
  d.prove(by("delta", "dan", 4), start + 1h + 10min);
  const auto refused = d.decide(4, decision::replace, start + 1h + window);  // gamma settles now
  BOOST_TEST((refused.code == errc::conflict));
  BOOST_TEST(refused.view.existing.size() == 3u);
  BOOST_TEST(d.count("gamma", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(undecided_claims_of_others_outlive_a_replace) {
  auto d = with_a_conflict();
  d.prove(by("delta", "dan", 4), start + 1h + 30s);
  const auto made = d.decide(3, decision::replace, soon);
  BOOST_TEST(made.displaced.size() == 2u);
  BOOST_REQUIRE(d.at(4) != nullptr);
  BOOST_TEST((d.decide(4, decision::replace, soon).code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(over_an_own_entry_both_remove_the_old_one) {
  for (const auto what : {decision::replace, decision::prefer}) {
    auto d = with_a_moved_number();
    const auto made = d.decide(3, what, soon);
    BOOST_TEST((made.code == errc::none));
    BOOST_TEST(d.at(2) == nullptr);
    BOOST_TEST((d.at(1) != nullptr) == (what == decision::prefer));
    BOOST_TEST(d.preferred() == 3u);
    BOOST_REQUIRE(made.displaced.size() == 2u);
    BOOST_TEST(made.displaced[0].removed == (what == decision::replace));
    BOOST_TEST(made.displaced[1].lost.provider_id == "beta");  // its old user lost something
    BOOST_TEST(made.displaced[1].removed);
    BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  }
}

BOOST_AUTO_TEST_CASE(keep_over_an_own_entry_removes_the_new_one) {
  auto d = with_a_moved_number();
  const auto made = d.decide(3, decision::keep, soon);
  BOOST_TEST((made.code == errc::none));
  BOOST_TEST(made.view.salt == 3u);
  BOOST_TEST(made.view.user == "ben");
  BOOST_TEST(!made.view.preferred);
  BOOST_TEST(made.view.existing.empty());
  BOOST_TEST(d.at(3) == nullptr);
  BOOST_TEST(d.at(2) != nullptr);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  BOOST_TEST((d.decide(3, decision::keep, soon).code == errc::not_found));
}

BOOST_AUTO_TEST_CASE(losers_are_told_what_and_until_when) {
  auto d = with_a_conflict();
  const auto before = d.record;
  const auto made = d.decide(3, decision::prefer, soon);
  change_record of;
  of.id = "c1";
  of.key.value[3] = 7;
  of.by_provider = "gamma";
  of.at = soon;
  of.kind = kind_of(decision::prefer);
  const auto change = describe(of, before, made);
  BOOST_TEST((change.kind == change_kind::preferred));
  BOOST_TEST(change.by_salt == 3u);
  BOOST_TEST(change.before.size() == 3u);
  BOOST_TEST(change.before[0].preferred);
  BOOST_REQUIRE(change.displaced.size() == 1u);
  const auto told = notices_of(change, 5);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].type == event_type::mapping_demoted));
  BOOST_TEST(told[0].provider_id == "alpha");
  BOOST_TEST((told[0].created_at == soon));
  BOOST_REQUIRE(told[0].mapping.has_value());
  BOOST_TEST(told[0].mapping->change_id == "c1");
  BOOST_TEST(told[0].mapping->shard == 5);
  BOOST_TEST((told[0].mapping->key == of.key));
  BOOST_TEST(told[0].mapping->salt == 1u);
  BOOST_TEST(told[0].mapping->user == "ann");
  BOOST_TEST(told[0].mapping->by_provider == "gamma");
  BOOST_TEST((told[0].mapping->restore_until == soon + restore_window));
  BOOST_TEST(told[0].mapping->sequence == 1u);
  auto e = with_a_conflict();
  of.kind = kind_of(decision::replace);
  const auto all = describe(of, e.record, e.decide(3, decision::replace, soon));
  BOOST_TEST((all.kind == change_kind::replaced));
  for (const auto& one : notices_of(all, 5)) BOOST_TEST((one.type == event_type::mapping_removed));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(own_mappings)

BOOST_AUTO_TEST_CASE(after_the_preferred_one_comes_the_most_recently_verified) {
  auto d = with_a_conflict();
  d.decide(3, decision::prefer, soon);
  d.prove(by("alpha", "ann", 9), soon + 1h);
  BOOST_TEST((d.remove(3, soon + 2h) == errc::none));
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST((d.remove(1, soon + 2h) == errc::none));
  BOOST_TEST(d.preferred() == 2u);
  BOOST_TEST(d.at(2)->sequence == 0u);  // a gain is no notice
  BOOST_TEST((d.remove(2, soon + 2h) == errc::none));
  BOOST_TEST(d.record.mappings.empty());
  BOOST_TEST(d.users.empty());
}

BOOST_AUTO_TEST_CASE(assertions_come_after_proofs_and_the_oldest_first) {
  directory d;
  d.prove(by("alpha", "ann", 1), start);
  d.prove(by("beta", "bob", 2, proof_method::asserted), start + 1h);
  d.prove(by("gamma", "gus", 3, proof_method::asserted), start + 2h);
  d.prove(by("delta", "dan", 4), start + 1h);
  d.settle_at(start + 1 * 24h);
  d.remove(1, start + 25h);
  BOOST_TEST(d.preferred() == 4u);
  d.remove(4, start + 25h);
  BOOST_TEST(d.preferred() == 2u);
}

BOOST_AUTO_TEST_CASE(an_undecided_one_goes_without_a_count) {
  auto d = with_a_conflict();
  BOOST_TEST((d.remove(3, soon) == errc::none));
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.users.size() == 2u);
}

BOOST_AUTO_TEST_CASE(only_the_own_provider_removes_and_only_what_it_saw) {
  const auto d = with_a_conflict();
  BOOST_TEST((remove_claim(d.record, "beta", 1, {}, soon).code == errc::not_found));
  BOOST_TEST((remove_claim(d.record, "alpha", 7, {}, soon).code == errc::not_found));
  const auto seen = revision_of(*view_of(d.record, 1));
  BOOST_TEST(
      (remove_claim(d.record, "alpha", 1, {seen + 1}, soon).code == errc::precondition_failed));
  BOOST_TEST((remove_claim(d.record, "alpha", 1, {seen + 1, seen}, soon).code == errc::none));
}

BOOST_AUTO_TEST_CASE(a_revision_tells_of_the_own_claim_and_of_nothing_else) {
  auto d = with_a_conflict();
  const auto seen = revision_of(*own_view(d.record, "alpha"));
  d.prove(by("delta", "dan", 4), soon);
  BOOST_TEST(revision_of(*own_view(d.record, "alpha")) == seen);
  d.decide(4, decision::prefer, soon);
  const auto demoted = revision_of(*own_view(d.record, "alpha"));
  BOOST_TEST(demoted != seen);
  d.prove(by("alpha", "ann", 9), soon);
  BOOST_TEST(revision_of(*own_view(d.record, "alpha")) != demoted);
}

BOOST_AUTO_TEST_CASE(a_provider_finds_its_settled_claim_first) {
  const auto d = with_a_moved_number();
  BOOST_TEST(own_view(d.record, "beta")->salt == 2u);
  BOOST_TEST(!own_view(d.record, "delta").has_value());
  BOOST_TEST(own_view(with_a_conflict().record, "gamma")->salt == 3u);
}

BOOST_AUTO_TEST_SUITE_END()
