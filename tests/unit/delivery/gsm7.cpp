#include "delivery/gsm7.hpp"

#include <boost/test/unit_test.hpp>

using glados::delivery::gsm7_septets;

BOOST_AUTO_TEST_SUITE(delivery_gsm7)

BOOST_AUTO_TEST_CASE(counts_septets) {
  BOOST_TEST(gsm7_septets("").value() == 0u);
  BOOST_TEST(gsm7_septets("Code 123456\n@x #1").value() == 17u);
  BOOST_TEST(gsm7_septets("Grüße àÇÑ").value() == 9u);
  BOOST_TEST(gsm7_septets("€[]{}\\~^|").value() == 18u);
}

BOOST_AUTO_TEST_CASE(whatever_is_outside_goes_as_ucs2) {
  for (auto text : {"ç", "ã", "Привет", "`", "\t", "😀", "’", "日本"})
    BOOST_TEST(!gsm7_septets(text).has_value(), text);
}

BOOST_AUTO_TEST_CASE(broken_utf8_is_not_gsm) {
  for (auto text :
       {"\xff", "a\xc3", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe0\x80\xaf"})
    BOOST_TEST(!gsm7_septets(text).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
