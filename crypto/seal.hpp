// Authenticated encryption of what storage may hold but not read: user ids, pending addresses and
// codes. AES-256-GCM; a sealed text is nonce (12) + ciphertext + tag (16).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace glados::crypto {

/// One sealing key. Owned by the key ring (or a test); const use from any number of threads at
/// once: each thread works in a context of its own, whose key schedule is overwritten by the next
/// use and wiped when the thread ends. Move-only; cleansed at the end.
///
/// `aad` binds a sealed text to its place (record, provider): opened under another one it is
/// refused.
///
/// `seal_deterministic` gives the same output for the same input, so that a repeated commit writes
/// the same bytes and an equal user id can be recognised without opening it. Its nonce is the first
/// 12 bytes of HMAC(nonce key, aad, plaintext), the nonce key being independent of the AES key
/// (HKDF). That is sound: GCM breaks only when one nonce meets two different messages, and here
/// different messages have equal nonces only by a collision of a 96-bit pseudo-random function, the
/// same odds as for random nonces (below 2^-32 for 2^32 messages a key, both modes together). What
/// it reveals is equality of whole (aad, plaintext) pairs, nothing else; callers who must hide even
/// that use `seal`.
class sealer {
 public:
  static constexpr std::size_t overhead = 12 + 16;

  explicit sealer(std::span<const std::uint8_t, 32> key);
  sealer(sealer&&) noexcept = default;
  sealer& operator=(sealer&&) noexcept = default;

  std::string seal(std::string_view plaintext, std::string_view aad, random_source& random) const;
  std::string seal_deterministic(std::string_view plaintext, std::string_view aad) const;

  /// Nothing when it was not sealed by this key for this `aad`, byte for byte.
  std::optional<std::string> open(std::string_view sealed, std::string_view aad) const;

 private:
  using nonce = std::array<std::uint8_t, 12>;
  std::string seal_with(const nonce& once, std::string_view plaintext, std::string_view aad) const;

  secret32 key_;
  hmac_key nonce_key_;
};

}  // namespace glados::crypto
