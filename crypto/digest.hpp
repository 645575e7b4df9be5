// SHA-256, HMAC-SHA-256 and comparison in constant time.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string_view>

#include "crypto/encoding.hpp"

namespace glados::crypto {

using digest32 = std::array<std::uint8_t, 32>;
using digest16 = std::array<std::uint8_t, 16>;

digest32 sha256(std::string_view text);

/// False for different lengths; otherwise takes the same time wherever the bytes differ.
bool equal_constant_time(bytes_view a, bytes_view b);

/// The first half of a digest.
digest16 truncate(const digest32& whole);

/// Overwrites memory in a way that the compiler keeps.
void cleanse(std::span<std::uint8_t> bytes);
void cleanse(std::string& text);

/// 32 secret bytes. Move-only; cleansed when it ends or is moved from.
class secret32 {
 public:
  secret32() = default;
  explicit secret32(std::span<const std::uint8_t, 32> bytes);
  secret32(secret32&& other) noexcept;
  secret32& operator=(secret32&& other) noexcept;
  ~secret32();

  std::span<const std::uint8_t, 32> bytes() const { return bytes_; }
  std::span<std::uint8_t, 32> writable() { return bytes_; }

 private:
  std::array<std::uint8_t, 32> bytes_{};
};

/// A key of HMAC-SHA-256 (RFC 2104), kept as the two hash states after the padded key: a short
/// message then costs two compressions. Held by whoever needs the key; any thread may use one
/// concurrently; cleansed at the end. A moved-from key may only be destroyed or assigned.
class hmac_key {
 public:
  explicit hmac_key(bytes_view key);
  hmac_key(hmac_key&&) noexcept;
  hmac_key& operator=(hmac_key&&) noexcept;
  ~hmac_key();

  /// Every part goes in behind its length (4 bytes, big endian), so that ("ab","c") and ("a","bc")
  /// differ, and so do lists of different lengths.
  digest32 operator()(std::initializer_list<std::string_view> parts) const;

  /// The plain HMAC of one message, as other standards expect it.
  digest32 raw(bytes_view message) const;

 private:
  struct state;
  struct wipe {
    void operator()(state* gone) const noexcept;
  };
  std::unique_ptr<state, wipe> state_;
};

}  // namespace glados::crypto
