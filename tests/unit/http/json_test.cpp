// What a request body may look like (section 1 of the contract), and what is written.
#include "http/json.hpp"

#include <array>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <cstdint>

using namespace glados;
using namespace glados::http;
using namespace std::string_literals;

namespace {

/// The fault of a body of which only `a`, any string, is known.
std::optional<json_fault> fault_of(std::string_view body) {
  json_input in(body);
  in.optional_text("a", 1000);
  return in.finish();
}

std::string pointer_of(std::string_view body) {
  const auto fault = fault_of(body);
  return fault ? fault->pointer : "no fault";
}

std::string nested(std::size_t levels) {
  std::string out = R"({"a":)";
  for (std::size_t i = 1; i < levels; ++i) out += '[';
  out += "1";
  for (std::size_t i = 1; i < levels; ++i) out += ']';
  return out + "}";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_in)

BOOST_AUTO_TEST_CASE(members_are_read_and_absent_ones_take_their_defaults) {
  json_input in(R"({"a":"x","n":7,"z":null,"f":true,"l":["p","q"],"o":{"b":"y"}})");
  BOOST_TEST(in.text("a", 1) == "x");
  BOOST_TEST(*in.optional_number("n") == 7u);
  BOOST_TEST(!*in.nullable_number("z"));
  BOOST_TEST(in.flag("f", false));
  BOOST_TEST(in.texts("l", 2, 1) == (std::vector<std::string>{"p", "q"}));
  auto inner = in.object("o");
  BOOST_TEST(inner.text("b", 1) == "y");
  BOOST_TEST(!in.optional_text("absent", 9));
  BOOST_TEST(!in.nullable_number("absent"));
  BOOST_TEST(!in.optional_texts("absent", 1, 1));
  BOOST_TEST(in.flag("absent", true));
  BOOST_TEST(in.has("a"));
  BOOST_TEST(!in.has("absent"));
  BOOST_TEST(!in.finish());
}

const std::array<std::string, 21> broken{
    ""s,
    " "s,
    "{"s,
    "{}{}"s,
    "{} x"s,
    "{},"s,
    R"({"a":"x",})"s,
    R"({a:"x"})"s,
    R"({'a':"x"})"s,
    R"({"a":"x"} // why)"s,
    R"({"a":01})"s,
    R"({"a":+1})"s,
    R"({"a":NaN})"s,
    R"({"a":Infinity})"s,
    R"({"a":1e999})"s,
    "{\"a\":\"line\nbreak\"}"s,
    "{\"a\":\"x\"}\0"s,
    "{\"a\":\"x\0y\"}"s,
    "\xEF\xBB\xBF{}"s,
    R"({"a":"\x41"})"s,
    R"({"a":"\u12"})"s,
};

BOOST_DATA_TEST_CASE(text_that_is_not_json_is_malformed, broken, body) {
  const auto fault = fault_of(body);
  BOOST_REQUIRE(fault);
  BOOST_TEST((fault->code == errc::malformed_request));
  BOOST_TEST(fault->pointer == "");
}

const std::array<std::string, 7> bad_utf8{
    "{\"a\":\"\x80\"}"s,              // a continuation byte alone
    "{\"a\":\"\xC3\"}"s,              // cut off
    "{\"a\":\"\xC0\xAF\"}"s,          // overlong
    "{\"a\":\"\xED\xA0\x80\"}"s,      // a surrogate
    "{\"a\":\"\xF4\x90\x80\x80\"}"s,  // over U+10FFFF
    "{\"\xFF\":1}"s,
    "{\"a\":\"\xE2\x82\"}"s,
};

BOOST_DATA_TEST_CASE(bytes_that_are_not_utf8_are_malformed, bad_utf8, body) {
  BOOST_TEST(fault_of(body).has_value());
}

const std::array<std::string, 6> lone_surrogates{
    R"({"a":"\uD800"})"s,       R"({"a":"\uDC00"})"s, R"({"a":"\uD800x"})"s,
    R"({"a":"\uD800\uD800"})"s, R"({"\uDFFF":"x"})"s, R"({"a":"x","b":[{"c":"\udc00"}]})"s,
};

BOOST_DATA_TEST_CASE(half_a_surrogate_pair_is_malformed, lone_surrogates, body) {
  BOOST_TEST(pointer_of(body) == "");
}

BOOST_AUTO_TEST_CASE(escapes_are_resolved) {
  json_input in(R"({"a":"\u00e9\ud83d\ude00\n\/\"\\"})");
  BOOST_TEST(in.text("a", 6) == "\xC3\xA9\xF0\x9F\x98\x80\n/\"\\");
  BOOST_TEST(!in.finish());
}

BOOST_AUTO_TEST_CASE(an_escaped_nul_is_refused_where_a_string_is_read) {
  BOOST_TEST(pointer_of(R"({"a":"x\u0000y"})") == "/a");
  json_input in(R"({"l":["\u0000"]})");
  in.texts("l", 1, 10);
  BOOST_TEST(in.finish()->pointer == "/l");
}

const std::array<std::string, 6> not_objects{"[]", "\"x\"", "1", "null", "true", "[{}]"};

BOOST_DATA_TEST_CASE(only_one_object_is_a_body, not_objects, body) {
  BOOST_TEST(fault_of(body).has_value());
}

BOOST_AUTO_TEST_CASE(sixteen_levels_are_read_and_seventeen_are_too_large) {
  json_input in(nested(16));
  BOOST_TEST(in.has("a"));
  const auto fault = fault_of(nested(17));
  BOOST_REQUIRE(fault);
  BOOST_TEST((fault->code == errc::payload_too_large));
  // Not even parsed: what comes after the brackets does not matter.
  BOOST_TEST((fault_of(std::string(100'000, '['))->code == errc::payload_too_large));
}

BOOST_AUTO_TEST_CASE(brackets_in_strings_do_not_nest) {
  BOOST_TEST(!fault_of(R"({"a":"[[[[[[[[[[[[[[[[[[[[[[[[\"[[[[[[[[[[["})"));
}

BOOST_AUTO_TEST_CASE(a_member_that_stands_twice_is_named) {
  BOOST_TEST(pointer_of(R"({"a":"x","a":"x"})") == "/a");
  BOOST_TEST(pointer_of(R"({"a":"x","b":{"c":1,"c":2}})") == "/b/c");
  BOOST_TEST(pointer_of(R"({"a":"x","b":[{},{"c":1,"c":2}]})") == "/b/1/c");
  BOOST_TEST(pointer_of(R"({"a":"x","\u0061":"y"})") == "/a");
}

BOOST_AUTO_TEST_CASE(a_member_nobody_asked_for_is_named) {
  BOOST_TEST(pointer_of(R"({"a":"x","b":1})") == "/b");
  json_input in(R"({"o":{"b":"y","c":1}})");
  auto inner = in.object("o");
  inner.text("b", 1);
  BOOST_TEST(in.finish()->pointer == "/o/c");
}

BOOST_AUTO_TEST_CASE(pointers_escape_tilde_and_slash) {
  BOOST_TEST(pointer_of(R"({"m~n":1})") == "/m~0n");
  BOOST_TEST(pointer_of(R"({"m/n":1})") == "/m~1n");
  BOOST_TEST(pointer_of(R"({"~1":1})") == "/~01");
  BOOST_TEST(pointer_of(R"({"":1})") == "/");
}

BOOST_AUTO_TEST_CASE(a_missing_member_is_named) {
  json_input in("{}");
  in.text("a", 1);
  in.text("b", 1);
  BOOST_TEST(in.finish()->pointer == "/a");
  json_input lists("{}");
  lists.texts("l", 1, 1);
  BOOST_TEST(lists.finish()->pointer == "/l");
  json_input outer("{}");
  outer.object("o").text("b", 1);
  BOOST_TEST(outer.finish()->pointer == "/o/b");
}

BOOST_AUTO_TEST_CASE(a_member_of_a_wrong_type_is_named) {
  const auto pointer = [](std::string_view body, auto read) {
    json_input in(body);
    read(in);
    const auto fault = in.finish();
    return fault ? fault->pointer : "no fault"s;
  };
  BOOST_TEST(pointer(R"({"a":1})", [](auto& in) { in.text("a", 9); }) == "/a");
  BOOST_TEST(pointer(R"({"a":null})", [](auto& in) { in.optional_text("a", 9); }) == "/a");
  BOOST_TEST(pointer(R"({"a":"true"})", [](auto& in) { in.flag("a", false); }) == "/a");
  BOOST_TEST(pointer(R"({"a":"x"})", [](auto& in) { in.texts("a", 9, 9); }) == "/a");
  BOOST_TEST(pointer(R"({"a":["x",1]})", [](auto& in) { in.texts("a", 9, 9); }) == "/a");
  BOOST_TEST(pointer(R"({"a":[]})", [](auto& in) { in.object("a"); }) == "/a");
  BOOST_TEST(pointer(R"({"a":null})", [](auto& in) { in.optional_number("a"); }) == "/a");
}

BOOST_AUTO_TEST_CASE(numbers_are_whole_and_at_most_two_to_the_53) {
  const auto number = [](std::string_view text) {
    const auto body = R"({"n":)" + std::string(text) + "}";
    json_input in(body);
    const auto out = in.optional_number("n");
    return in.finish() ? std::int64_t{-1} : static_cast<std::int64_t>(*out);
  };
  BOOST_TEST(number("0") == 0);
  BOOST_TEST(number("9007199254740992") == 9007199254740992);
  BOOST_TEST(number("9007199254740993") == -1);
  BOOST_TEST(number("18446744073709551616") == -1);
  BOOST_TEST(number("-1") == -1);
  BOOST_TEST(number("1.0") == -1);
  BOOST_TEST(number("1e3") == -1);
  BOOST_TEST(number("\"1\"") == -1);
}

BOOST_AUTO_TEST_CASE(lengths_count_characters_not_bytes) {
  const std::string body = "{\"a\":\"\xC3\xA9\xC3\xA9\"}";
  json_input two(body);
  BOOST_TEST(two.text("a", 2).size() == 4u);
  BOOST_TEST(!two.finish());
  json_input one(body);
  one.text("a", 1);
  BOOST_TEST(one.finish()->pointer == "/a");
  json_input list(R"({"l":["a","b","c"]})");
  list.texts("l", 2, 1);
  BOOST_TEST(list.finish()->pointer == "/l");
}

BOOST_AUTO_TEST_CASE(the_first_fault_stays_and_later_getters_are_empty) {
  json_input in(R"({"a":1,"b":"y"})");
  in.text("a", 1);
  BOOST_TEST(in.text("b", 1) == "");
  in.refuse("b", "not listed");
  BOOST_TEST(in.finish()->pointer == "/a");
}

BOOST_AUTO_TEST_CASE(a_handler_can_refuse_a_value) {
  json_input in(R"({"a":"x"})");
  in.text("a", 1);
  in.refuse("a", "not listed");
  BOOST_TEST(in.finish()->pointer == "/a");
  BOOST_TEST(in.finish()->detail == "not listed");
}

BOOST_AUTO_TEST_CASE(an_absent_body_may_count_as_an_empty_object) {
  BOOST_TEST(!json_input::or_empty("").finish());
  BOOST_TEST(!json_input::or_empty("{}").finish());
  BOOST_TEST(json_input::or_empty("[]").finish().has_value());
  BOOST_TEST(json_input::or_empty(" ").finish().has_value());
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(json_out)

BOOST_AUTO_TEST_CASE(commas_stand_where_they_belong) {
  json_output out;
  out.begin_object().member("s", "x").member("n", std::uint64_t{18446744073709551615u});
  out.member("i", std::int64_t{-5}).member("t", true).name("z").null();
  out.name("e").begin_array().end_array();
  out.name("l").begin_array().value(1).value("b").begin_object().end_object().end_array();
  out.name("o").begin_object().member("d", 0.25).end_object().name("r").raw("[1]").end_object();
  BOOST_TEST(out.take() == R"({"s":"x","n":18446744073709551615,"i":-5,"t":true,"z":null,"e":[],)"
                           R"("l":[1,"b",{}],"o":{"d":0.25},"r":[1]})");
}

BOOST_AUTO_TEST_CASE(strings_are_escaped_and_read_back_the_same) {
  const auto nasty = "q\" b\\ t\t n\n u\x01 d\x7F é😀 </script>"s;
  json_output out;
  out.begin_object().member("a", nasty).end_object();
  const auto body = out.take();
  json_input in(body);
  BOOST_TEST(in.text("a", 100) == nasty);
  BOOST_TEST(!in.finish());
  std::string plain;
  append_json_string(plain, "\x1F\"\\");
  BOOST_TEST(plain == R"("\u001f\"\\")");
}

BOOST_AUTO_TEST_SUITE_END()
