// What the quota is for, in virtual time and with the code that serves: who scrapes learns next to
// nothing, who is honest does not notice. Figures are in docs/quota.md; the seed is fixed, so the
// test prints the same ones.
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "domain/lookup_lease.hpp"
#include "domain/quota.hpp"

using namespace glados;

namespace {

constexpr instant start{1'800'000'000'000'000};
constexpr std::int64_t second_us = 1'000'000, hour_us = 3'600 * second_us, day_us = 24 * hour_us;
constexpr std::int64_t days = 30;

/// One provider over three nodes that lease as session_lease.cpp does, reduced to its arithmetic.
class limiter {
 public:
  explicit limiter(std::uint64_t budget) { terms_.budget = budget; }

  /// Whether a lookup on that node is admitted; a hit gets its unit back.
  bool look_up(std::size_t number, bool hit, instant now) {
    auto& mine = nodes_[number];
    if (mine.units < lookup_cost_taken && !turn(number, now))
      return false;
    mine.units -= lookup_cost_taken - (hit ? lookup_hit_refund : 0);
    return true;
  }

 private:
  struct node {
    std::uint64_t units = 0;
  };

  /// Asks for what a waiting lookup lacks. Whether the node has its price then.
  bool turn(std::size_t number, instant now) {
    auto& mine = nodes_[number];
    lease_request ask;
    ask.node = std::to_string(number);
    ask.terms = terms_;
    ask.wanted = lookup_cost_taken - mine.units;  // what it has goes to the lookup first
    const auto got = lease(account_, ask, now);
    mine.units += got.granted;
    return mine.units >= lookup_cost_taken;
  }

  budget_terms terms_;
  lookup_account account_;
  std::array<node, 3> nodes_;
};

std::uint64_t budget_of(const user_counts& users) {
  return daily_lookup_budget({}, weighted_users(users), 1.0);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(quota_simulation)

BOOST_AUTO_TEST_CASE(a_scraper_with_a_million_fake_mail_users_learns_under_two_in_a_thousand) {
  constexpr std::uint64_t fakes = 1'000'000, domains = 100, directory = 10'000'000;
  user_counts users;
  for (std::uint64_t i = 0; i < domains; ++i)
    users.email += counted_in_domain({fakes / domains, 0}, false).fresh;
  limiter quota(budget_of(users));
  // A perfect list: every question is a hit, and it asks whenever it may, on whichever node.
  std::uint64_t learnt = 0, asked = 0;
  for (std::int64_t at = 0; at <= days * day_us; at += 20 * second_us)
    for (std::size_t node = 0; node < 3; ++node)
      while (++asked, quota.look_up(node, true, {start.us + at})) ++learnt;
  const double share = static_cast<double>(learnt) / directory;
  BOOST_TEST_MESSAGE("scraper: " << fakes << " users, budget " << budget_of(users) << " a day, "
                                 << learnt << " of " << directory << " learnt in " << days
                                 << " days (" << 100 * share << " %), " << asked << " asked");
  BOOST_TEST(share < 0.002);
  BOOST_TEST(learnt <= budget_of(users) * (days + 1));
  BOOST_TEST(learnt + 2 * 3 >= budget_of(users) * (days + 1));
}

BOOST_AUTO_TEST_CASE(an_honest_provider_sees_under_one_refusal_in_ten_thousand) {
  constexpr double new_identifiers = 0.5, hits = 0.7, peak = 4;
  for (const std::uint64_t people : {100u, 1'000u, 100'000u}) {
    user_counts users;
    users.phone = people;
    limiter quota(budget_of(users));
    std::mt19937_64 random(20'261'123);
    std::uint64_t asked = 0, refused = 0;
    // Six evening hours at four times the rate of the others, a minute at a time.
    const double per_hour = static_cast<double>(people) * new_identifiers / (18 + 6 * peak);
    for (std::int64_t minute = 0; minute < days * 24 * 60; ++minute) {
      const auto hour = minute / 60 % 24;
      const double rate = per_hour / 60 * (hour >= 17 && hour < 23 ? peak : 1);
      const auto arrivals = std::poisson_distribution<int>(rate)(random);
      for (int i = 0; i < arrivals; ++i) {
        const bool hit = std::bernoulli_distribution(hits)(random);
        const instant now{start.us + minute * 60 * second_us};
        ++asked;
        refused += quota.look_up(random() % 3, hit, now) ? 0 : 1;
      }
    }
    BOOST_TEST_MESSAGE("honest: " << people << " users, budget " << budget_of(users) << " a day, "
                                  << asked << " asked in " << days << " days, " << refused
                                  << " refused");
    BOOST_TEST(asked > 14 * people);
    BOOST_TEST(static_cast<double>(refused) < 0.0001 * static_cast<double>(asked));
  }
}

BOOST_AUTO_TEST_SUITE_END()
