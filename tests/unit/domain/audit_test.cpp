// The texts that the audit hashes and signs: their bytes are a contract with verifiers.
#include "domain/audit.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

BOOST_AUTO_TEST_SUITE(audit_texts)

BOOST_AUTO_TEST_CASE(a_link_is_the_previous_hash_the_sequence_and_the_text) {
  std::array<std::uint8_t, 32> previous{};
  previous[0] = 0xAB;
  const auto text = audit_link_text(previous, 0x0102030405060708, "{}");
  BOOST_REQUIRE(text.size() == 42u);
  BOOST_TEST(text[0] == '\xAB');
  BOOST_TEST(text.substr(32) == "\x01\x02\x03\x04\x05\x06\x07\x08{}");
}

BOOST_AUTO_TEST_CASE(heads_and_keys_are_lines) {
  BOOST_TEST(audit_head_text(7, "aa", "2026-11-23T10:00:00.000Z") ==
             "glados audit head 1\n7\naa\n2026-11-23T10:00:00.000Z\n");
  BOOST_TEST(audit_key_text("kid") == "glados audit key 1\nkid\n");
}

BOOST_AUTO_TEST_SUITE_END()
