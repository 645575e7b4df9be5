#include "crypto/digest.hpp"

#include <boost/test/unit_test.hpp>
#include <string>

#include "crypto/hkdf.hpp"

using namespace glados::crypto;

namespace {

std::string hex_of(const std::string& raw) { return hex(as_bytes(raw)); }

}  // namespace

BOOST_AUTO_TEST_SUITE(digest)

BOOST_AUTO_TEST_CASE(sha256_follows_fips_180) {
  BOOST_TEST(hex(sha256("")) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  BOOST_TEST(hex(sha256("abc")) ==
             "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_CASE(hmac_follows_rfc_4231) {
  const std::string key1(20, '\x0b');
  BOOST_TEST(hex(hmac_key(as_bytes(key1)).raw(as_bytes("Hi There"))) ==
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(hex(hmac_key(as_bytes("Jefe")).raw(as_bytes("what do ya want for nothing?"))) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  const std::string longer_than_a_block(131, '\xaa');
  BOOST_TEST(hex(hmac_key(as_bytes(longer_than_a_block))
                     .raw(as_bytes("Test Using Larger Than Block-Size Key - Hash Key First"))) ==
             "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_CASE(parts_of_an_hmac_cannot_be_shifted) {
  const hmac_key key(as_bytes("k"));
  BOOST_TEST((key({"ab", "c"}) != key({"a", "bc"})));
  BOOST_TEST((key({"ab"}) != key({"ab", ""})));
  BOOST_TEST((key({}) != key({""})));
  BOOST_TEST((key({"ab", "c"}) == key({"ab", "c"})));
  const std::string framed("\0\0\0\2ab\0\0\0\1c", 11);
  BOOST_TEST((key({"ab", "c"}) == key.raw(as_bytes(framed))));
}

BOOST_AUTO_TEST_CASE(an_hmac_key_can_be_moved) {
  hmac_key first(as_bytes("k"));
  const auto before = first({"x"});
  const hmac_key second(std::move(first));
  BOOST_TEST((second({"x"}) == before));
}

BOOST_AUTO_TEST_CASE(hkdf_follows_rfc_5869) {
  const std::string key(22, '\x0b');
  const auto salt = *unhex("000102030405060708090a0b0c");
  const auto info = *unhex("f0f1f2f3f4f5f6f7f8f9");
  BOOST_TEST(
      hex_of(hkdf(as_bytes(key), info, 42, as_bytes(salt))) ==
      "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865");
  BOOST_TEST(
      hex_of(hkdf(as_bytes(key), "", 42)) ==
      "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8");
  BOOST_TEST(hkdf(as_bytes(key), "long", 8160).size() == 8160U);
  BOOST_CHECK_THROW(hkdf(as_bytes(key), "long", 8161), std::invalid_argument);
  BOOST_TEST(!equal_constant_time(derive_key(as_bytes(key), "a").bytes(),
                                  derive_key(as_bytes(key), "b").bytes()));
}

BOOST_AUTO_TEST_CASE(constant_time_comparison_compares) {
  BOOST_TEST(equal_constant_time(as_bytes("abc"), as_bytes("abc")));
  BOOST_TEST(!equal_constant_time(as_bytes("abc"), as_bytes("abd")));
  BOOST_TEST(!equal_constant_time(as_bytes("abc"), as_bytes("ab")));
  BOOST_TEST(equal_constant_time(as_bytes(""), as_bytes("")));
}

BOOST_AUTO_TEST_CASE(a_moved_secret_is_gone_from_its_old_place) {
  secret32 first(as_bytes(std::string(32, 'x')).first<32>());
  const secret32 second(std::move(first));
  BOOST_TEST(second.bytes()[0] == 'x');
  BOOST_TEST(first.bytes()[0] == 0);  // NOLINT: looking at what is left is the test
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(encoding)

BOOST_AUTO_TEST_CASE(round_trips_of_every_length) {
  std::string raw;
  for (int i = 0; i < 70; ++i) {
    BOOST_TEST(*unhex(hex(as_bytes(raw))) == raw);
    BOOST_TEST(*unbase64url(base64url(as_bytes(raw))) == raw);
    raw.push_back(static_cast<char>(i * 37 + 200));
  }
}

BOOST_AUTO_TEST_CASE(base64_follows_rfc_4648) {
  BOOST_TEST(base64url(as_bytes("fooba")) == "Zm9vYmE");
  BOOST_TEST(base64url(as_bytes("\xfb\xff")) == "-_8");
  BOOST_TEST(*unbase64("Zm9vYmE=") == "fooba");
  BOOST_TEST(*unbase64("Zm9vYg==") == "foob");
  BOOST_TEST(*unbase64("Zm9vYmFy") == "foobar");
  BOOST_TEST(*unbase64("+/8=") == "\xfb\xff");
  BOOST_TEST(unbase64("")->empty());
}

BOOST_AUTO_TEST_CASE(a_second_spelling_is_refused) {
  for (const auto* bad : {"A", "AAAAA", "Zm9vYmE=", "Zm9vYmF", "+/8", "Zm9 ", "Zm9v\n", "\xff\xff"})
    BOOST_TEST(!unbase64url(bad), bad);
  for (const auto* bad : {"Zm9vYmE", "Zm9vYg=", "Zm9vYg===", "====", "=",
                          "Z===", "Zm9vYmF=", "-_8=", "Zm9v Zm9v", "Zm=vYmE="})
    BOOST_TEST(!unbase64(bad), bad);
  for (const auto* bad : {"a", "0g", "0x", " 0", "-1"}) BOOST_TEST(!unhex(bad), bad);
  BOOST_TEST(*unhex("aF") == "\xaf");
}

BOOST_AUTO_TEST_CASE(shard_letters_name_every_shard_once) {
  for (std::uint16_t shard = 0; shard < 1024; ++shard) {
    const auto letters = shard_letters(shard);
    BOOST_REQUIRE(shard_of_letters(letters[0], letters[1]) == shard);
  }
  BOOST_TEST(shard_letters(0) == "aa");
  BOOST_TEST(shard_letters(1023) == "77");
  BOOST_TEST(!shard_of_letters('A', 'a'));
  BOOST_TEST(!shard_of_letters('a', '1'));
}

BOOST_AUTO_TEST_SUITE_END()
