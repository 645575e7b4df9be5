// What people and programs get to see: tables, text from outside, JSON values.
#include <boost/test/unit_test.hpp>

#include "admin/table.hpp"
#include "admin/value.hpp"

using namespace glados::admin;

BOOST_AUTO_TEST_SUITE(tables)

BOOST_AUTO_TEST_CASE(columns_line_up_by_characters_not_bytes) {
  table t({{"NAME"}, {"N", table::align::right}, {"X"}});
  t.add({"zoë", "7", "a"});
  t.add({"alphabet", "1,234", ""});
  BOOST_TEST(t.text() ==
             "NAME          N  X\n"
             "zoë           7  a\n"
             "alphabet  1,234  \n");
}

BOOST_AUTO_TEST_CASE(an_empty_table_says_so) { BOOST_TEST(table({{"A"}}).text() == "(none)\n"); }

BOOST_AUTO_TEST_CASE(text_from_outside_cannot_command_the_terminal) {
  BOOST_TEST(plain("a\x1b[2Jb") == "a?[2Jb");
  BOOST_TEST(plain("one\ntwo\tthree") == "one two three");
  BOOST_TEST(plain("\xC2\x9B"
                   "31m") == "?31m");  // C1
  BOOST_TEST(plain("a\xE2\x80\xAE"
                   "b\xE2\x81\xA6") == "a?b?");  // turned writing
  BOOST_TEST(plain("\xE2\x80\xA8") == "?");      // a line's end
  BOOST_TEST(plain("caf\xC3\xA9 \xF0\x9F\x98\x80") == "caf\xC3\xA9 \xF0\x9F\x98\x80");
  BOOST_TEST(plain("\xFF") == "?");  // no UTF-8
}

BOOST_AUTO_TEST_CASE(facts_line_up) {
  facts f;
  f.add("a", "1");
  f.add("long name", "2\x07");
  BOOST_TEST(f.text() == "a          1\nlong name  2?\n");
}

BOOST_AUTO_TEST_CASE(numbers_and_times_for_people) {
  BOOST_TEST(grouped("7") == "7");
  BOOST_TEST(grouped("1000") == "1,000");
  BOOST_TEST(grouped("1000000000") == "1,000,000,000");
  BOOST_TEST(grouped("-") == "-");
  BOOST_TEST(short_time("2026-11-23T09:41:00.123Z") == "2026-11-23 09:41:00");
  BOOST_TEST(short_time("") == "-");
  BOOST_TEST(short_time("soon") == "soon");
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(a_document_comes_back_as_it_was) {
  const std::string text =
      R"({"a":[1,-2.50,12345678901234567890,true,null],"b":{"c":"x\"\\\u001b"},"d":""})";
  const auto read = parse_json(text);
  BOOST_REQUIRE(read.has_value());
  BOOST_TEST(read->json() == text);
  BOOST_TEST(parse_json(read->pretty())->json() == text);
  BOOST_TEST(read->at("a").items()[2].text() == "12345678901234567890");
}

BOOST_AUTO_TEST_CASE(what_is_no_value_is_refused) {
  for (const auto* bad : {"", "{", "[1,]", "{\"a\":}", "nul", "{} {}", "\"\xFF\""})
    BOOST_TEST(!parse_json(bad).has_value(), bad);
  BOOST_TEST(parse_json(std::string(64, '[') + std::string(64, ']')).has_value());
  BOOST_TEST(!parse_json(std::string(65, '[') + std::string(65, ']')).has_value());
  BOOST_TEST(!parse_json(std::string("1\0", 2)).has_value());
}

BOOST_AUTO_TEST_CASE(members_are_replaced_removed_and_absent_ones_null) {
  auto v = value::object();
  v.put("a", 1).put("b", "x").put("a", 2);
  BOOST_TEST(v.json() == R"({"a":2,"b":"x"})");
  v.remove("a");
  v.remove("z");
  BOOST_TEST(v.json() == R"({"b":"x"})");
  BOOST_TEST(v.at("z").is_null());
  BOOST_TEST(v.at("b").at("deeper").is_null());
}

BOOST_AUTO_TEST_CASE(shown_is_for_people) {
  BOOST_TEST(value{}.shown() == "-");
  BOOST_TEST(value("").shown() == "-");
  BOOST_TEST(value(true).shown() == "yes");
  BOOST_TEST(value::list().add("a").add("b").shown() == "a b");
  BOOST_TEST(value(7).count() == 7u);
  BOOST_TEST(value::digits("-7").count() == 0u);
  BOOST_TEST(value("7").count() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
