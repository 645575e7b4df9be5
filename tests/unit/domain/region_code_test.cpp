#include "domain/region_code.hpp"

#include <boost/test/unit_test.hpp>

using glados::region_code;

BOOST_AUTO_TEST_SUITE(region_codes)

BOOST_AUTO_TEST_CASE(they_are_texts_of_four_characters_at_most) {
  BOOST_TEST(sizeof(region_code) == 4u);
  BOOST_TEST(region_code().empty());
  BOOST_TEST(region_code("").empty());
  for (const std::string text : {"DE", "+870", "+1"}) {
    const region_code code = text;
    BOOST_TEST(code.view() == text);
    BOOST_TEST(std::string(code) == text);
    BOOST_TEST(!code.empty());
    BOOST_TEST((code == region_code(std::string_view(text))));
  }
  BOOST_TEST((region_code("DE") != region_code("FR")));
  BOOST_TEST(region_code("email").empty());
}

BOOST_AUTO_TEST_SUITE_END()
