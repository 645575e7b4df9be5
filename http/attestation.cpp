#include "http/attestation.hpp"

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "domain/time_text.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

std::string encode(std::string_view text) { return crypto::base64url(crypto::as_bytes(text)); }

std::int64_t seconds_of(instant at) { return at.us / 1'000'000; }

}  // namespace

std::string key_id(const crypto::public_key32& key) {
  const auto x = crypto::base64url(key);
  return crypto::base64url(crypto::sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + "\"}"));
}

std::string sign_attestation(const attested& what, const crypto::signing_key& key) {
  json_output head;
  head.begin_object().member("alg", "EdDSA").member("typ", "glados-mapping+jwt");
  head.member("kid", key_id(key.public_key())).end_object();
  json_output claims;
  claims.begin_object().member("iss", what.issuer).member("aud", what.audience);
  claims.member("iat", seconds_of(what.now));
  claims.member("exp", seconds_of(what.now + attestation_lifetime));
  claims.member("sii", what.sii);
  claims.name("ssi").begin_object().member("provider_id", what.provider_id);
  claims.member("provider_name", what.provider_name).member("user_id", what.user_id).end_object();
  claims.member("verified_at", rfc3339(what.verified_at)).end_object();
  const auto signed_part = encode(head.take()) + "." + encode(claims.take());
  return signed_part + "." + crypto::base64url(key.sign(signed_part));
}

}  // namespace glados::http
