// Proofs, conflicts and decision windows of one SII (api.md section 5).
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/unit/domain/mapping_fixture.hpp"

namespace {

using namespace mapping_fixture;

directory with_alpha_preferred(proof_method method = proof_method::sms) {
  directory d;
  d.prove(by("alpha", "ann", 1, method), start);
  return d;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mapping_rules)

BOOST_AUTO_TEST_CASE(nothing_is_preferred_in_an_empty_record) {
  directory d;
  BOOST_TEST(preferred_of(d.record) == nullptr);
  BOOST_TEST(!d.settle_at(start));
  BOOST_TEST(!view_of(d.record, 0).has_value());
}

BOOST_AUTO_TEST_CASE(a_first_proof_is_preferred_at_once) {
  directory d;
  d.record.version = 7;
  d.record.key.value[3] = 9;
  const auto view = d.prove(by("alpha", "ann", 1, proof_method::email), start);
  BOOST_TEST(view.salt == 1u);
  BOOST_TEST(view.user == "ann");
  BOOST_TEST((view.method == proof_method::email));
  BOOST_TEST((view.verified_at == start));
  BOOST_TEST(view.preferred);
  BOOST_TEST((view.decide_by == instant{}));
  BOOST_TEST(view.existing.empty());
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.count("alpha", proof_method::email) == 1);
  BOOST_TEST(d.record.version == 7u);
  BOOST_TEST(d.record.key.value[3] == 9);
}

BOOST_AUTO_TEST_CASE(the_same_proof_again_refreshes) {
  auto d = with_alpha_preferred();
  const auto view = d.prove(by("alpha", "ann", 2), start + 1h);
  BOOST_TEST(view.salt == 1u);
  BOOST_TEST((view.verified_at == start + 1h));
  BOOST_TEST(view.preferred);
  BOOST_TEST(view.existing.empty());
  BOOST_TEST(d.record.mappings.size() == 1u);
  BOOST_TEST(d.users.size() == 1u);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(another_method_moves_the_count) {
  auto d = with_alpha_preferred();
  const auto view = d.prove(by("alpha", "ann", 2, proof_method::voice), start + 1h);
  BOOST_TEST((view.method == proof_method::voice));
  BOOST_TEST(d.users.size() == 1u);
  BOOST_TEST(d.count("alpha", proof_method::voice) == 1);
}

BOOST_AUTO_TEST_CASE(a_proof_beside_others_is_a_conflict_and_settles_without_preference) {
  auto d = with_alpha_preferred();
  const auto view = d.prove(by("beta", "bob", 2), start + 1h);
  BOOST_TEST(!view.preferred);
  BOOST_TEST((view.decide_by == start + 1h + window));
  BOOST_REQUIRE(view.existing.size() == 1u);
  BOOST_TEST(view.existing[0].provider_id == "alpha");
  BOOST_TEST(view.existing[0].preferred);
  BOOST_TEST(view.existing[0].user.empty());
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.count("beta", proof_method::sms) == 0);

  BOOST_TEST(!d.settle_at(start + 1h + window - 1us));
  BOOST_TEST(d.settle_at(start + 1h + window));
  BOOST_TEST(!d.settle_at(start + 1h + window));
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(!d.at(2)->preferred);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  const auto later = view_of(d.record, 2);
  BOOST_REQUIRE(later.has_value());
  BOOST_TEST(later->existing.empty());
  BOOST_TEST((later->decide_by == instant{}));
}

BOOST_AUTO_TEST_CASE(an_undecided_conflict_is_shown_anew) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start + 1min);
  const auto view = d.prove(by("beta", "bob", 3, proof_method::voice), start + 10min);
  BOOST_TEST(view.salt == 2u);
  BOOST_TEST((view.decide_by == start + 10min + window));
  BOOST_TEST((view.verified_at == start + 10min));
  BOOST_TEST(view.existing.size() == 1u);
  BOOST_TEST(d.users.size() == 1u);
  BOOST_TEST(!d.settle_at(start + 1min + window));
  BOOST_TEST(d.settle_at(start + 10min + window));
  BOOST_TEST(d.count("beta", proof_method::voice) == 1);
}

BOOST_AUTO_TEST_CASE(a_settled_conflict_is_not_shown_again) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start);
  const auto view = d.prove(by("beta", "bob", 3), start + window);  // settles first
  BOOST_TEST(view.salt == 2u);
  BOOST_TEST(view.existing.empty());
  BOOST_TEST((view.decide_by == instant{}));
  BOOST_TEST(!view.preferred);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(a_number_that_moved_shows_the_own_user_and_silence_removes_the_new_one) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start);
  d.settle_at(start + window);
  const auto view = d.prove(by("beta", "ben", 3), start + 1h);
  BOOST_REQUIRE(view.existing.size() == 2u);
  BOOST_TEST(view.existing[0].provider_id == "alpha");
  BOOST_TEST(view.existing[0].user.empty());
  BOOST_TEST(view.existing[1].provider_id == "beta");
  BOOST_TEST(view.existing[1].user == "bob");
  BOOST_TEST(!view.existing[1].preferred);
  BOOST_TEST(d.settle_at(start + 1h + window));
  BOOST_TEST(d.at(3) == nullptr);
  BOOST_TEST(d.at(2) != nullptr);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  BOOST_TEST(d.preferred() == 1u);
}

BOOST_AUTO_TEST_CASE(a_preferred_own_entry_stays_preferred_while_another_user_is_undecided) {
  auto d = with_alpha_preferred();
  const auto view = d.prove(by("alpha", "amy", 2), start + 1min);
  BOOST_REQUIRE(view.existing.size() == 1u);
  BOOST_TEST(view.existing[0].preferred);
  BOOST_TEST(view.existing[0].user == "ann");
  BOOST_TEST(d.preferred() == 1u);
  // The old user proves again: refreshed, with no conflict of its own; the new one still waits.
  const auto old = d.prove(by("alpha", "ann", 3), start + 2min);
  BOOST_TEST(old.salt == 1u);
  BOOST_TEST(old.existing.empty());
  BOOST_TEST((d.at(2)->decide_by == start + 1min + window));
  d.settle_at(start + 1min + window);
  BOOST_TEST(d.record.mappings.size() == 1u);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(a_third_user_replaces_the_undecided_one) {
  auto d = with_alpha_preferred();
  d.prove(by("alpha", "amy", 2), start + 1min);
  const auto view = d.prove(by("alpha", "abe", 3), start + 2min);
  BOOST_TEST(view.salt == 3u);
  BOOST_TEST((view.decide_by == start + 2min + window));
  BOOST_REQUIRE(view.existing.size() == 1u);
  BOOST_TEST(view.existing[0].user == "ann");
  BOOST_TEST(d.at(2) == nullptr);
  BOOST_TEST(d.record.mappings.size() == 2u);
  BOOST_TEST(d.users.size() == 1u);
}

BOOST_AUTO_TEST_CASE(another_provider_never_replaces_an_undecided_claim_nor_sees_it) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start + 1min);
  const auto view = d.prove(by("gamma", "bob", 3), start + 2min);  // seals of two providers differ
  BOOST_REQUIRE(view.existing.size() == 1u);
  BOOST_TEST(view.existing[0].provider_id == "alpha");
  BOOST_TEST(d.at(2) != nullptr);
  d.settle_at(start + 1min + window);
  const auto later = view_of(d.record, 3);
  BOOST_REQUIRE(later.has_value());
  BOOST_REQUIRE(later->existing.size() == 2u);
  BOOST_TEST(later->existing[1].provider_id == "beta");
  BOOST_TEST(!later->existing[1].preferred);
}

BOOST_AUTO_TEST_CASE(when_the_others_are_gone_the_first_to_settle_is_preferred) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start + 2min);
  d.prove(by("gamma", "gus", 3), start + 1min);  // its window ends first, though it stands second
  d.record.mappings.erase(d.record.mappings.begin());
  const auto view = view_of(d.record, 2);
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->existing.empty());
  BOOST_TEST((view->decide_by == instant{}));
  BOOST_TEST(d.settle_at(start + 1h));
  BOOST_TEST(d.preferred() == 3u);
  BOOST_TEST(!d.at(2)->preferred);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  BOOST_TEST(d.count("gamma", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(when_the_others_are_gone_a_proof_is_preferred_at_once) {
  for (const auto* user : {"bob", "ben"}) {
    auto d = with_alpha_preferred();
    d.prove(by("beta", "bob", 2), start);
    d.record.mappings.erase(d.record.mappings.begin());
    const auto view = d.prove(by("beta", user, 3), start + 1min);
    BOOST_TEST(view.preferred);
    BOOST_TEST(view.user == user);
    BOOST_TEST(d.record.mappings.size() == 1u);
    BOOST_TEST((d.record.mappings[0].decide_by == instant{}));
    BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  }
}

BOOST_AUTO_TEST_CASE(beside_undecided_claims_only_a_proof_is_preferred_at_once) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start);
  d.record.mappings.erase(d.record.mappings.begin());
  const auto view = d.prove(by("gamma", "gus", 3), start + 1min);
  BOOST_TEST(view.preferred);
  BOOST_TEST(view.existing.empty());
  BOOST_TEST(d.count("gamma", proof_method::sms) == 1);
  BOOST_TEST(view_of(d.record, 2)->existing.size() == 1u);  // now it is the other that waits
  d.settle_at(start + 1h);
  BOOST_TEST(d.preferred() == 3u);
}

BOOST_AUTO_TEST_CASE(a_proof_upgrades_the_same_providers_assertion) {
  auto d = with_alpha_preferred(proof_method::asserted);
  BOOST_TEST(d.count("alpha", proof_method::asserted) == 1);
  const auto view = d.prove(by("alpha", "ann", 2), start + 1h);
  BOOST_TEST(view.salt == 1u);
  BOOST_TEST((view.method == proof_method::sms));
  BOOST_TEST(view.preferred);
  BOOST_TEST(d.users.size() == 1u);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(a_proof_beside_assertions_only_is_still_the_users_decision) {
  auto d = with_alpha_preferred(proof_method::asserted);
  const auto view = d.prove(by("beta", "bob", 2), start);
  BOOST_TEST(!view.preferred);
  BOOST_TEST(view.existing.size() == 1u);
  BOOST_TEST(d.preferred() == 1u);
}

BOOST_AUTO_TEST_CASE(an_assertion_never_takes_a_preference_nor_touches_an_own_claim) {
  auto d = with_alpha_preferred();
  d.prove(by("beta", "bob", 2), start);
  const auto before = told(d.record);
  const auto same = d.prove(by("alpha", "ann", 3, proof_method::asserted), start + 1min);
  BOOST_TEST(same.salt == 1u);
  const auto moved = d.prove(by("alpha", "amy", 3, proof_method::asserted), start + 1min);
  BOOST_TEST(moved.salt == 1u);
  BOOST_TEST(moved.user == "ann");
  const auto undecided = d.prove(by("beta", "ben", 3, proof_method::asserted), start + 1min);
  BOOST_TEST(undecided.salt == 2u);
  BOOST_TEST(told(d.record) == before);
  d.prove(by("beta", "ben", 4), start + 2min);
  d.prove(by("gamma", "gus", 5, proof_method::asserted), start + 2min);
  d.settle_at(start + 1h);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(!d.at(5)->preferred);
  BOOST_TEST(d.count("gamma", proof_method::asserted) == 1);
}

BOOST_AUTO_TEST_CASE(an_assertion_that_has_both_answers_with_the_settled_claim) {
  auto d = with_alpha_preferred();
  d.prove(by("alpha", "amy", 2), start);
  std::reverse(d.record.mappings.begin(), d.record.mappings.end());
  BOOST_TEST(d.prove(by("alpha", "amy", 3, proof_method::asserted), start).salt == 1u);
  std::reverse(d.record.mappings.begin(), d.record.mappings.end());
  BOOST_TEST(d.prove(by("alpha", "amy", 3, proof_method::asserted), start).salt == 1u);
}

BOOST_AUTO_TEST_CASE(a_salt_in_use_is_not_given_twice) {
  directory d;
  d.prove(by("alpha", "ann", UINT32_MAX), start);
  d.prove(by("beta", "bob", 0), start);
  BOOST_TEST(d.prove(by("gamma", "gus", UINT32_MAX), start).salt == 1u);
  // Nor the salt of the undecided claim that goes at this very moment: its id must stay dead.
  BOOST_TEST(d.prove(by("beta", "ben", 0), start).salt == 2u);
}

namespace {

/// The sums of what was counted, by domain and age.
std::map<std::pair<std::uint64_t, bool>, int> sums(const std::vector<user_count_change>& counts) {
  std::map<std::pair<std::uint64_t, bool>, int> out;
  for (const auto& change : counts) out[{change.mail_domain, change.due}] += change.delta;
  std::erase_if(out, [](const auto& sum) { return sum.second == 0; });
  return out;
}

proof mail_proof(std::uint64_t domain) {
  auto out = by("alpha", "amy", 1, proof_method::email);
  out.mail_domain = domain;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(what_was_counted_is_taken_away_under_the_same_domain_and_age) {
  auto first = apply_proof({}, mail_proof(77), start, window);
  auto counts = first.counts;
  BOOST_TEST((sums(counts) == std::map<std::pair<std::uint64_t, bool>, int>{{{77, false}, 1}}));
  auto record = first.next;
  BOOST_TEST(fall_due(record.mappings[0], counts));
  BOOST_TEST(!fall_due(record.mappings[0], counts));
  BOOST_TEST((sums(counts) == std::map<std::pair<std::uint64_t, bool>, int>{{{77, true}, 1}}));
  const auto gone = remove_claim(record, "alpha", 1, {}, start + 1h);
  counts.insert(counts.end(), gone.counts.begin(), gone.counts.end());
  BOOST_TEST(sums(counts).empty());
}

BOOST_AUTO_TEST_CASE(a_fresh_proof_renews_one_that_is_due) {
  auto first = apply_proof({}, mail_proof(77), start, window);
  auto counts = first.counts;
  fall_due(first.next.mappings[0], counts);
  const auto again = apply_proof(first.next, mail_proof(77), start + 1h, window);
  BOOST_TEST(!again.next.mappings[0].due);
  counts.insert(counts.end(), again.counts.begin(), again.counts.end());
  BOOST_TEST((sums(counts) == std::map<std::pair<std::uint64_t, bool>, int>{{{77, false}, 1}}));
  BOOST_TEST(apply_proof(again.next, mail_proof(77), start + 2h, window).counts.empty());
}

BOOST_AUTO_TEST_CASE(an_undecided_claim_does_not_fall_due) {
  directory d;
  d.prove(by("beta", "bob", 5), start);
  d.prove(mail_proof(77), start);
  std::vector<user_count_change> counts;
  for (auto& claim : d.record.mappings)
    BOOST_TEST(fall_due(claim, counts) == (claim.provider_id == "beta"));
}

BOOST_AUTO_TEST_SUITE_END()
