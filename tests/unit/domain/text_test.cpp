#include "domain/text.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

using namespace glados;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(well_formed_utf8_passes) {
  BOOST_TEST(valid_utf8(""));
  BOOST_TEST(valid_utf8("plain"));
  BOOST_TEST(valid_utf8("\xC2\x80 \xDF\xBF \xE0\xA0\x80 \xEF\xBF\xBF"));
  BOOST_TEST(valid_utf8("\xED\x9F\xBF \xEE\x80\x80 \xF0\x90\x80\x80 \xF4\x8F\xBF\xBF"));
}

BOOST_AUTO_TEST_CASE(malformed_utf8_is_refused) {
  const std::string_view bad[] = {
      "\x80",              // a continuation alone
      "\xBF",              //
      "\xC0\xAF",          // overlong "/"
      "\xC1\xBF",          //
      "\xE0\x9F\xBF",      // overlong in three bytes
      "\xF0\x8F\xBF\xBF",  // overlong in four
      "\xED\xA0\x80",      // surrogates
      "\xED\xBF\xBF",      //
      "\xF4\x90\x80\x80",  // over U+10FFFF
      "\xF5\x80\x80\x80",  //
      "\xFF",              //
      "\xC3",              // cut off
      "\xE2\x82",          //
      "\xF0\x9F\x98",      //
      "\xC3(",             // continuation missing
      "\xE2\x82(",         //
      "\xF0\x9F\x98(",     //
  };
  for (const std::string_view text : bad) {
    BOOST_TEST(!valid_utf8(text));
    BOOST_TEST(!valid_utf8("ok" + std::string(text) + "ok"));
  }
}

BOOST_AUTO_TEST_CASE(length_counts_code_points) {
  BOOST_TEST(utf8_length("") == 0u);
  BOOST_TEST(utf8_length("abc") == 3u);
  BOOST_TEST(utf8_length("\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80") == 3u);
}

BOOST_AUTO_TEST_CASE(control_characters_are_seen) {
  using namespace std::string_view_literals;
  BOOST_TEST(has_control_characters("a\0b"sv));
  BOOST_TEST(has_control_characters("a\nb"));
  BOOST_TEST(has_control_characters("\x1F"));
  BOOST_TEST(has_control_characters("\x7F"));
  BOOST_TEST(has_control_characters("\xC2\x80"));
  BOOST_TEST(has_control_characters("\xC2\x9F"));
  BOOST_TEST(has_control_characters("\xE2\x80\xA8"));
  BOOST_TEST(has_control_characters("\xE2\x80\xA9"));
  BOOST_TEST(!has_control_characters(" ~\xC2\xA0\xE2\x80\xAA\xC3\x80"));
}

BOOST_AUTO_TEST_CASE(user_ids_have_1_to_128_characters) {
  std::string wide;
  for (int i = 0; i < 128; ++i) wide += "\xF0\x9F\x98\x80";
  BOOST_TEST(!valid_user_id(""));
  BOOST_TEST(valid_user_id("j"));
  BOOST_TEST(valid_user_id(std::string(128, 'x')));
  BOOST_TEST(!valid_user_id(std::string(129, 'x')));
  BOOST_TEST(valid_user_id(wide));
  BOOST_TEST(!valid_user_id(wide + "\xF0\x9F\x98\x80"));
  BOOST_TEST(!valid_user_id("a\tb"));
  BOOST_TEST(!valid_user_id("\xC3"));
}

BOOST_AUTO_TEST_CASE(notes_may_have_lines) {
  BOOST_TEST(valid_note(""));
  BOOST_TEST(valid_note("one\r\n\ttwo"));
  BOOST_TEST(!valid_note("bell\a"));
  BOOST_TEST(!valid_note("\xFF"));
  BOOST_TEST(valid_note(std::string(2000, 'x')));
  BOOST_TEST(!valid_note(std::string(2001, 'x')));
}

BOOST_AUTO_TEST_SUITE_END()
