#include "domain/usage.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

namespace {

price_table some_prices() {
  price_table out;
  out.lookup = 50;
  out.bulk_row = 20;
  out.sends[0] = {80'000, {{"DE", 75'000}}};
  out.sends[2] = {400, {}};
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE(a_statement_has_a_line_for_each_thing_used) {
  usage_counts used;
  used.hits = 3;
  used.misses = 4;
  used.bulk_rows = 10;
  used.sends = {
      {{channel::sms, "FR"}, 2}, {{channel::sms, "DE"}, 1}, {{channel::email, "email"}, 5}};
  const auto due = make_statement(some_prices(), used);
  BOOST_REQUIRE(due.lines.size() == 5U);
  BOOST_TEST(due.lines[0].item == "lookup");
  BOOST_TEST(due.lines[0].quantity == 7U);
  BOOST_TEST(due.lines[0].amount == 350U);
  BOOST_TEST(due.lines[1].region == "DE");
  BOOST_TEST(due.lines[1].amount == 75'000U);
  BOOST_TEST(due.lines[2].region == "FR");
  BOOST_TEST(due.lines[2].amount == 160'000U);
  BOOST_TEST((due.lines[3].way == channel::email));
  BOOST_TEST(due.lines[3].amount == 2'000U);
  BOOST_TEST(due.lines[4].item == "bulk_row");
  BOOST_TEST(due.total == 350U + 75'000U + 160'000U + 2'000U + 200U);
  BOOST_TEST(make_statement(some_prices(), {}).lines.empty());
}

BOOST_AUTO_TEST_CASE(a_sum_too_large_stops_at_the_largest_number) {
  constexpr std::uint64_t most = 9'223'372'036'854'775'807U;
  auto prices = some_prices();
  prices.lookup = price_max;
  usage_counts used;
  used.hits = most / 2;
  used.bulk_rows = 1;
  BOOST_TEST(make_statement(prices, used).total == most);
  BOOST_TEST(price_of(prices, most, most) == most);
  BOOST_TEST(price_of(prices, 2, 3) == 2 * price_max + 60);
}

BOOST_AUTO_TEST_CASE(a_month_is_its_days) {
  const auto november = parse_month("2026-11");
  BOOST_REQUIRE(november.has_value());
  BOOST_TEST(november->days == 30U);
  BOOST_TEST(november->first_day == 20'758);
  BOOST_TEST(parse_month("2028-02")->days == 29U);
  BOOST_TEST(parse_month("2026-02")->days == 28U);
  BOOST_TEST(parse_month("2026-12")->first_day == november->first_day + 30);
  BOOST_TEST(month_of({november->first_day * 86'400'000'000}).name == "2026-11");
  BOOST_TEST(month_of({november->first_day * 86'400'000'000 - 1}).name == "2026-10");
  for (const auto* wrong : {"", "2026-13", "2026-00", "2026-1", "26-11", "2026/11", "2026-1a",
                            "1969-12", "2026-11-01", " 2026-11"})
    BOOST_TEST(!parse_month(wrong).has_value(), wrong);
}

BOOST_AUTO_TEST_SUITE_END()
