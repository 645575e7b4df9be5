// What time makes of a record: settled conflicts, proofs that have become old.
#include "domain/tending.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/domain/mapping_fixture.hpp"

namespace {

using namespace mapping_fixture;

constexpr std::chrono::microseconds year = std::chrono::hours(24 * 365);
constexpr std::chrono::microseconds moment{1};

proof in_germany(std::string provider, std::uint32_t salt) {
  auto out = by(std::move(provider), "ann", salt);
  out.region = "DE";
  return out;
}

/// Users of a provider by kind: fresh ones, due ones, those in Germany.
struct tally {
  int fresh = 0, due = 0, there = 0;
  void add(const std::vector<user_count_change>& counts) {
    for (const auto& change : counts) {
      (change.due ? due : fresh) += change.delta;
      there += change.region == "DE" ? change.delta : 0;
    }
  }
  bool is(int new_ones, int old_ones, int in_germany) const {
    return fresh == new_ones && due == old_ones && there == in_germany;
  }
};

struct kept {
  directory_record record;
  tally users;

  mapping_view prove(const proof& how, instant now) {
    auto out = apply_proof(record, how, now, window);
    record = out.next;
    users.add(out.counts);
    return out.view;
  }
  tending_outcome tend_at(instant now) {
    auto out = tend(record, now, year);
    if (out.changed) {
      record = out.next;
      users.add(out.counts);
    }
    return out;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(tending_rules)

BOOST_AUTO_TEST_CASE(a_proof_is_due_once_when_it_is_a_year_old) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  BOOST_TEST(k.users.is(1, 0, 1));
  BOOST_TEST(!k.tend_at(start + year - moment).changed);
  const auto out = k.tend_at(start + year);
  BOOST_REQUIRE_EQUAL(out.due.size(), 1u);
  BOOST_TEST(out.due[0].salt == 1u);
  BOOST_TEST(out.due[0].sequence == 1u);
  BOOST_TEST(k.users.is(0, 1, 1));
  BOOST_TEST(preferred_of(k.record)->salt == 1u);
  BOOST_TEST(!k.tend_at(start + year).changed);
  BOOST_TEST(!k.tend_at(start + year * 3).changed);
}

BOOST_AUTO_TEST_CASE(a_new_proof_makes_it_fresh_and_it_can_be_due_again) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  k.tend_at(start + year);
  k.prove(in_germany("alpha", 2), start + year + 1h);
  BOOST_TEST(k.users.is(1, 0, 1));
  BOOST_TEST(!k.tend_at(start + 2 * year).changed);
  const auto again = k.tend_at(start + 2 * year + 1h);
  BOOST_REQUIRE_EQUAL(again.due.size(), 1u);
  BOOST_TEST(again.due[0].sequence == 2u);
}

BOOST_AUTO_TEST_CASE(whoever_leaves_is_taken_off_the_sum_he_is_in) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  k.tend_at(start + year);
  const auto out = remove_claim(k.record, "alpha", 1, {}, start + year);
  k.users.add(out.counts);
  BOOST_TEST(k.users.is(0, 0, 0));

  kept displaced;
  displaced.prove(in_germany("alpha", 1), start);
  displaced.tend_at(start + year);
  displaced.prove(in_germany("beta", 2), start + year);
  const auto made = decide(displaced.record, "beta", 2, decision::replace, start + year);
  displaced.users.add(made.counts);
  BOOST_TEST(displaced.users.is(1, 0, 1));
}

BOOST_AUTO_TEST_CASE(what_was_never_proven_never_grows_old) {
  kept k;
  k.prove(by("alpha", "ann", 1, proof_method::asserted), start);
  BOOST_TEST(!k.tend_at(start + 10 * year).changed);
}

BOOST_AUTO_TEST_CASE(silence_settles_a_conflict_and_is_counted) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  k.prove(in_germany("beta", 2), start);
  BOOST_TEST(k.users.is(1, 0, 1));
  BOOST_TEST(!k.tend_at(start + window - moment).changed);
  BOOST_TEST(k.tend_at(start + window).changed);
  BOOST_TEST(k.users.is(2, 0, 2));
  BOOST_TEST(preferred_of(k.record)->salt == 1u);
  BOOST_TEST(!k.tend_at(start + window).changed);
}

BOOST_AUTO_TEST_CASE(one_that_is_still_undecided_is_due_only_once_settled) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  k.prove(in_germany("beta", 2), start);
  const auto late = k.tend_at(start + year);
  BOOST_TEST(late.due.size() == 2u);
  BOOST_TEST(k.users.is(0, 2, 2));
}

BOOST_AUTO_TEST_CASE(a_user_who_moves_to_another_region_is_counted_there) {
  kept k;
  k.prove(in_germany("alpha", 1), start);
  k.prove(by("alpha", "ann", 1), start + 1h);
  BOOST_TEST(k.users.is(1, 0, 0));
}

BOOST_AUTO_TEST_SUITE_END()
