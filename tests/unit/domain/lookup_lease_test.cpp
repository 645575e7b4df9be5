#include "domain/lookup_lease.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <vector>

using namespace glados;
using namespace std::chrono_literals;

namespace {

constexpr instant t0{1'800'000'000'000'000};  // some day in 2027
constexpr std::int64_t day = 86'400'000'000;

lease_request want(std::uint64_t budget, std::uint64_t units, const std::string& node = "a") {
  lease_request out;
  out.node = node;
  out.terms.budget = budget;
  out.wanted = units;
  out.hold = false;
  return out;
}

lease_request hold(std::uint64_t budget, std::uint64_t held, const std::string& node = "a") {
  auto out = want(budget, 0, node);
  out.hold = true;
  out.held = held;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lookup_lease)

BOOST_AUTO_TEST_CASE(the_burst_is_the_budget_to_the_unit) {
  for (const std::uint64_t budget : {1u, 2u, 3u, 7u, 100u, 999u, 86'401u}) {
    lookup_account at;
    BOOST_TEST(lease(at, want(budget, budget + 5), t0).granted == budget);
    BOOST_TEST(lease(at, want(budget, 1), t0).granted == 0u);
    BOOST_TEST(units_left(budget, at.tat, t0) == 0u);
    BOOST_TEST(units_left(budget, at.tat, t0 + std::chrono::hours(24)) == budget);
  }
}

BOOST_AUTO_TEST_CASE(units_come_back_one_by_one_and_not_a_microsecond_early) {
  lookup_account at;
  lease(at, want(100, 100), t0);  // one comes back every 864 s
  const auto next = t0 + 864s;
  BOOST_TEST((wait_for_units(100, at.tat, t0, 1) == 864s));
  BOOST_TEST((wait_for_units(100, at.tat, t0, 2) == 1728s));
  BOOST_TEST(lease(at, want(100, 5), next - 1us).granted == 0u);
  BOOST_TEST(lease(at, want(100, 5), next).granted == 1u);
  BOOST_TEST(lease(at, want(100, 5), next).granted == 0u);
}

BOOST_AUTO_TEST_CASE(what_is_more_than_the_budget_is_waited_for_in_vain) {
  BOOST_TEST((wait_for_units(1, t0.us, t0, 2) == 24h));
  BOOST_TEST((wait_for_units(0, t0.us, t0, 1) == 24h));
  BOOST_TEST((wait_for_units(2, t0.us, t0, 2) == 0s));
  BOOST_TEST((wait_for_units(0, t0.us, t0, 0) == 0s));
}

BOOST_AUTO_TEST_CASE(no_budget_grants_nothing) {
  lookup_account at;
  const auto got = lease(at, hold(0, 0), t0);
  BOOST_TEST((got.granted == 0u && got.limit == 0u));
  BOOST_TEST(lease(at, want(0, 2), t0).granted == 0u);
}

BOOST_AUTO_TEST_CASE(huge_budgets_do_not_overflow) {
  for (const std::uint64_t budget : {1'000'000'000ull, 1'000'000'000'000'000ull}) {
    lookup_account at;
    BOOST_TEST(lease(at, want(budget, budget), t0).granted == budget);
    BOOST_TEST(at.tat == t0.us + day);
    BOOST_TEST(lease(at, want(budget, 1), t0).granted == 0u);
    auto back = want(budget, 0);
    back.returned = back.returned_budget = budget;
    lease(at, back, t0);
    BOOST_TEST(at.tat == t0.us);
  }
}

BOOST_AUTO_TEST_CASE(what_is_held_stays_within_the_bound_over_all_nodes) {
  BOOST_TEST(lease_bound(0) == 0u);
  BOOST_TEST(lease_bound(1) == 2u);
  BOOST_TEST(lease_bound(299) == 2u);
  BOOST_TEST(lease_bound(300) == 3u);
  lookup_account at;
  BOOST_TEST(lease(at, hold(100'000, 0, "a"), t0).granted == 500u);
  BOOST_TEST(lease(at, hold(100'000, 0, "b"), t0).granted == 250u);
  const auto again = lease(at, hold(100'000, 500, "a"), t0);  // now it has to share
  BOOST_TEST((again.granted == 0u && again.limit == 375u));
  auto shared = hold(100'000, 375, "a");
  shared.returned = 125;
  shared.returned_budget = 100'000;
  lease(at, shared, t0);
  BOOST_TEST(lease(at, hold(100'000, 250, "b"), t0).granted == 62u);
  BOOST_TEST(lease(at, hold(100'000, 0, "c"), t0).granted == 156u);
  BOOST_TEST(units_left(100'000, at.tat, t0) == 100'000u - 375u - 312u - 156u);
}

BOOST_AUTO_TEST_CASE(a_request_is_served_even_where_nothing_may_be_held) {
  lookup_account at;
  BOOST_TEST(lease(at, hold(100, 0, "a"), t0).granted == 2u);
  auto both = hold(100, 0, "b");
  both.wanted = 4;
  const auto got = lease(at, both, t0);
  BOOST_TEST((got.granted == 4u && got.limit == 0u));
}

BOOST_AUTO_TEST_CASE(whoever_comes_next_finds_something_to_hold) {
  lookup_account at;
  std::uint64_t together = 0;
  for (const char* node : {"a", "b", "c", "d", "e"}) {
    const auto got = lease(at, hold(1'000'000, 0, node), t0);
    BOOST_TEST(got.granted > 300u);
    together += got.granted;
  }
  BOOST_TEST(together < lease_bound(1'000'000));
}

BOOST_AUTO_TEST_CASE(a_node_that_is_gone_is_forgotten_and_its_units_stay_spent) {
  lookup_account at;
  lease(at, hold(10'000, 0, "a"), t0);
  BOOST_TEST(lease(at, hold(10'000, 0, "b"), t0 + lease_lifetime - 1us).granted == 25u);
  const auto later = t0 + lease_lifetime;
  BOOST_TEST(lease(at, hold(10'000, 0, "b"), later).granted == 50u);
  BOOST_TEST(units_left(10'000, at.tat, later) == 9'878u);  // three came back
  // A new incarnation takes its predecessor's place at once.
  lookup_account other;
  lease(other, hold(10'000, 0, "a"), t0);
  BOOST_TEST(lease(other, hold(10'000, 0, "a"), t0).granted == 50u);
}

BOOST_AUTO_TEST_CASE(as_many_units_stay_spent_when_users_come_and_go) {
  lookup_account at;
  lease(at, want(1000, 600), t0);
  BOOST_TEST(lease(at, want(1200, 0), t0).granted == 0u);
  BOOST_TEST(units_left(1200, at.tat, t0) == 600u);
  lease(at, want(500, 0), t0);  // more is spent than there is
  BOOST_TEST(units_left(500, at.tat, t0) == 0u);
  BOOST_TEST(units_left(500, at.tat, t0 + std::chrono::microseconds(day / 5)) == 0u);
  lease(at, want(1000, 0), t0);
  BOOST_TEST(units_left(1000, at.tat, t0) >= 399u);
  BOOST_TEST(units_left(1000, at.tat, t0) <= 400u);
}

BOOST_AUTO_TEST_CASE(a_smaller_override_keeps_the_share_and_a_larger_one_the_units) {
  lookup_account at;
  lease(at, want(1'000'000, 3'000), t0);
  auto cut = want(100, 0);
  cut.terms.fixed = true;
  cut.terms.version = 1;
  lease(at, cut, t0);
  BOOST_TEST(units_left(100, at.tat, t0) == 99u);
  cut.wanted = 99;
  BOOST_TEST(lease(at, cut, t0).granted == 99u);
  auto raised = cut;
  raised.terms = {1'000, 2, true};
  raised.wanted = 0;
  lease(at, raised, t0);
  BOOST_TEST(units_left(1'000, at.tat, t0) == 900u);
}

BOOST_AUTO_TEST_CASE(the_newer_terms_are_in_force) {
  lookup_account at;
  auto fresh = want(10, 0);
  fresh.terms = {10, 5, true};
  lease(at, fresh, t0);
  auto stale = want(1'000'000, 20);
  stale.terms = {1'000'000, 4, false};
  const auto got = lease(at, stale, t0);
  BOOST_TEST((got.granted == 10u && got.budget == 10u));
}

BOOST_AUTO_TEST_CASE(units_of_a_larger_budget_come_back_as_less_of_a_smaller_one) {
  lookup_account at;
  auto first = hold(1'000'000, 0, "b");
  first.wanted = 5'000;
  BOOST_TEST(lease(at, first, t0).granted == 10'000u);
  lease(at, want(1'000'000, 990'000), t0);
  auto cut = want(100, 0);
  cut.terms = {100, 1, true};
  lease(at, cut, t0);
  BOOST_TEST(units_left(100, at.tat, t0) == 0u);
  auto back = want(1'000'000, 0, "b");
  back.returned = 10'000;
  back.returned_budget = 1'000'000;
  lease(at, back, t0);  // 1 % of the old one
  BOOST_TEST(units_left(100, at.tat, t0) == 1u);
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_gives_nothing_away) {
  lookup_account at;
  lease(at, want(5, 5), t0);
  BOOST_TEST(lease(at, want(5, 5), t0 - 20s).granted == 0u);
}

BOOST_AUTO_TEST_CASE(no_span_grants_more_than_the_budget_and_its_refill) {
  // Every pair of moments is a span; the sums over all of them are compared with the law.
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t budget = 1 + random() % 500;
    std::vector<std::pair<instant, std::int64_t>> granted;
    lookup_account at;
    std::uint64_t held = 0;
    auto now = t0;
    for (int i = 0; i < 300; ++i) {
      now = now + std::chrono::microseconds(random() % (day / 10));
      auto ask = want(budget, random() % 20);
      ask.hold = random() % 2 == 0;
      ask.returned = held > 0 ? random() % held : 0;
      ask.returned_budget = budget;
      held -= ask.returned;
      ask.held = held;
      const auto got = lease(at, ask, now);
      held += got.granted - std::min(got.granted, ask.wanted);
      granted.emplace_back(
          now, static_cast<std::int64_t>(got.granted) - static_cast<std::int64_t>(ask.returned));
    }
    for (std::size_t i = 0; i < granted.size(); ++i) {
      std::int64_t sum = 0;
      for (std::size_t k = i; k < granted.size(); ++k) {
        sum += granted[k].second;
        const auto span = static_cast<double>((granted[k].first - granted[i].first).count());
        const double law = static_cast<double>(budget) * (1 + span / day);
        BOOST_REQUIRE_MESSAGE(static_cast<double>(sum) <= law + 1e-6, "seed " << seed);
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
