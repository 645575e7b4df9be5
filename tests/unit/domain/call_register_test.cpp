// What operators call, on its way into the audit.
#include "domain/call_register.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

namespace {

using lines = std::vector<std::pair<std::string, std::string>>;
constexpr std::int64_t second = 1'000'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(call_registers)

BOOST_AUTO_TEST_CASE(calls_are_counted_by_caller_and_operation_with_what_they_were_about) {
  call_register all;
  all.count("olga", "get_provider", "beta", true, {2 * second});
  all.count("olga", "get_provider", "alpha", true, {5 * second});
  all.count("olga", "get_provider", "alpha", true, {4 * second});
  all.count("olga", "get_provider", "tel:+4915112345678", false, {4 * second});
  all.count("olga", "list_audit", "", true, {4 * second});
  all.count("ada", "suspend_provider", "beta", false, {3 * second});
  const auto taken = all.take();
  BOOST_REQUIRE_EQUAL(taken.size(), 2u);
  BOOST_TEST(taken[0].caller == "ada");
  BOOST_TEST((taken[0].detail() == lines{{"from", "1970-01-01T00:00:03.000Z"},
                                         {"until", "1970-01-01T00:00:03.000Z"},
                                         {"suspend_provider", "1 refused"}}));
  BOOST_TEST(taken[1].caller == "olga");
  BOOST_TEST((taken[1].detail() == lines{{"from", "1970-01-01T00:00:02.000Z"},
                                         {"until", "1970-01-01T00:00:05.000Z"},
                                         {"get_provider", "3: alpha, beta; 1 refused"},
                                         {"list_audit", "1"}}));
  BOOST_TEST(all.take().empty());
}

BOOST_AUTO_TEST_CASE(what_could_not_be_written_is_added_to_what_came_since) {
  call_register all;
  all.count("olga", "get_provider", "alpha", true, {2 * second});
  auto lost = all.take();
  all.count("olga", "get_provider", "beta", true, {7 * second});
  all.count("olga", "get_self", "", true, {8 * second});
  all.put_back(std::move(lost.front()));
  const auto taken = all.take();
  BOOST_REQUIRE_EQUAL(taken.size(), 1u);
  BOOST_TEST((taken[0].detail() == lines{{"from", "1970-01-01T00:00:02.000Z"},
                                         {"until", "1970-01-01T00:00:08.000Z"},
                                         {"get_provider", "2: alpha, beta"},
                                         {"get_self", "1"}}));
}

BOOST_AUTO_TEST_CASE(what_it_keeps_is_bounded) {
  call_register all;
  for (int i = 0; i < 1000; ++i)
    all.count("olga", "get_provider", "p-" + std::to_string(i), true, {second});
  const auto taken = all.take();
  const auto& of = taken.at(0).operations.at("get_provider");
  BOOST_TEST(of.done == 1000u);
  BOOST_TEST(of.targets.size() == call_targets_max);
  BOOST_TEST(of.more);
  BOOST_TEST(taken[0].detail().back().second.ends_with(", more"));
}

BOOST_AUTO_TEST_SUITE_END()
