// What fresh proof puts back after a change (api.md section 6), whatever came in between.
#include <boost/test/unit_test.hpp>

#include "domain/change.hpp"
#include "tests/unit/domain/mapping_fixture.hpp"

namespace {

using namespace mapping_fixture;

const auto soon = start + 1h + 1min;
const auto later = start + 48h;

/// alpha (1) held the identifier until beta (2) took it, `what`ever way, by the change "c1".
struct taken : directory {
  explicit taken(decision what) {
    prove(by("alpha", "ann", 1), start);
    prove(by("beta", "bob", 2), start + 1h);
    change_record of;
    of.id = "c1";
    of.by_provider = "beta";
    of.at = soon;
    of.kind = kind_of(what);
    const auto before = record;
    lost = describe(of, before, this->decide(2, what, soon));
  }

  restoration put_back(const std::string& provider, const std::string& user,
                       const change_record& undone, instant now = later,
                       proof_method method = proof_method::sms) {
    change_record of;
    of.id = "c" + std::to_string(++number);
    of.at = now;
    auto out = glados::restore(record, undone, by(provider, user, 90 + number, method), of);
    record = out.made.next;
    add(out.made.counts);
    return out;
  }

  change_record lost;
  std::uint32_t number = 1;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(restores)

BOOST_AUTO_TEST_CASE(a_removed_mapping_comes_back_as_it_was_named) {
  taken d(decision::replace);
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.record.mappings.size() == 2u);
  BOOST_TEST(made.made.view.preferred);
  BOOST_TEST((made.made.view.verified_at == later));
  BOOST_TEST(made.made.view.existing.empty());
  BOOST_TEST(d.at(1)->sequence == 1u);  // of the notice that told of its removal
  BOOST_TEST(!d.at(2)->preferred);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
  BOOST_TEST(d.count("beta", proof_method::sms) == 1);
  BOOST_TEST(made.undone.displaced[0].restored);
  BOOST_REQUIRE(made.change.has_value());
  BOOST_TEST((made.change->kind == change_kind::restored));
  BOOST_TEST(made.change->by_provider == "alpha");
  BOOST_TEST(made.change->by_salt == 1u);
  const auto told = notices_of(*made.change, 5);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].type == event_type::mapping_restored));
  BOOST_TEST(told[0].provider_id == "beta");
  BOOST_TEST(told[0].mapping->change_id == "c2");
  BOOST_TEST(told[0].mapping->by_provider == "alpha");
  BOOST_TEST(told[0].mapping->sequence == 1u);
  BOOST_TEST((told[0].mapping->restore_until == later + restore_window));
}

BOOST_AUTO_TEST_CASE(a_demoted_mapping_is_preferred_again) {
  taken d(decision::prefer);
  const auto made = d.put_back("alpha", "ann", d.lost, later, proof_method::voice);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.record.mappings.size() == 2u);
  BOOST_TEST(d.count("alpha", proof_method::voice) == 1);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 0);
  BOOST_TEST(made.change->displaced.size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_restore_can_be_restored) {
  taken d(decision::replace);
  const auto first = d.put_back("alpha", "ann", d.lost);
  const auto second = d.put_back("beta", "bob", *first.change);
  BOOST_TEST(d.preferred() == 2u);
  BOOST_TEST(d.at(1)->sequence == 2u);
  const auto told = notices_of(*second.change, 5);
  BOOST_REQUIRE(told.size() == 1u);
  BOOST_TEST((told[0].type == event_type::mapping_restored));
  BOOST_TEST(told[0].provider_id == "alpha");
}

BOOST_AUTO_TEST_CASE(a_third_one_that_came_in_between_is_demoted_and_the_maker_told) {
  taken d(decision::replace);
  d.prove(by("gamma", "gus", 3), soon);
  d.decide(3, decision::prefer, soon + 1min);
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.record.mappings.size() == 3u);
  const auto told = notices_of(*made.change, 5);
  BOOST_REQUIRE(told.size() == 2u);
  BOOST_TEST((told[0].type == event_type::mapping_demoted && told[0].provider_id == "gamma"));
  BOOST_TEST((told[0].mapping->restore_until == later + restore_window));
  BOOST_TEST((told[1].type == event_type::mapping_restored && told[1].provider_id == "beta"));
  BOOST_TEST((told[1].mapping->restore_until == instant{}));  // it lost nothing this time
  BOOST_TEST(told[1].mapping->sequence == 2u);
  BOOST_TEST(d.at(2)->sequence == 2u);
  BOOST_TEST((can_restore(*made.change, "beta", later) == errc::not_found));
  BOOST_TEST((can_restore(*made.change, "gamma", later) == errc::none));
}

BOOST_AUTO_TEST_CASE(nobody_is_told_when_nobody_is_there) {
  taken d(decision::replace);
  d.remove(2, soon + 1min);
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(!made.change.has_value());
  BOOST_TEST(made.undone.displaced[0].restored);
}

BOOST_AUTO_TEST_CASE(what_is_preferred_already_is_only_proven_again) {
  taken d(decision::prefer);
  d.remove(2, soon + 1min);
  BOOST_TEST(d.preferred() == 1u);
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(!made.change.has_value());
  BOOST_TEST((made.made.view.verified_at == later));
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
}

BOOST_AUTO_TEST_CASE(the_same_change_twice_keeps_sequences_apart) {
  taken d(decision::replace);
  const auto first = d.put_back("alpha", "ann", d.lost);
  // beta takes it once more, then a second session over the first change is proven.
  d.prove(by("beta", "ben", 7), later);
  d.decide(7, decision::replace, later + 1min);
  BOOST_TEST(d.at(1) == nullptr);
  const auto second = d.put_back("alpha", "ann", first.undone, later + 2min);
  BOOST_TEST(d.preferred() == second.made.view.salt);
  BOOST_TEST(second.made.view.salt != 1u);  // its notices begin anew
  BOOST_TEST(d.at(second.made.view.salt)->sequence == 0u);
}

BOOST_AUTO_TEST_CASE(an_own_claim_of_that_user_takes_the_place) {
  taken d(decision::replace);
  d.prove(by("alpha", "ann", 5), later);  // undecided beside beta
  const auto made = d.put_back("alpha", "ann", d.lost, later + 1min);
  BOOST_TEST(made.made.view.salt == 5u);
  BOOST_TEST(d.preferred() == 5u);
  BOOST_TEST(d.record.mappings.size() == 2u);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
  BOOST_TEST((d.decide(5, decision::keep, later + 2min).code == errc::decision_already_made));
}

BOOST_AUTO_TEST_CASE(an_own_claim_of_another_user_goes) {
  taken d(decision::replace);
  d.prove(by("alpha", "amy", 5), soon);
  d.decide(5, decision::prefer, soon + 1min);
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(d.preferred() == 1u);
  BOOST_TEST(d.at(5) == nullptr);
  BOOST_TEST(d.count("alpha", proof_method::sms) == 1);
  const auto told = notices_of(*made.change, 5);
  BOOST_REQUIRE(told.size() == 2u);
  BOOST_TEST((told[0].type == event_type::mapping_removed && told[0].provider_id == "alpha"));
  BOOST_TEST((told[1].type == event_type::mapping_restored && told[1].provider_id == "beta"));
}

BOOST_AUTO_TEST_CASE(an_undecided_claim_of_another_stays_undecided) {
  taken d(decision::replace);
  d.prove(by("gamma", "gus", 3), later - 1min);
  d.put_back("alpha", "ann", d.lost);
  BOOST_TEST(d.preferred() == 1u);
  const auto stale = d.decide(3, decision::replace, later + 1min);
  BOOST_TEST((stale.code == errc::conflict));
  BOOST_TEST(stale.view.existing.size() == 2u);
}

BOOST_AUTO_TEST_CASE(only_who_lost_may_ask_and_only_in_time) {
  taken d(decision::prefer);
  BOOST_TEST((can_restore(d.lost, "alpha", soon) == errc::none));
  BOOST_TEST((can_restore(d.lost, "alpha", soon + restore_window - 1us) == errc::none));
  BOOST_TEST((can_restore(d.lost, "alpha", soon + restore_window) == errc::restore_window_closed));
  BOOST_TEST((can_restore(d.lost, "beta", soon) == errc::not_found));
  BOOST_TEST((can_restore(d.lost, "gamma", soon) == errc::not_found));
  const auto made = d.put_back("alpha", "ann", d.lost);
  BOOST_TEST((can_restore(made.undone, "alpha", soon) == errc::conflict));
}

BOOST_AUTO_TEST_SUITE_END()
