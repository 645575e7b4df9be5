// Attestations: the form of a compact JWS, and that its signature fits the published key.
#include "http/attestation.hpp"

#include <boost/test/unit_test.hpp>

#include "crypto/encoding.hpp"
#include "crypto/random.hpp"

using namespace glados;

BOOST_AUTO_TEST_SUITE(attestation)

BOOST_AUTO_TEST_CASE(is_signed_over_header_and_claims) {
  const auto key = crypto::signing_key::generate(crypto::system_random());
  const instant now{1'763'890'000'000'000};
  const auto jws = http::sign_attestation({"https://g.example",
                                           "beta",
                                           "tel:+14155550123",
                                           "alpha",
                                           "Alpha Chat",
                                           "jdrosen2",
                                           {0},
                                           now},
                                          key);
  const auto first = jws.find('.'), last = jws.rfind('.');
  BOOST_REQUIRE(first != std::string::npos && last != first);
  const auto bytes = crypto::unbase64url(jws.substr(last + 1));
  BOOST_REQUIRE(bytes && bytes->size() == 64);
  crypto::signature64 signature;
  std::copy(bytes->begin(), bytes->end(), signature.begin());
  BOOST_TEST(crypto::verify(key.public_key(), jws.substr(0, last), signature));
  BOOST_TEST(!crypto::verify(key.public_key(), jws.substr(0, last - 1), signature));

  const auto head = crypto::unbase64url(jws.substr(0, first));
  BOOST_TEST(*head == R"({"alg":"EdDSA","typ":"glados-mapping+jwt","kid":")" +
                          http::key_id(key.public_key()) + R"("})");
  const auto claims = crypto::unbase64url(jws.substr(first + 1, last - first - 1));
  BOOST_TEST(
      *claims ==
      R"({"iss":"https://g.example","aud":"beta","iat":1763890000,"exp":1763976400,)"
      R"("sii":"tel:+14155550123","ssi":{"provider_id":"alpha","provider_name":"Alpha Chat",)"
      R"("user_id":"jdrosen2"},"verified_at":"1970-01-01T00:00:00.000Z"})");
}

BOOST_AUTO_TEST_CASE(names_keys_by_their_thumbprint) {
  // RFC 8037, appendix A.3
  const auto x = crypto::unbase64url("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  crypto::public_key32 key;
  std::copy(x->begin(), x->end(), key.begin());
  BOOST_TEST(http::key_id(key) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
}

BOOST_AUTO_TEST_SUITE_END()
