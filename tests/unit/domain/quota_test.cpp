#include "domain/quota.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

BOOST_AUTO_TEST_SUITE(quota)

BOOST_AUTO_TEST_CASE(users_weigh_by_proof_and_age) {
  BOOST_TEST(weighted_thousandths({}) == 0u);
  BOOST_TEST(weighted_users({.phone = 7}) == 7.0);
  BOOST_TEST(weighted_users({.email = 20}) == 2.0);
  BOOST_TEST(weighted_users({.asserted = 1'000'000}) == 0.0);
  BOOST_TEST(weighted_users({.phone_due = 3}) == 1.5);
  BOOST_TEST(weighted_users({.email_due = 20}) == 1.0);
  BOOST_TEST(weighted_thousandths({1, 1, 1, 1, 1}) == 1650u);
}

BOOST_AUTO_TEST_CASE(mail_users_of_one_domain_count_up_to_twenty) {
  using users = mail_domain_users;
  BOOST_TEST((counted_in_domain({0, 0}, false) == users{0, 0}));
  BOOST_TEST((counted_in_domain({19, 0}, false) == users{19, 0}));
  BOOST_TEST((counted_in_domain({20, 0}, false) == users{20, 0}));
  BOOST_TEST((counted_in_domain({21, 0}, false) == users{20, 0}));
  BOOST_TEST((counted_in_domain({20'000, 7}, true) == users{20'000, 7}));
  BOOST_TEST((counted_in_domain({19, 5}, false) == users{19, 1}));
  BOOST_TEST((counted_in_domain({20, 5}, false) == users{20, 0}));
  BOOST_TEST((counted_in_domain({0, 25}, false) == users{0, 20}));
}

BOOST_AUTO_TEST_CASE(the_budget_is_base_and_users_times_standing) {
  const quota_rule rule;
  BOOST_TEST(daily_lookup_budget(rule, 0, 1.0) == 100u);
  BOOST_TEST(daily_lookup_budget(rule, 200, 1.0) == 300u);
  BOOST_TEST(daily_lookup_budget(rule, 200, 0.5) == 150u);
  BOOST_TEST(daily_lookup_budget(rule, 200, 0.1) == 30u);
  BOOST_TEST(daily_lookup_budget(rule, 0.9, 1.0) == 100u);
  BOOST_TEST(daily_lookup_budget(rule, 1.1, 1.0) == 101u);
  BOOST_TEST(daily_lookup_budget(rule, 200, 0.0) == 0u);
  BOOST_TEST(daily_lookup_budget(rule, 200, -1.0) == 0u);
  BOOST_TEST(daily_lookup_budget({1000, 0.25}, 400, 1.0) == 1100u);
  BOOST_TEST(daily_lookup_budget(rule, 1e300, 1.0) == 1'000'000'000'000'000u);
}

BOOST_AUTO_TEST_CASE(an_override_replaces_the_product) {
  BOOST_TEST(daily_lookup_budget({}, 1e6, 1.0, 5) == 5u);
  BOOST_TEST(daily_lookup_budget({}, 0, 0.1, 1'000'000'000) == 1'000'000'000u);
  BOOST_TEST(daily_lookup_budget({}, 0, 1.0, 0) == 0u);
}

BOOST_AUTO_TEST_CASE(a_hit_costs_one_and_a_miss_two) {
  BOOST_TEST(lookup_cost_taken == 2u);
  BOOST_TEST(lookup_cost_taken - lookup_hit_refund == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
