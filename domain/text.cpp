#include "domain/text.hpp"

#include <algorithm>
#include <cstdint>
#include <string>

namespace glados {

namespace {

constexpr std::uint8_t byte_at(std::string_view text, std::size_t i) {
  return static_cast<std::uint8_t>(text[i]);
}

constexpr bool continuation(std::uint8_t byte) { return (byte & 0xC0) == 0x80; }

/// The length of the well-formed sequence that starts at `i`, 0 if there is none (RFC 3629, 4).
std::size_t sequence_at(std::string_view text, std::size_t i) {
  const std::uint8_t first = byte_at(text, i);
  if (first < 0x80)
    return 1;
  if (first < 0xC2 || first > 0xF4)
    return 0;
  const std::size_t length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
  if (text.size() - i < length)
    return 0;
  // Only the second byte tells overlong forms, surrogates and the end of Unicode.
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  switch (first) {
    case 0xE0:
      low = 0xA0;
      break;
    case 0xED:
      high = 0x9F;
      break;
    case 0xF0:
      low = 0x90;
      break;
    case 0xF4:
      high = 0x8F;
      break;
    default:
      break;
  }
  const std::uint8_t second = byte_at(text, i + 1);
  if (second < low || second > high)
    return 0;
  for (std::size_t k = 2; k < length; ++k)
    if (!continuation(byte_at(text, i + k)))
      return 0;
  return length;
}

}  // namespace

bool valid_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = sequence_at(text, i);
    if (length == 0)
      return false;
    i += length;
  }
  return true;
}

std::size_t utf8_length(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return !continuation(static_cast<std::uint8_t>(c));
  }));
}

bool has_control_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const std::uint8_t byte = byte_at(text, i);
    if (byte < 0x20 || byte == 0x7F)
      return true;
    if (byte == 0xC2 && i + 1 < text.size() && byte_at(text, i + 1) < 0xA0)
      return true;
    if (byte == 0xE2 && i + 2 < text.size() && byte_at(text, i + 1) == 0x80 &&
        (byte_at(text, i + 2) | 1) == 0xA9)
      return true;
  }
  return false;
}

bool plain_text(std::string_view text, std::size_t least, std::size_t most) {
  if (text.size() > most * 4 || !valid_utf8(text) || has_control_characters(text))
    return false;
  const std::size_t length = utf8_length(text);
  return length >= least && length <= most;
}

bool valid_note(std::string_view text) {
  if (text.size() > note_max * 4 || !valid_utf8(text) || utf8_length(text) > note_max)
    return false;
  std::string visible;
  visible.reserve(text.size());
  std::copy_if(text.begin(), text.end(), std::back_inserter(visible),
               [](char c) { return c != '\t' && c != '\n' && c != '\r'; });
  return !has_control_characters(visible);
}

}  // namespace glados
