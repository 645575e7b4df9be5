// The lookup budget over several nodes: the session actors, their local leases and the store.
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "lease_stage.hpp"
#include "seeds.hpp"

using namespace glados;
using namespace glados::testing;
using kind = lease_stage::kind;
using fault = storage::simulated_store::fault;

namespace {

constexpr double window_us = 86'400e6;

std::uint64_t cost_of(kind what) { return what == kind::hit ? 1 : what == kind::miss ? 2 : 0; }

/// Lookups on all nodes in turn until each of them refuses; what they cost. A little time passes,
/// as each grant is rounded up to a microsecond.
std::uint64_t drain(lease_stage& at, kind what) {
  std::uint64_t cost = 0;
  for (std::size_t refused = 0, turn = 0; refused < at.size(); ++turn) {
    at.store.advance(10us);
    const auto code = at.look_up_now(turn % at.size(), what);
    refused = code == errc::rate_limited ? refused + 1 : 0;
    cost += code == errc::none ? cost_of(what) : 0;
  }
  return cost;
}

struct admission {
  instant at;
  std::uint64_t cost;
};

/// No span admits more than its largest budget and what comes back of that; empty when all is well.
std::string over_budget(const std::vector<admission>& all,
                        const std::map<instant, double>& budgets) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    double sum = 0;
    for (std::size_t k = i; k < all.size(); ++k) {
      sum += static_cast<double>(all[k].cost);
      double most = 0;
      auto one = budgets.upper_bound(all[i].at);
      for (--one; one != budgets.end() && one->first <= all[k].at; ++one)
        most = std::max(most, one->second);
      const auto span = static_cast<double>((all[k].at - all[i].at).count());
      if (sum > most * (1 + span / window_us) + 1e-6)
        return std::to_string(sum) + " of " + std::to_string(most) + " in " +
               std::to_string(span / 1e6) + " s";
    }
  }
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(lookup_leases)

BOOST_AUTO_TEST_CASE(one_node_spends_the_budget_to_the_last_price) {
  for (const std::uint64_t budget : {0u, 1u, 2u, 3u, 7u, 100u, 101u, 1000u}) {
    for (const kind what : {kind::hit, kind::miss}) {
      lease_stage at(budget);
      const auto cost = drain(at, what);
      BOOST_TEST(cost <= budget);
      // The last unit cannot pay the price of 2 that is taken first.
      BOOST_TEST(cost + 1 >= budget, "of " << budget << " only " << cost);
    }
  }
}

BOOST_AUTO_TEST_CASE(three_nodes_spend_no_more_and_hold_at_most_the_bound) {
  for (const std::uint64_t budget : {100u, 150u, 999u, 10'000u}) {
    lease_stage at(budget, 3);
    const auto cost = drain(at, kind::miss);
    BOOST_TEST(cost <= budget);
    BOOST_TEST(cost + lease_bound(budget) >= budget, "of " << budget << " only " << cost);
    BOOST_TEST(at.held() <= lease_bound(budget));
  }
}

BOOST_AUTO_TEST_CASE(a_large_budget_costs_no_round_trip_a_lookup) {
  lease_stage at(1'000'000'000);
  for (int i = 0; i < 10'000; ++i) BOOST_REQUIRE((at.look_up_now(0, kind::miss) == errc::none));
  BOOST_TEST(at.leases == 1u);
  // Each grant is rounded up to a microsecond, 0.01 units of this budget.
  BOOST_TEST(at.lease(0).remaining(at.now()) >= 1'000'000'000u - 20'001);
}

BOOST_AUTO_TEST_CASE(nor_does_it_at_the_nodes_that_are_called_later) {
  lease_stage at(1'000'000'000, 3);
  for (std::size_t node = 0; node < at.size(); ++node)
    for (int i = 0; i < 10'000; ++i)
      BOOST_REQUIRE((at.look_up_now(node, kind::miss) == errc::none));
  BOOST_TEST(at.leases == at.size());
}

BOOST_AUTO_TEST_CASE(a_lease_is_filled_before_it_is_empty) {
  lease_stage at(100'000);
  BOOST_TEST((at.look_up_now(0, kind::miss) == errc::none));
  BOOST_TEST(at.lease(0).units() == 500u);
  for (int i = 0; i < 20'000; ++i) {
    BOOST_REQUIRE(at.lease(0).units() >= 2u);
    BOOST_REQUIRE((at.look_up_now(0, kind::miss) == errc::none));
  }
}

BOOST_AUTO_TEST_CASE(what_is_not_used_is_given_back) {
  for (const bool by_stopping : {false, true}) {
    lease_stage at(100'000, 2);
    BOOST_TEST((at.look_up_now(0, kind::hit) == errc::none));
    BOOST_TEST(at.held() == 500u);
    if (by_stopping)
      at.stop(0);
    else
      for (int i = 0; i < 20; ++i) at.advance(800ms);
    BOOST_TEST(at.held() == 0u);
    BOOST_TEST((at.look_up_now(1, kind::unanswered) == errc::none));
    BOOST_TEST(at.lease(1).remaining(at.now()) >= 99'999u);
  }
}

BOOST_AUTO_TEST_CASE(an_empty_lease_is_no_empty_budget) {
  lease_stage at(10'000);
  const auto came_in = at.now();
  at.store.advance(1ms);
  BOOST_TEST((at.look_up_now(0, kind::miss) == errc::none));
  for (int i = 0; i < 20; ++i) at.advance(800ms);
  BOOST_TEST(at.lease(0).units() == 0u, "nothing was given back");
  BOOST_TEST(!at.lease(0).known_empty(came_in), "a question that waits already would be refused");
}

BOOST_AUTO_TEST_CASE(a_hit_beyond_the_lease_gives_its_unit_back) {
  lease_stage at(100);
  for (int i = 0; i < 8; ++i) at.look_up(0, kind::hit);
  at.run();
  BOOST_TEST(at.held() <= 2u);
  BOOST_TEST(at.lease(0).remaining(at.now()) == 92u);
}

BOOST_AUTO_TEST_CASE(a_crash_loses_what_was_leased_and_gains_nothing) {
  lease_stage at(10'000);
  std::uint64_t cost = 0;
  for (int i = 0; i < 1000; ++i) {
    BOOST_REQUIRE((at.look_up_now(0, kind::miss) == errc::none));
    cost += 2;
  }
  at.crash(0);
  cost += drain(at, kind::miss);
  BOOST_TEST(cost <= 10'000u);
  BOOST_TEST(cost + 100 >= 10'000u);
}

/// A session that starts must not tell storage a budget before it has read the users that make it.
BOOST_AUTO_TEST_CASE(a_restart_regains_nothing_however_small_the_base) {
  lease_stage at(10);
  at.add_users(9'990);
  at.advance(800ms);
  std::uint64_t cost = 0;
  for (int i = 0; i < 4'000; ++i) {
    BOOST_REQUIRE((at.look_up_now(0, kind::miss) == errc::none));
    cost += 2;
  }
  for (int i = 0; i < 5; ++i) {
    at.crash(0);
    BOOST_TEST((at.look_up_now(0, kind::miss) == errc::none));
    cost += 2;
  }
  BOOST_TEST(at.lease(0).budget() == 10'000u);
  cost += drain(at, kind::miss);
  BOOST_TEST(cost <= 10'000u);
  BOOST_TEST(cost + 6 * 100 >= 10'000u);
}

BOOST_AUTO_TEST_CASE(no_answer_costs_nothing) {
  lease_stage at(100);
  for (int i = 0; i < 300; ++i) BOOST_REQUIRE((at.look_up_now(0, kind::unanswered) == errc::none));
  BOOST_TEST(at.lease(0).remaining(at.now()) == 100u);
}

BOOST_AUTO_TEST_CASE(a_lookup_waits_no_longer_than_storage_and_says_why) {
  lease_stage at(100);
  errc seen = errc::none;
  at.look_up(0, kind::miss, [&](errc code) { seen = code; });
  at.fail_storage(fault::refuse);
  at.run();
  BOOST_TEST((seen == errc::storage_unavailable));
  BOOST_TEST((at.look_up_now(0, kind::miss) == errc::none));
}

BOOST_AUTO_TEST_CASE(a_lost_answer_of_storage_costs_units_but_no_lookup) {
  lease_stage at(1000);
  std::vector<errc> seen;
  for (int i = 0; i < 3; ++i) at.look_up(0, kind::miss, [&](errc code) { seen.push_back(code); });
  at.fail_storage(fault::lose_answer);
  at.run();
  BOOST_TEST(seen.size() == 3u);
  for (const auto code : seen) BOOST_TEST((code == errc::none));
  const auto cost = 6 + drain(at, kind::miss);
  BOOST_TEST(cost <= 1000u - 6);  // what the first question was granted stays spent
  BOOST_TEST(cost + 2 * lease_bound(1000) >= 1000u, "only " << cost);
}

BOOST_AUTO_TEST_CASE(a_second_lost_answer_is_told) {
  lease_stage at(1000);
  errc seen = errc::internal;
  at.look_up(0, kind::miss, [&](errc code) { seen = code; });
  at.fail_storage(fault::lose_answer);
  BOOST_TEST((seen == errc::internal), "it was not asked for again");
  at.fail_storage(fault::lose_answer);
  at.run();
  BOOST_TEST((seen == errc::outcome_unknown));
  BOOST_TEST((at.look_up_now(0, kind::miss) == errc::none));
}

BOOST_AUTO_TEST_CASE(a_smaller_budget_takes_a_large_lease_away_at_once) {
  lease_stage at(1'000'000, 2);
  for (std::size_t node : {0u, 1u}) BOOST_REQUIRE((at.look_up_now(node, kind::miss) == errc::none));
  BOOST_TEST(at.held() == 7'500u);
  at.fix(20);
  for (std::size_t node : {0u, 1u}) at.tell(node);
  BOOST_TEST(at.held() == 0u);
  const auto cost = drain(at, kind::miss);
  BOOST_TEST(cost <= 20u);
  BOOST_TEST(cost >= 18u);
}

BOOST_AUTO_TEST_CASE(a_node_that_was_not_told_yet_learns_it_from_storage) {
  lease_stage at(1'000'000, 2);
  for (std::size_t node : {0u, 1u}) BOOST_REQUIRE((at.look_up_now(node, kind::miss) == errc::none));
  at.fix(20);
  at.tell(0);
  BOOST_TEST((at.look_up_now(0, kind::hit) == errc::none));
  for (int i = 0; i < 20; ++i) at.advance(800ms);  // node 1 renews its lease or gives it back
  BOOST_TEST(at.lease(1).units() <= 2u);
  BOOST_TEST(drain(at, kind::miss) <= 20u);
}

BOOST_AUTO_TEST_CASE(a_larger_budget_works_within_a_second) {
  lease_stage at(10);
  drain(at, kind::miss);
  at.fix(100);
  at.tell(0);
  const auto cost = drain(at, kind::miss);
  BOOST_TEST(cost <= 90u);
  BOOST_TEST(cost >= 88u);
  at.fix(std::nullopt);
  at.tell(0);
  BOOST_TEST((at.look_up_now(0, kind::miss) == errc::rate_limited));
  BOOST_TEST(at.lease(0).budget() == 10u);
}

BOOST_AUTO_TEST_CASE(users_who_come_and_go_bring_no_burst) {
  lease_stage at(100);
  std::uint64_t cost = drain(at, kind::miss);
  for (int i = 0; i < 50; ++i) {
    at.add_users(2);
    at.advance(800ms);
    cost += drain(at, kind::miss);
    at.add_users(-2);
    at.advance(800ms);
    cost += drain(at, kind::miss);
  }
  BOOST_TEST(cost <= 102u);
}

/// Lookups, lost answers, crashes, stops and users at random over three nodes: no span of any
/// length admits more than the largest budget it saw.
BOOST_AUTO_TEST_CASE(no_span_admits_more_whatever_happens) {
  const auto [first, end] = seeds(150);
  for (auto seed = first; seed < end; ++seed) {
    std::mt19937_64 random(seed);
    const auto below = [&](std::uint64_t n) { return random() % n; };
    const auto base = std::uint64_t{20} + below(400);
    lease_stage at(base, 3);
    auto users = std::int32_t{0};
    std::map<instant, double> budgets{{instant{0}, static_cast<double>(base)}};
    std::vector<admission> admitted;
    for (int i = 0; i < 400; ++i) {
      const auto what = below(100);
      const auto node = below(3);
      if (what < 80) {
        const auto how = static_cast<kind>(below(3));
        const auto began = at.now();
        for (auto times = below(8); times-- > 0;)
          at.look_up(node, how, [&, how, began](errc code) {
            if (code == errc::none)
              admitted.push_back({began, cost_of(how)});
          });
        if (const auto then = below(10); then == 0)
          at.fail_storage(fault::lose_answer);
        else if (then < 5)
          at.run();
      } else if (what < 84) {
        at.crash(node);
      } else if (what < 88) {
        at.stop(node);
      } else if (what < 92) {
        const auto delta = static_cast<std::int32_t>(below(20)) - std::min(users, 9);
        users += delta;
        at.run();
        at.add_users(delta);
        budgets[at.now()] = static_cast<double>(base) + std::max<double>(users, users - delta);
        for (int sweeps = 0; sweeps < 2; ++sweeps) at.advance(800ms);
        budgets[at.now()] = static_cast<double>(base) + users;
      } else {
        at.run();
        at.advance(std::chrono::seconds(below(what < 96 ? 30 : 20'000)));
      }
    }
    at.run();
    const auto broken = over_budget(admitted, budgets);
    BOOST_REQUIRE_MESSAGE(broken.empty(), "seed " << seed << ": " << broken);
  }
}

BOOST_AUTO_TEST_SUITE_END()
