// What the service wants to know of a client certificate in PEM.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"

namespace glados::crypto {

struct certificate_facts {
  digest32 thumbprint;      ///< SHA-256 of the DER form: `x5t#S256` of RFC 8705
  std::int64_t not_before;  ///< seconds since 1970, UTC
  std::int64_t not_after;   ///< seconds since 1970, UTC
  std::string common_name;  ///< of the subject, UTF-8; empty when there is none
};

/// Reads exactly one PEM certificate, at most 16 KiB, with nothing but white space around it.
/// Nothing for anything else, and for keys too weak to name a provider: RSA under 2,048 bits (or
/// over 8,192, which would cost the server too much), curves other than P-256, P-384, P-521 and
/// Ed25519. Does not look at dates or issuers: that is for whoever enrols it.
std::optional<certificate_facts> read_certificate(std::string_view pem);

/// The thumbprint alone, under the same conditions.
std::optional<digest32> certificate_thumbprint(std::string_view pem);

}  // namespace glados::crypto
