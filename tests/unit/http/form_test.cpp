// Form bodies, Basic credentials and scopes.
#include "http/form.hpp"

#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace glados::http;
using namespace std::string_literals;

namespace {

std::string value(std::string_view body, std::string_view name) {
  const auto read = form::parse(body);
  if (!read)
    return "malformed";
  const auto* found = read->find(name);
  return found ? *found : "absent";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(form_bodies)

BOOST_AUTO_TEST_CASE(names_and_values_are_decoded) {
  BOOST_TEST(value("a=b+c&d=%65%2B%3D%26", "a") == "b c");
  BOOST_TEST(value("a=b+c&d=%65%2B%3D%26", "d") == "e+=&");
  BOOST_TEST(value("%61=b=c", "a") == "b=c");
  BOOST_TEST(value("a=%C3%A9", "a") == "\xC3\xA9");
  BOOST_TEST(value("&&a=b&", "a") == "b");
}

BOOST_AUTO_TEST_CASE(a_parameter_without_a_value_is_absent) {
  BOOST_TEST(value("a=", "a") == "absent");
  BOOST_TEST(value("a", "a") == "absent");
  BOOST_TEST(value("", "a") == "absent");
}

const std::array<std::string, 9> bad{"a=%",   "a=%4",    "a=%zz",     "a=%00", "a=%FF",
                                     "%80=b", "a=b&a=b", "a=b&%61=c", "a=&a=b"};

BOOST_DATA_TEST_CASE(what_can_be_read_in_two_ways_is_not_read, bad, body) {
  BOOST_TEST(!form::parse(body));
}

BOOST_AUTO_TEST_CASE(sixty_four_parameters_and_no_more) {
  std::string body;
  for (int i = 0; i < 64; ++i) body += "p" + std::to_string(i) + "=x&";
  BOOST_TEST(form::parse(body).has_value());
  BOOST_TEST(!form::parse(body + "last=x"));
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(basic_credentials)

BOOST_AUTO_TEST_CASE(both_parts_are_form_encoded) {
  // "a%3Ab:c%2Bd+e"
  const auto read = parse_basic("Basic YSUzQWI6YyUyQmQrZQ==");
  BOOST_REQUIRE(read);
  BOOST_TEST(read->id == "a:b");
  BOOST_TEST(read->secret == "c+d e");
}

BOOST_AUTO_TEST_CASE(the_scheme_has_no_case_and_the_secret_may_hold_colons) {
  const auto read = parse_basic("bAsIc YTpiOmM=");  // "a:b:c"
  BOOST_REQUIRE(read);
  BOOST_TEST(read->id == "a");
  BOOST_TEST(read->secret == "b:c");
}

const std::array<std::string, 8> bad{
    "",
    "Basic",
    "Basic ",
    "Bearer YTpi",
    "Basic YTpi!",
    "Basic YWI=",      // no colon
    "Basic OmI=",      // no id
    "Basic YSU6Yg==",  // a bad escape: "a%:b"
};

BOOST_DATA_TEST_CASE(anything_else_is_refused, bad, header) { BOOST_TEST(!parse_basic(header)); }

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(scopes)

BOOST_AUTO_TEST_CASE(each_scope_counts_once_in_the_order_given) {
  const auto read = parse_scope("map lookup map");
  BOOST_REQUIRE(read);
  BOOST_TEST(join_scopes(*read) == "map lookup");
  BOOST_TEST(join_scopes({}) == "");
}

const std::array<std::string, 7> bad{"",     " map", "map ",       "map  lookup",
                                     "m\"p", "m\\p", "map\tlookup"};

BOOST_DATA_TEST_CASE(the_grammar_is_kept, bad, text) { BOOST_TEST(!parse_scope(text)); }

BOOST_AUTO_TEST_SUITE_END()
