#include "domain/send_policy.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <vector>

using namespace glados;
using namespace std::chrono_literals;

namespace {

constexpr std::int64_t noon = 20'000 * day_s + 12 * hour_s;
constexpr std::int64_t noon_ms = noon * 1000;
constexpr std::int64_t day_ms = day_s * 1000;

/// One identifier as the store keeps it: the common ceiling, and each provider's own count.
struct identifier {
  session_limits limits;
  session_ceiling ceiling;
  std::map<char, own_sessions> own;

  session_verdict open(char provider, std::int64_t now_ms) {
    const auto v = open_session(limits, ceiling, own[provider], now_ms);
    ceiling = v.ceiling;
    own[provider] = v.own;
    return v;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(send_policy)

BOOST_AUTO_TEST_CASE(a_provider_has_five_sessions_a_day) {
  identifier id;
  for (int i = 0; i < 5; ++i) {
    const auto v = id.open('a', noon_ms + i);
    BOOST_TEST(!v.refused.has_value());
    BOOST_TEST(v.sends == 4u);
  }
  const auto sixth = id.open('a', noon_ms + 1000);
  BOOST_REQUIRE(sixth.refused.has_value());
  BOOST_TEST(sixth.sends == 0u);
  BOOST_TEST(sixth.refused->policy == "sessions");
  BOOST_TEST((sixth.refused->retry_after == std::chrono::seconds(day_s - 1)));
  BOOST_TEST(id.open('a', noon_ms + day_ms - 1).refused.has_value());
  BOOST_TEST(!id.open('a', noon_ms + day_ms).refused.has_value());
}

BOOST_AUTO_TEST_CASE(all_providers_together_have_fifteen_at_once) {
  identifier id;
  for (const char provider : {'a', 'b', 'c'})
    for (int i = 0; i < 5; ++i) {
      const auto v = id.open(provider, noon_ms);
      BOOST_TEST(!v.refused.has_value());
      BOOST_TEST(!v.reserved);
    }
  const auto last = id.open('d', noon_ms);
  BOOST_TEST(!last.refused.has_value());  // its reserved one
  BOOST_TEST(last.reserved);
  BOOST_TEST(last.sends == 1u);
  const auto more = id.open('d', noon_ms);
  BOOST_REQUIRE(more.refused.has_value());
  BOOST_TEST(more.refused->policy == "sessions");
  BOOST_TEST((more.refused->retry_after == 5760s));
}

BOOST_AUTO_TEST_CASE(the_ceiling_refills_evenly) {
  identifier id;
  for (const char provider : {'a', 'b', 'c'})
    for (int i = 0; i < 5; ++i) id.open(provider, noon_ms);
  id.open('d', noon_ms);
  BOOST_TEST(id.open('d', noon_ms + 5'759'999).refused.has_value());
  const auto v = id.open('d', noon_ms + 5'760'000);
  BOOST_TEST(!v.refused.has_value());
  BOOST_TEST(v.sends == 4u);
  BOOST_TEST(id.open('d', noon_ms + 5'760'000).refused.has_value());
}

BOOST_AUTO_TEST_CASE(a_hostile_crowd_cannot_lock_anyone_out) {
  identifier id;
  for (std::int64_t hour = 0; hour < 72; ++hour)
    for (char hostile = 'a'; hostile < 'z'; ++hostile) id.open(hostile, noon_ms + hour * 3'600'000);
  const auto honest = id.open('Z', noon_ms + 72 * 3'600'000);
  BOOST_TEST(!honest.refused.has_value());
  BOOST_TEST(honest.sends >= 1u);
}

BOOST_AUTO_TEST_CASE(a_session_given_back_was_never_counted) {
  for (const bool empty : {false, true}) {
    identifier id;
    if (empty)
      for (const char provider : {'a', 'b', 'c'})
        for (int i = 0; i < 5; ++i) id.open(provider, noon_ms);
    const auto before = id.ceiling;
    const auto v = id.open('d', noon_ms);
    BOOST_TEST(v.reserved == empty);
    const auto back = give_back_session(id.limits, v.ceiling, v.own, v.reserved);
    BOOST_TEST(back.own.count == 0u);
    BOOST_TEST(back.ceiling.tat_ms <= std::max(before.tat_ms, noon_ms));
    const auto again = open_session(id.limits, back.ceiling, back.own, noon_ms);
    BOOST_TEST(again.ceiling.tat_ms == v.ceiling.tat_ms);
    BOOST_TEST(again.sends == v.sends);
  }
}

BOOST_AUTO_TEST_CASE(sends_are_bounded_by_day_and_users) {
  const send_limits limits;
  const sender small{.weighted_users = 0, .proven_in_country = 0};
  const sender large{.weighted_users = 500, .proven_in_country = 1500};
  BOOST_TEST(!check_sends(limits, small, {999, 199}, noon).has_value());
  const auto total = check_sends(limits, small, {1000, 0}, noon);
  BOOST_REQUIRE(total.has_value());
  BOOST_TEST(total->policy == "sends");
  BOOST_TEST((total->retry_after == 12h));
  BOOST_TEST(!check_sends(limits, large, {1499, 1499}, noon).has_value());
  BOOST_TEST(check_sends(limits, large, {1500, 0}, noon)->policy == "sends");
}

BOOST_AUTO_TEST_CASE(sends_to_one_country_are_bounded_by_users_there) {
  const send_limits limits;
  sender who{.weighted_users = 10'000, .proven_in_country = 7};
  BOOST_TEST(!check_sends(limits, who, {206, 206}, noon).has_value());
  const auto refused = check_sends(limits, who, {207, 207}, noon);
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST(refused->policy == "country");
  who.has_country = false;
  BOOST_TEST(!check_sends(limits, who, {207, 207}, noon).has_value());
}

BOOST_AUTO_TEST_CASE(an_override_lifts_both_send_limits) {
  const sender who{.weighted_users = 0, .proven_in_country = 0, .sends_daily = 5000};
  BOOST_TEST(!check_sends({}, who, {4999, 4999}, noon).has_value());
  BOOST_TEST(check_sends({}, who, {5000, 0}, noon)->policy == "sends");
  const sender stopped{.sends_daily = 0};
  BOOST_TEST(check_sends({}, stopped, {}, noon)->policy == "sends");
}

BOOST_AUTO_TEST_CASE(days_end_at_midnight_utc) {
  BOOST_TEST((until_next_day(20'000 * day_s) == 24h));
  BOOST_TEST((until_next_day(20'001 * day_s - 1) == 1s));
  BOOST_TEST(day_of(20'000 * day_s - 1) == 19'999);
  BOOST_TEST(day_of(20'000 * day_s) == 20'000);
}

BOOST_AUTO_TEST_CASE(wrong_codes_have_a_budget_that_right_ones_raise) {
  BOOST_TEST(!check_guesses({49, 0}, noon).has_value());
  const auto refused = check_guesses({50, 0}, noon);
  BOOST_REQUIRE(refused.has_value());
  BOOST_TEST(refused->policy == "guesses");
  BOOST_TEST((refused->retry_after == 12h));
  BOOST_TEST(check_guesses({50, 1}, noon).has_value());
  BOOST_TEST(!check_guesses({50, 2}, noon).has_value());
  BOOST_TEST(check_guesses({51, 3}, noon).has_value());
  BOOST_TEST(!check_guesses({549, 1000}, noon).has_value());
  BOOST_TEST(check_guesses({550, 1000}, noon).has_value());
}

BOOST_AUTO_TEST_CASE(the_breaker_needs_200_codes_and_under_5_percent) {
  const breaker_rule rule;
  BOOST_TEST(!too_few_confirmed(rule, {199, 0}));
  BOOST_TEST(too_few_confirmed(rule, {200, 0}));
  BOOST_TEST(too_few_confirmed(rule, {200, 9}));
  BOOST_TEST(!too_few_confirmed(rule, {200, 10}));
  BOOST_TEST(too_few_confirmed(rule, {201, 10}));
}

BOOST_AUTO_TEST_CASE(everybody_is_stopped_only_by_many) {
  const breaker_rule rule;
  using all = std::vector<conversion>;
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{10'000, 0}}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{500, 0}, {500, 0}}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{500, 0}, {500, 0}, {0, 0}}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{501, 0}, {250, 0}, {250, 0}}));
  BOOST_TEST(too_few_confirmed_by_all(rule, all{{500, 0}, {250, 0}, {250, 0}}));
  BOOST_TEST(too_few_confirmed_by_all(rule, all{{80, 0}, {60, 0}, {60, 0}}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{79, 0}, {60, 0}, {60, 0}}));
  BOOST_TEST(!too_few_confirmed_by_all(rule, all{{500, 0}, {250, 50}, {250, 0}}));
}

BOOST_AUTO_TEST_CASE(a_breaker_stays_closed_for_an_hour) {
  const breaker_rule rule;
  const auto open = check_breaker(rule, false, 0, noon);
  BOOST_TEST(!open.refused.has_value());
  const auto closing = check_breaker(rule, true, open.closed_until_s, noon);
  BOOST_REQUIRE(closing.refused.has_value());
  BOOST_TEST(closing.tripped);
  BOOST_TEST(closing.refused->policy == "breaker");
  BOOST_TEST((closing.refused->retry_after == 1h));
  const auto later = check_breaker(rule, true, closing.closed_until_s, noon + 1800);
  BOOST_TEST(!later.tripped);
  BOOST_TEST((later.refused->retry_after == 30min));
  BOOST_TEST(later.closed_until_s == closing.closed_until_s);
  BOOST_TEST(!check_breaker(rule, false, later.closed_until_s, noon + 3600).refused.has_value());
}

BOOST_AUTO_TEST_CASE(an_hour_forgets_slot_by_slot) {
  hour_counts hour;
  hour.add(noon, 100, 1);
  hour.add(noon + 299, 20, 0);
  hour.add(noon + 1800, 90, 2);
  BOOST_TEST(hour.sum(noon + 1800).sent == 210u);
  BOOST_TEST(hour.sum(noon + 1800).confirmed == 3u);
  BOOST_TEST(hour.sum(noon + 3599).sent == 210u);
  BOOST_TEST(hour.sum(noon + 3600).sent == 90u);
  hour.add(noon + 3600, 5, 0);  // takes the place of the first slot
  BOOST_TEST(hour.sum(noon + 3600).sent == 95u);
  BOOST_TEST(hour.sum(noon + 2 * day_s).sent == 0u);
}

BOOST_AUTO_TEST_CASE(pumping_is_stopped_at_the_two_hundredth_code) {
  const breaker_rule rule;
  hour_counts hour;
  std::int64_t closed = 0;
  int sent = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t now = noon + i * 3;
    const auto v = check_breaker(rule, too_few_confirmed(rule, hour.sum(now)), closed, now);
    closed = v.closed_until_s;
    if (v.refused)
      continue;
    hour.add(now, 1, 0);
    ++sent;
  }
  BOOST_TEST(sent == 200);
}

BOOST_AUTO_TEST_SUITE_END()
