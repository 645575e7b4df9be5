// The header of W3C Trace Context, and what only looks like it.
#include "domain/trace.hpp"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <string>

using namespace glados;

namespace {

const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string span = "00f067aa0ba902b7";
const std::string good = "00-" + trace + "-" + span + "-01";

const std::string refused[] = {
    "",
    "00",
    good.substr(0, good.size() - 1),
    good + "0",
    good + "-",
    good + "-more",                      // version 00 has no more
    "ff-" + trace + "-" + span + "-01",  // no version
    "0g-" + trace + "-" + span + "-01",
    "00_" + trace + "-" + span + "-01",
    "00-" + trace + "_" + span + "-01",
    "00-" + trace + "-" + span + "_01",
    "00-" + trace + "-" + span + "-0x",
    "00-" + std::string(32, '0') + "-" + span + "-01",      // no trace
    "00-" + trace + "-" + std::string(16, '0') + "-01",     // no span
    "00-4BF92F3577B34DA6A3CE929D0E0E4736-" + span + "-01",  // upper case
    "00-00000000000000000004915112345678-" + span + "-01",  // a phone number
    "00-+915112345678abcdefabcdefabcdefa-" + span + "-01",
    "cc-" + trace + "-" + span + "-01.what",  // later, and no hyphen
    "cc-" + trace + "-" + span + "-01-" + std::string(600, 'x'),
};

}  // namespace

BOOST_AUTO_TEST_SUITE(traceparent)

BOOST_AUTO_TEST_CASE(its_ids_are_read) {
  const auto got = parse_traceparent(good);
  BOOST_REQUIRE(got.has_value());
  BOOST_TEST(got->high == 0x4bf92f3577b34da6U);
  BOOST_TEST(got->low == 0xa3ce929d0e0e4736U);
  BOOST_TEST(got->span == 0x00f067aa0ba902b7U);
  BOOST_TEST(got->present());
  BOOST_TEST(!trace_context{}.present());
}

BOOST_AUTO_TEST_CASE(a_later_version_may_append) {
  BOOST_TEST(parse_traceparent("cc-" + trace + "-" + span + "-01").has_value());
  BOOST_TEST(parse_traceparent("cc-" + trace + "-" + span + "-01-what").has_value());
}

BOOST_AUTO_TEST_CASE(half_an_id_is_enough) {
  BOOST_TEST(parse_traceparent("00-0000000000000000a3ce929d0e0e4736-" + span + "-00").has_value());
}

BOOST_DATA_TEST_CASE(what_is_no_such_header_is_refused, refused, text) {
  BOOST_TEST(!parse_traceparent(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
