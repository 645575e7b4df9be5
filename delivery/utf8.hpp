// Reads UTF-8 one code point at a time, strictly.
#pragma once

#include <string_view>

namespace glados::delivery {

/// Takes one code point off the front of `rest`. False, with `rest` untouched, if it is empty or
/// does not begin with well-formed UTF-8 (overlong forms and surrogates are not).
constexpr bool next_code_point(std::string_view& rest, char32_t& out) {
  if (rest.empty())
    return false;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  const unsigned char lead = byte(0);
  std::size_t length = lead < 0x80   ? 1
                       : lead < 0xc2 ? 0
                       : lead < 0xe0 ? 2
                       : lead < 0xf0 ? 3
                       : lead < 0xf5 ? 4
                                     : 0;
  if (length == 0 || rest.size() < length)
    return false;
  char32_t point = length == 1 ? lead : lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80)
      return false;
    point = (point << 6) | (byte(i) & 0x3fu);
  }
  constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
  if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point < 0xe000))
    return false;
  out = point;
  rest.remove_prefix(length);
  return true;
}

}  // namespace glados::delivery
