#include "domain/gcra.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <thread>
#include <vector>

using namespace glados;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t second = 1'000'000'000;
constexpr std::int64_t t0 = 1'800'000'000 * second;  // some day in 2027

/// How many single units are admitted at one moment, and the state after it.
std::uint64_t drain(const gcra_policy& policy, std::int64_t& tat, std::int64_t now,
                    std::uint64_t most) {
  std::uint64_t admitted = 0;
  while (admitted < most) {
    const auto d = decide(policy, tat, now, 1);
    if (!d.admitted)
      break;
    tat = d.tat;
    ++admitted;
  }
  return admitted;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gcra)

BOOST_AUTO_TEST_CASE(the_burst_is_the_budget_to_the_unit) {
  for (const std::uint64_t budget : {1u, 2u, 3u, 7u, 100u, 999u}) {
    std::int64_t tat = 0;
    BOOST_TEST(drain({budget, 86'400s}, tat, t0, 2000) == budget);
  }
}

BOOST_AUTO_TEST_CASE(units_come_back_one_by_one_and_not_a_nanosecond_early) {
  const gcra_policy policy{100, 1000s};  // one in 10 s
  std::int64_t tat = 0;
  drain(policy, tat, t0, 1000);
  const auto refused = decide(policy, tat, t0, 1);
  BOOST_TEST(!refused.admitted);
  BOOST_TEST(refused.tat == tat);
  BOOST_TEST(refused.remaining == 0u);
  BOOST_TEST(refused.retry_after.count() == 10 * second);
  BOOST_TEST(refused.reset.count() == 1000 * second);
  BOOST_TEST(!decide(policy, tat, t0 + 10 * second - 1, 1).admitted);
  const auto again = decide(policy, tat, t0 + 10 * second, 1);
  BOOST_TEST(again.admitted);
  BOOST_TEST(again.remaining == 0u);
  BOOST_TEST(!decide(policy, again.tat, t0 + 10 * second, 1).admitted);
}

BOOST_AUTO_TEST_CASE(remaining_and_reset_tell_the_truth) {
  const gcra_policy policy{10, 100s};
  const auto first = decide(policy, 0, t0, 3);
  BOOST_TEST(first.admitted);
  BOOST_TEST(first.remaining == 7u);
  BOOST_TEST(first.reset.count() == 30 * second);
  const auto look = decide(policy, first.tat, t0 + 10 * second, 0);
  BOOST_TEST(look.admitted);
  BOOST_TEST(look.remaining == 8u);
  const auto rested = decide(policy, first.tat, t0 + 3600 * second, 0);
  BOOST_TEST(rested.remaining == 10u);
  BOOST_TEST(rested.reset.count() == 0);
}

BOOST_AUTO_TEST_CASE(a_cost_over_the_budget_is_never_admitted) {
  const gcra_policy policy{10, 100s};
  BOOST_TEST(decide(policy, 0, t0, 10).admitted);
  const auto d = decide(policy, 0, t0, 11);
  BOOST_TEST(!d.admitted);
  BOOST_TEST(d.remaining == 10u);
  BOOST_TEST((d.retry_after == 100s));
  BOOST_TEST(!decide(policy, 0, t0, UINT64_MAX).admitted);
}

BOOST_AUTO_TEST_CASE(no_budget_admits_nothing) {
  for (const gcra_policy& policy :
       {gcra_policy{0, 86'400s}, gcra_policy{5, 0s}, gcra_policy{5, -3s}}) {
    BOOST_TEST(!decide(policy, 0, t0, 1).admitted);
    BOOST_TEST(decide(policy, 0, t0, 0).admitted);
    BOOST_TEST(give_back(policy, t0, 4) == t0);
  }
  BOOST_TEST((decide({0, 86'400s}, 0, t0, 1).retry_after == 86'400s));
}

BOOST_AUTO_TEST_CASE(what_comes_back_can_be_spent_again) {
  const gcra_policy policy{4, 400s};
  std::int64_t tat = 0;
  for (int hit = 0; hit < 3; ++hit) {  // take 2, give 1 back: a hit costs 1
    const auto d = decide(policy, tat, t0, 2);
    BOOST_TEST(d.admitted);
    tat = give_back(policy, d.tat, 1);
  }
  BOOST_TEST(!decide(policy, tat, t0, 2).admitted);
  BOOST_TEST(drain(policy, tat, t0, 10) == 1u);
}

BOOST_AUTO_TEST_CASE(huge_budgets_do_not_overflow) {
  const std::uint64_t budgets[] = {1'000'000'000u, 86'400'000'000'000u, 86'400'000'000'001u,
                                   UINT64_MAX};
  for (const std::uint64_t budget : budgets) {
    const gcra_policy policy{budget, 86'400s};
    const auto effective = std::min<std::uint64_t>(budget, 86'400'000'000'000u);
    const auto all = decide(policy, 0, t0, effective);
    BOOST_TEST(all.admitted);
    BOOST_TEST(all.remaining == 0u);
    BOOST_TEST(all.tat > t0);
    BOOST_TEST(!decide(policy, all.tat, t0, 1).admitted);
    BOOST_TEST(decide(policy, all.tat, t0 + 86'401, 1).admitted);
    BOOST_TEST(give_back(policy, all.tat, effective) == t0);
  }
  const gcra_policy age{10, std::chrono::seconds(INT64_MAX)};
  BOOST_TEST(decide(age, 0, t0, 10).admitted);
}

BOOST_AUTO_TEST_CASE(a_clock_that_steps_back_gives_nothing_away) {
  const gcra_policy policy{5, 50s};
  std::int64_t tat = 0;
  drain(policy, tat, t0, 10);
  BOOST_TEST(drain(policy, tat, t0 - 20 * second, 10) == 0u);
}

BOOST_AUTO_TEST_CASE(no_span_admits_more_than_the_budget_and_its_refill) {
  // Every pair of moments is a span; the sums over all of them are compared with the law.
  for (std::uint64_t seed = 1; seed <= 40; ++seed) {
    std::mt19937_64 random(seed);
    const std::uint64_t budget = 1 + random() % 50;
    const gcra_policy policy{budget, std::chrono::seconds(1 + random() % 100)};
    const auto window = policy.window.count() * second;
    std::vector<std::pair<std::int64_t, std::uint64_t>> admitted;
    std::int64_t tat = 0;
    std::int64_t now = t0;
    for (int i = 0; i < 300; ++i) {
      now += static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(window / 10 + 1));
      const std::uint64_t cost = 1 + random() % 3;
      const auto d = decide(policy, tat, now, cost);
      if (d.admitted)
        admitted.emplace_back(now, cost);
      tat = d.tat;
    }
    for (std::size_t i = 0; i < admitted.size(); ++i) {
      std::uint64_t sum = 0;
      for (std::size_t k = i; k < admitted.size(); ++k) {
        sum += admitted[k].second;
        const long double span = static_cast<long double>(admitted[k].first - admitted[i].first);
        const long double law = static_cast<long double>(budget) * (1 + span / window);
        BOOST_REQUIRE_MESSAGE(static_cast<long double>(sum) <= law + 1e-9L, "seed " << seed);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(threads_together_admit_exactly_the_budget) {
  const gcra_policy policy{20'000, 86'400s};
  atomic_gcra shared;
  std::atomic<std::uint64_t> admitted{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 10'000; ++k)
        if (shared.admit(policy, t0, 1).admitted)
          admitted.fetch_add(1);
    });
  for (auto& one : threads) one.join();
  BOOST_TEST(admitted.load() == policy.budget);
}

BOOST_AUTO_TEST_CASE(threads_that_refund_never_spend_more_than_the_budget) {
  const gcra_policy policy{10'000, 86'400s};
  atomic_gcra shared;
  std::atomic<std::uint64_t> spent{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&] {
      for (int k = 0; k < 4'000; ++k)
        if (shared.admit(policy, t0, 2).admitted) {
          shared.refund(policy, 1);
          spent.fetch_add(1);
        }
    });
  for (auto& one : threads) one.join();
  // The last unit cannot pay for a price of 2, and up to four refunds may have been under way.
  BOOST_TEST(spent.load() <= policy.budget);
  BOOST_TEST(spent.load() >= policy.budget - 8);
}

BOOST_AUTO_TEST_CASE(a_new_budget_keeps_the_share_that_is_spent) {
  atomic_gcra shared;
  BOOST_TEST(shared.admit({100, 1000s}, t0, 50).admitted);
  BOOST_TEST(shared.admit({1000, 1000s}, t0, 0).remaining == 500u);
  BOOST_TEST(shared.admit({10, 1000s}, t0, 0).remaining == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
