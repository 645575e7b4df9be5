#include <boost/test/unit_test.hpp>

#include "stage.hpp"

using namespace glados;
using namespace glados::testing;

BOOST_FIXTURE_TEST_SUITE(usage, stage)

BOOST_AUTO_TEST_CASE(usage_is_shown_with_its_statement) {
  auto& prices = settings().prices;
  prices.lookup = 50;
  prices.sends[0].otherwise = 1000;
  prices.sends[2].otherwise = 3;
  prices.spend_cap = 5000;
  script_.usage.used.hits = 2;
  script_.usage.used.misses = 1;
  script_.usage.used.sends = {{{channel::sms, "DE"}, 4}, {{channel::email, "email"}, 1}};
  const auto reply = get("/v1/usage?month=2026-02");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body ==
             R"({"month":"2026-02","lookups":{"hits":2,"misses":1},"sends":[)"
             R"({"channel":"sms","country":"DE","count":4},)"
             R"({"channel":"email","country":null,"count":1}],"bulk_rows":0,)"
             R"("statement":{"currency":"EUR","lines":[)"
             R"({"item":"lookup","quantity":3,"price_micros":50,"amount_micros":150},)"
             R"({"item":"send","channel":"sms","country":"DE","quantity":4,"price_micros":1000,)"
             R"("amount_micros":4000},)"
             R"({"item":"send","channel":"email","country":null,"quantity":1,"price_micros":3,)"
             R"("amount_micros":3}],"total_micros":4153},"spend_cap_micros":5000})");
  BOOST_REQUIRE(script_.usage_read.has_value());
  BOOST_TEST(script_.usage_read->month.days == 28U);
}

BOOST_AUTO_TEST_CASE(without_a_month_it_is_the_current_one) {
  BOOST_TEST(holds(get("/v1/usage"), R"("month":"2026-11")"));
  BOOST_TEST(holds(get("/v1/usage"), R"("spend_cap_micros":null)"));
}

BOOST_AUTO_TEST_CASE(a_month_that_is_none_is_malformed) {
  for (const auto* month : {"2026-13", "", "2026", "11-2026"}) {
    const auto reply = get("/v1/usage?month=" + std::string(month));
    BOOST_TEST(problem_name(reply) == "malformed-request", month);
    BOOST_TEST(holds(reply, R"("pointer":"/month")"));
  }
  script_.usage.code = errc::storage_unavailable;
  BOOST_TEST(problem_name(get("/v1/usage")) == "storage-unavailable");
}

BOOST_AUTO_TEST_SUITE_END()
