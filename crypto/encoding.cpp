#include "crypto/encoding.hpp"

#include <array>

namespace glados::crypto {

namespace {

constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::string_view standard_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view shard_alphabet = "abcdefghijklmnopqrstuvwxyz234567";
constexpr std::uint8_t no_digit = 0xff;

using digit_table = std::array<std::uint8_t, 256>;

constexpr digit_table digits_of(std::string_view alphabet) {
  digit_table table{};
  table.fill(no_digit);
  for (std::size_t i = 0; i < alphabet.size(); ++i)
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  return table;
}

constexpr digit_table url_digits = digits_of(url_alphabet);
constexpr digit_table standard_digits = digits_of(standard_alphabet);
constexpr digit_table shard_digits = digits_of(shard_alphabet);

int hex_digit(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<std::string> decode(std::string_view text, const digit_table& digits) {
  if (text.size() % 4 == 1)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() * 3 / 4);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const char c : text) {
    const auto digit = digits[static_cast<unsigned char>(c)];
    if (digit == no_digit)
      return std::nullopt;
    pending = (pending << 6 | digit) & 0xffffU;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      out.push_back(static_cast<char>(pending >> bits & 0xffU));
    }
  }
  if ((pending & ((1U << bits) - 1U)) != 0)
    return std::nullopt;  // a second spelling of the same bytes
  return out;
}

}  // namespace

std::string hex(bytes_view bytes) {
  constexpr std::string_view symbols = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const auto byte : bytes) {
    out.push_back(symbols[byte >> 4]);
    out.push_back(symbols[byte & 15]);
  }
  return out;
}

std::optional<std::string> unhex(std::string_view text) {
  if (text.size() % 2 != 0)
    return std::nullopt;
  std::string out;
  out.reserve(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); i += 2) {
    const int high = hex_digit(text[i]);
    const int low = hex_digit(text[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    out.push_back(static_cast<char>(high * 16 + low));
  }
  return out;
}

namespace {

/// Without padding.
std::string encode(bytes_view bytes, std::string_view alphabet) {
  std::string out;
  out.reserve((bytes.size() * 4 + 2) / 3);
  std::uint32_t pending = 0;
  int bits = 0;
  for (const auto byte : bytes) {
    pending = (pending << 8 | byte) & 0xffffU;
    bits += 8;
    while (bits >= 6) {
      bits -= 6;
      out.push_back(alphabet[pending >> bits & 63U]);
    }
  }
  if (bits > 0)
    out.push_back(alphabet[pending << (6 - bits) & 63U]);
  return out;
}

}  // namespace

std::string base64url(bytes_view bytes) { return encode(bytes, url_alphabet); }

std::string base64(bytes_view bytes) {
  auto out = encode(bytes, standard_alphabet);
  out.append((4 - out.size() % 4) % 4, '=');
  return out;
}

std::optional<std::string> unbase64url(std::string_view text) { return decode(text, url_digits); }

std::optional<std::string> unbase64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  for (int i = 0; i < 2 && text.ends_with('='); ++i) text.remove_suffix(1);
  return decode(text, standard_digits);  // one '=' too many leaves a length that decode refuses
}

std::string shard_letters(std::uint16_t shard) {
  return {shard_alphabet[shard >> 5 & 31U], shard_alphabet[shard & 31U]};
}

std::optional<std::uint16_t> shard_of_letters(char high, char low) {
  const auto a = shard_digits[static_cast<unsigned char>(high)];
  const auto b = shard_digits[static_cast<unsigned char>(low)];
  if (a == no_digit || b == no_digit)
    return std::nullopt;
  return static_cast<std::uint16_t>(a << 5 | b);
}

}  // namespace glados::crypto
