// The small value types that every folder speaks: shards, keys, instants. Nothing here can name a
// person: an SII appears only as its keyed hash, a user id only sealed.
#pragma once

#include <array>
#include <chrono>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>

namespace glados {

/// 0 to shard_count - 1. Fixed for the life of a directory (architecture, decision 4).
using shard_id = std::uint16_t;
inline constexpr std::size_t shard_count = 1024;

using bytes16 = std::array<std::uint8_t, 16>;
using bytes32 = std::array<std::uint8_t, 32>;

/// Name of an SII inside the service: a keyed hash in layers, one an index key
/// (docs/architecture.md, identifiers). Whoever has a name of few layers can make those of more,
/// and not the other way.
struct sii_key {
  bytes16 value{};
  std::uint8_t layers = 1;  ///< goes wherever the name goes; equal names have equally many
  friend bool operator==(const sii_key& a, const sii_key& b) { return a.value == b.value; }
  friend auto operator<=>(const sii_key& a, const sii_key& b) { return a.value <=> b.value; }
};

/// Cluster time: microseconds since 1970-01-01 UTC as Redis counts them, never going back on a
/// node.
struct instant {
  std::int64_t us = 0;
  friend auto operator<=>(const instant&, const instant&) = default;
  friend instant operator+(instant at, std::chrono::microseconds span) {
    return {at.us + span.count()};
  }
  friend instant operator-(instant at, std::chrono::microseconds span) {
    return {at.us - span.count()};
  }
  friend std::chrono::microseconds operator-(instant a, instant b) {
    return std::chrono::microseconds(a.us - b.us);
  }
};

/// Which way a code travels.
enum class channel : std::uint8_t { sms, voice, email };

constexpr std::string_view to_string(channel way) {
  constexpr std::array<std::string_view, 3> names{"sms", "voice", "email"};
  return names[static_cast<std::size_t>(way)];
}

/// How a mapping came to be believed. The first three have the numbers of `channel`.
enum class proof_method : std::uint8_t { sms, voice, email, asserted };

constexpr std::string_view to_string(proof_method how) {
  constexpr std::array<std::string_view, 4> names{"sms", "voice", "email", "asserted"};
  return names[static_cast<std::size_t>(how)];
}

/// Where a message goes, without telling to whom: the region (ISO 3166, or "email") and a keyed
/// hash of calling code and first three national digits. Budgets and the conversion breaker count
/// by it.
struct destination {
  std::string region;
  std::uint64_t prefix_tag = 0;
};

template <class Inspector>
auto inspect(Inspector& f, sii_key& x) {
  return f(x.value, x.layers);
}
template <class Inspector>
auto inspect(Inspector& f, instant& x) {
  return f(x.us);
}
template <class Inspector>
auto inspect(Inspector& f, destination& x) {
  return f(x.region, x.prefix_tag);
}

}  // namespace glados

template <>
struct std::hash<glados::sii_key> {
  std::size_t operator()(const glados::sii_key& key) const noexcept {
    std::size_t out = 0;  // the key is a pseudorandom function's output: any eight bytes will do
    std::memcpy(&out, key.value.data(), sizeof out);
    return out;
  }
};
