// Text forms of bytes. Decoders are strict: one text for every value, anything else is refused, so
// that an id or a token has no second spelling.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace glados::crypto {

using bytes_view = std::span<const std::uint8_t>;

inline bytes_view as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

/// Lower case.
std::string hex(bytes_view bytes);
/// Either case; an even number of digits.
std::optional<std::string> unhex(std::string_view text);

/// RFC 4648 section 5, without padding.
std::string base64url(bytes_view bytes);
/// Refuses padding, white space, and bits left over that are not zero.
std::optional<std::string> unbase64url(std::string_view text);

/// RFC 4648 section 4, with padding: what HTTP Basic credentials and Standard Webhooks use.
std::string base64(bytes_view bytes);
/// As strict as the above.
std::optional<std::string> unbase64(std::string_view text);

/// The two letters (base32, lower case) that name a shard of 0..1023 inside an id.
std::string shard_letters(std::uint16_t shard);
std::optional<std::uint16_t> shard_of_letters(char high, char low);

}  // namespace glados::crypto
