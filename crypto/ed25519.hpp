// Ed25519 signatures (RFC 8032): webhooks, attestations, the head of the audit.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace glados::crypto {

using public_key32 = std::array<std::uint8_t, 32>;
using signature64 = std::array<std::uint8_t, 64>;

/// A private key. Owned by one holder, usable from any thread at once, wiped at the end.
class signing_key {
 public:
  /// From the 32-byte seed of RFC 8032, which is what keys files hold.
  explicit signing_key(std::span<const std::uint8_t, 32> seed);
  static signing_key generate(random_source& random);
  /// Nothing unless it is one unencrypted PKCS#8 Ed25519 key.
  static std::optional<signing_key> from_pem(std::string_view pem);

  signature64 sign(std::string_view message) const;
  public_key32 public_key() const;

 private:
  struct release {
    void operator()(void* key) const noexcept;
  };
  using handle = std::unique_ptr<void, release>;  // an EVP_PKEY
  explicit signing_key(handle key);

  handle key_;
};

/// False also for a key that is no point of the curve.
bool verify(const public_key32& key, std::string_view message, const signature64& signature);

}  // namespace glados::crypto
