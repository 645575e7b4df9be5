// What a seed makes of a workload, and what providers and users are likely to do.
#include "workload/model.hpp"

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>

using namespace glados::workload;

namespace {

traffic some_traffic() {
  traffic out;
  out.providers = 3;
  out.identifiers = 100;
  out.calls_per_second = 20;
  out.contested = 50;
  out.shares = {80, 12, 0, 3, 1, 0, 0, 2, 0, 2};
  return out;
}

constexpr int many = 100'000;

double part_of(int count) { return static_cast<double>(count) / many; }

}  // namespace

BOOST_AUTO_TEST_SUITE(workload_traffic)

BOOST_AUTO_TEST_CASE(a_seed_draws_within_the_ranges_and_every_end_is_reached) {
  ranges of;
  of.contested = {10, 12};
  of.decisions = {0, 2};
  std::map<unsigned, int> contested, decisions;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    draw chance(seed, "options");
    const auto drawn = draw_traffic(of, chance);
    BOOST_TEST(drawn.providers >= 2u);
    BOOST_TEST(drawn.providers <= 4u);
    ++contested[drawn.contested];
    ++decisions[drawn.share_of(action::decision)];
    BOOST_TEST(drawn.share_of(action::lookup) == 44u);
    BOOST_TEST(drawn.all_shares() ==
               44 + 16 + 4 + 4 + 3 + 2 + 6 + 5 + 4 + drawn.share_of(action::decision));
  }
  BOOST_TEST(contested.size() == 3u);
  BOOST_TEST(contested.begin()->first == 10u);
  BOOST_TEST(decisions.size() == 3u);
  BOOST_TEST(decisions.begin()->first == 0u);
}

BOOST_AUTO_TEST_CASE(a_number_that_is_no_range_costs_no_draw) {
  ranges of;
  of.providers = of.identifiers = of.calls_per_second = {5, 5};
  draw chance(7, "options"), untouched(7, "options");
  draw_traffic(of, chance);
  BOOST_TEST(chance.next() == untouched.next());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(workload_model)

BOOST_AUTO_TEST_CASE(actions_come_by_their_shares) {
  model by(some_traffic(), draw(1, "test"));
  std::array<int, action_count> seen{};
  for (int i = 0; i < many; ++i) ++seen[static_cast<std::size_t>(by.next_action())];
  for (std::size_t i = 0; i < action_count; ++i)
    BOOST_TEST(std::abs(part_of(seen[i]) - some_traffic().shares[i] / 100.0) < 0.005,
               to_string(static_cast<action>(i)));
  BOOST_TEST(seen[static_cast<std::size_t>(action::guess)] == 0);
}

BOOST_AUTO_TEST_CASE(half_of_the_calls_are_about_three_identifiers) {
  model by(some_traffic(), draw(2, "test"));
  int contested = 0;
  unsigned last = 0;
  for (int i = 0; i < many; ++i) {
    const auto who = by.any_identifier();
    contested += who < 3;
    last = std::max(last, who);
  }
  BOOST_TEST(std::abs(part_of(contested) - (0.5 + 0.5 * 3 / 100)) < 0.01);
  BOOST_TEST(last == 99u);
}

BOOST_AUTO_TEST_CASE(where_there_are_fewer_than_three_all_are_contested) {
  auto few = some_traffic();
  few.identifiers = 1;
  model by(few, draw(2, "test"));
  for (int i = 0; i < 100; ++i) BOOST_TEST(by.any_identifier() == 0u);
}

BOOST_AUTO_TEST_CASE(calls_come_at_their_rate) {
  model by(some_traffic(), draw(3, "test"));
  double sum = 0;
  for (int i = 0; i < many; ++i) sum += static_cast<double>(by.pause());
  BOOST_TEST(sum / many == 1e6 / 20, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_CASE(the_newest_are_the_last_ones) {
  model by(some_traffic(), draw(4, "test"));
  std::map<std::size_t, int> seen;
  for (int i = 0; i < 1'000; ++i) ++seen[by.newest_of(50, newest_claims)];
  BOOST_TEST(seen.size() == newest_claims);
  BOOST_TEST(seen.begin()->first == 45u);
  for (int i = 0; i < 100; ++i) BOOST_TEST(by.newest_of(2, newest_claims) < 2u);
}

BOOST_AUTO_TEST_CASE(without_a_token_one_is_issued) {
  model by(some_traffic(), draw(5, "test"));
  std::map<token_action, int> seen;
  for (int i = 0; i < 1'000; ++i) {
    BOOST_TEST((by.next_token_action(false) == token_action::issue));
    ++seen[by.next_token_action(true)];
  }
  BOOST_TEST(seen.size() == 3u);
  BOOST_TEST(seen[token_action::use] >
             2 * (seen[token_action::issue] + seen[token_action::revoke]) / 3);
}

BOOST_AUTO_TEST_CASE(a_seed_decides_everything) {
  const auto take = [](std::uint64_t seed) {
    model by(some_traffic(), draw(seed, "test"));
    std::vector<std::int64_t> out;
    for (int i = 0; i < 50; ++i) {
      out.push_back(static_cast<std::int64_t>(by.next_action()));
      out.push_back(by.any_identifier());
      out.push_back(by.typing());
    }
    return out;
  };
  BOOST_TEST(take(1) == take(1));
  BOOST_TEST(take(1) != take(2));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(workload_draw)

BOOST_AUTO_TEST_CASE(purposes_and_lanes_know_nothing_of_each_other) {
  BOOST_TEST(draw(1, "a").next() != draw(1, "b").next());
  BOOST_TEST(draw(1, "a", 0).next() != draw(1, "a", 1).next());
  BOOST_TEST(draw(1, "a", 1).next() == draw(1, "a", 1).next());
}

BOOST_AUTO_TEST_CASE(uniform_stays_below_one_and_exponential_has_its_mean) {
  draw from(3, "test");
  double sum = 0;
  for (int i = 0; i < many; ++i) {
    const auto one = from.uniform();
    BOOST_REQUIRE(one >= 0);
    BOOST_REQUIRE(one < 1);
    sum += from.exponential(0.4);
  }
  BOOST_TEST(sum / many == 0.4, boost::test_tools::tolerance(0.02));
}

BOOST_AUTO_TEST_SUITE_END()
