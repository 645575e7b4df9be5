// Signed answers to lookups (api.md section 4): a compact JWS (RFC 7515, RFC 8037) that says to one
// provider, for a day, which account is preferred. Without audience and end it would be
// transferable proof of who uses what.
#pragma once

#include <string>
#include <string_view>

#include "crypto/ed25519.hpp"
#include "domain/ids.hpp"

namespace glados::http {

inline constexpr std::chrono::hours attestation_lifetime{24};

struct attested {
  std::string_view issuer;    ///< base URL of this service
  std::string_view audience;  ///< provider_id of the asking provider
  std::string_view sii;       ///< canonical
  std::string_view provider_id, provider_name, user_id;
  instant verified_at;  ///< cut to the day
  instant now;
};

/// RFC 7638 thumbprint, base64url: the `kid` of the key in /.well-known/glados.
std::string key_id(const crypto::public_key32& key);

std::string sign_attestation(const attested& what, const crypto::signing_key& key);

}  // namespace glados::http
