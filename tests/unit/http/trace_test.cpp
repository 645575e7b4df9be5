// Whose trace a request belongs to.
#include "http/trace.hpp"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string>

using namespace glados;
using namespace glados::http;

namespace {

const std::string given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

std::string hex(std::uint64_t value) {
  static constexpr char digits[] = "0123456789abcdef";
  std::string out(16, '0');
  for (auto at = out.rbegin(); at != out.rend(); ++at, value >>= 4) *at = digits[value & 15];
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(the_callers_goes_on_with_a_span_of_ours) {
  auto& random = crypto::system_random();
  const auto one = joined_trace(given, random);
  const auto two = joined_trace(given, random);
  BOOST_TEST(one.high == 0x4bf92f3577b34da6U);
  BOOST_TEST(one.low == 0xa3ce929d0e0e4736U);
  BOOST_TEST(one.span != 0x00f067aa0ba902b7U);
  BOOST_TEST(one.span != two.span);
}

BOOST_AUTO_TEST_CASE(without_one_there_is_none) {
  BOOST_TEST(!joined_trace("", crypto::system_random()).present());
  BOOST_TEST(!joined_trace("00-1-2-3", crypto::system_random()).present());
}

BOOST_AUTO_TEST_CASE(ours_are_all_different_and_may_be_sent_on) {
  std::set<std::uint64_t> ids, spans;
  for (int i = 0; i < 10'000; ++i) {
    const auto made = new_trace(crypto::system_random());
    ids.insert(made.low);
    spans.insert(made.span);
    const auto header = "00-" + hex(made.high) + hex(made.low) + "-" + hex(made.span) + "-00";
    BOOST_REQUIRE((parse_traceparent(header) == made));
  }
  BOOST_TEST(ids.size() == 10'000u);
  BOOST_TEST(spans.size() == 10'000u);
}

BOOST_AUTO_TEST_SUITE_END()
