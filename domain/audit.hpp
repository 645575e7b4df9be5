// The texts of the audit that are hashed and signed, the same at the service and at a verifier:
// each link of the chain, its head, and each further key that signs heads. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace glados {

/// What is hashed (SHA-256) for the link `sequence`: the previous hash, the sequence in 8 bytes,
/// big endian, the record's text.
std::string audit_link_text(const std::array<std::uint8_t, 32>& previous, std::uint64_t sequence,
                            std::string_view body);

/// The action of the record that holds the head of a day.
inline constexpr std::string_view audit_head_action = "audit.head";

/// Who signed the head of the chain, and how.
struct audit_signature {
  std::string hash;  ///< of the head, in hex
  std::string kid;   ///< of the key, its RFC 7638 thumbprint
  std::string signature;
};

/// What is signed of a head. `hash`: 64 hex digits of the link `sequence`; `at`: when it was the
/// newest, RFC 3339.
std::string audit_head_text(std::uint64_t sequence, std::string_view hash, std::string_view at);

/// What an audit key signs of the next one; `kid` is that one's RFC 7638 thumbprint.
std::string audit_key_text(std::string_view kid);

}  // namespace glados
