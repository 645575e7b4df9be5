// Strikes, how they fade, and the ladder (api.md section 6).
#include "domain/standing.hpp"

#include <boost/test/unit_test.hpp>

namespace {

using namespace glados;
using namespace std::chrono_literals;

constexpr instant start{1'700'000'000'000'000};
constexpr auto day = std::chrono::hours(24);

strike of(std::uint8_t identifier, const std::string& reporter, instant at = start,
          strike_kind kind = strike_kind::restored) {
  strike out;
  out.id = "c" + std::to_string(identifier) + reporter;
  out.kind = kind;
  out.reporter = reporter;
  out.at = at;
  out.key.value[0] = identifier;
  return out;
}

/// So many strikes, each of another reporter and identifier.
standing_facts strikes(unsigned number, instant at = start) {
  standing_facts out;
  for (unsigned i = 0; i < number; ++i)
    out.strikes.push_back(of(static_cast<std::uint8_t>(i), "p" + std::to_string(i), at));
  return out;
}

standing_level level_of(const standing_facts& facts, instant now = start) {
  return review({}, facts, {}, now).level;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standing)

BOOST_AUTO_TEST_CASE(each_step_begins_at_its_number) {
  using level = standing_level;
  const std::array<std::pair<unsigned, level>, 10> steps{{{0, level::good},
                                                          {2, level::good},
                                                          {3, level::warned},
                                                          {4, level::warned},
                                                          {5, level::quota_half},
                                                          {7, level::quota_half},
                                                          {8, level::quota_tenth},
                                                          {11, level::quota_tenth},
                                                          {12, level::quota_tenth},
                                                          {25, level::quota_tenth}}};
  for (const auto& [number, wanted] : steps) {
    const auto now = review({}, strikes(number), {}, start);
    BOOST_TEST(to_string(now.level) == to_string(wanted), number);
    BOOST_TEST(now.strikes == number * 1000u);
  }
}

BOOST_AUTO_TEST_CASE(the_last_two_wait_for_an_operator) {
  auto now = review({}, strikes(12), {}, start);
  BOOST_TEST((now.level == standing_level::quota_tenth));
  BOOST_TEST((now.proposed == standing_level::no_new_mappings));
  BOOST_TEST(may_map(now.level));
  BOOST_TEST(confirm(now));
  BOOST_TEST((now.level == standing_level::no_new_mappings));
  BOOST_TEST(!may_map(now.level));
  BOOST_TEST(!confirm(now));
  now = review(now, strikes(12), {}, start);  // confirmed once, it stays
  BOOST_TEST((now.level == standing_level::no_new_mappings));
  BOOST_TEST((now.proposed == standing_level::good));
  now = review(now, strikes(20), {}, start);
  BOOST_TEST((now.level == standing_level::no_new_mappings));
  BOOST_TEST((now.proposed == standing_level::suspended));
  BOOST_TEST(confirm(now));
  now = review(now, strikes(11), {}, start);  // and ends by itself
  BOOST_TEST((now.level == standing_level::quota_tenth));
  now = review(now, strikes(12), {}, start);
  BOOST_TEST((now.proposed == standing_level::no_new_mappings));
}

BOOST_AUTO_TEST_CASE(strikes_halve_every_ninety_days) {
  auto now = review({}, strikes(4), {}, start);
  BOOST_TEST(now.strikes == 4000u);
  BOOST_TEST(strikes_at(now, {}, start + 90 * day) == 2000u);
  now = review(now, strikes(4), {}, start + 90 * day);
  BOOST_TEST(now.strikes == 2000u);
  BOOST_TEST((now.level == standing_level::good));
  BOOST_TEST((level_of(strikes(4), start + 30 * day) == standing_level::warned));
}

BOOST_AUTO_TEST_CASE(who_changes_much_may_err_more_often) {
  auto facts = strikes(6);
  facts.changes[day_of(start)] = 1000;
  BOOST_TEST((level_of(facts) == standing_level::quota_half));
  facts.changes[day_of(start)] = 1001;  // a second thousand has begun
  BOOST_TEST((level_of(facts) == standing_level::warned));
  facts.changes[day_of(start)] = 2001;
  BOOST_TEST((level_of(facts) == standing_level::good));
  facts.changes = {{day_of(start - 91 * day), 2001}};  // long ago
  BOOST_TEST((level_of(facts) == standing_level::quota_half));
}

BOOST_AUTO_TEST_CASE(an_identifier_counts_once) {
  standing_facts facts;
  for (int i = 0; i < 9; ++i) facts.strikes.push_back(of(1, "p" + std::to_string(i)));
  const auto now = review({}, facts, {}, start);
  BOOST_TEST(now.strikes == 1000u);
  facts.strikes[3].at = start + day;
  const auto counts = counted(facts.strikes, {}, {});
  BOOST_TEST(std::count(counts.begin(), counts.end(), true) == 1);
  BOOST_TEST(counts[3]);  // the youngest
  facts.strikes[5].shard = 9;
  BOOST_TEST(review({}, facts, {}, start + day).strikes > 1500u);
}

BOOST_AUTO_TEST_CASE(one_reporter_alone_causes_two) {
  standing_facts facts;
  for (std::uint8_t i = 0; i < 9; ++i) facts.strikes.push_back(of(i, "alpha", start + i * day));
  auto counts = counted(facts.strikes, {}, {});
  BOOST_TEST((counts[0] && counts[1]));
  BOOST_TEST(std::count(counts.begin(), counts.end(), true) == 2);
  // 90 days after the first there is room for one more.
  facts.strikes.push_back(of(20, "alpha", start + 90 * day - 1us));
  BOOST_TEST(!counted(facts.strikes, {}, {}).back());
  facts.strikes.back().at = start + 90 * day;
  BOOST_TEST(counted(facts.strikes, {}, {}).back());
  // What an operator upheld counts anyway, and leaves the share alone.
  facts.strikes[0].kind = facts.strikes[5].kind = strike_kind::upheld;
  counts = counted(facts.strikes, {}, {});
  BOOST_TEST((counts[0] && counts[1] && counts[2] && !counts[3] && counts[5]));
}

BOOST_AUTO_TEST_CASE(what_was_forgiven_does_not_count) {
  provider_standing was;
  was.forgiven_until = start;
  const auto now = review(was, strikes(9), {}, start);
  BOOST_TEST(now.strikes == 0u);
  BOOST_TEST((now.level == standing_level::good));
  BOOST_TEST((now.forgiven_until == start));
  BOOST_TEST(review(was, strikes(9, start + 1us), {}, start + 1us).strikes == 9000u);
}

BOOST_AUTO_TEST_CASE(levels_have_their_factors) {
  BOOST_TEST(quota_factor(standing_level::good) == 1.0);
  BOOST_TEST(quota_factor(standing_level::warned) == 1.0);
  BOOST_TEST(quota_factor(standing_level::quota_half) == 0.5);
  BOOST_TEST(quota_factor(standing_level::quota_tenth) == 0.1);
  BOOST_TEST(quota_factor(standing_level::no_new_mappings) == 0.1);
}

BOOST_AUTO_TEST_SUITE_END()
