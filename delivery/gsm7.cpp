#include "delivery/gsm7.hpp"

#include "delivery/utf8.hpp"

namespace glados::delivery {
namespace {

constexpr std::u32string_view basic_beyond_ascii = U"£¥èéùìòÇØøÅåΔΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà";
constexpr std::u32string_view extension = U"\f^{}\\[~]|€";

/// 1 or 2 septets, 0 for a character outside the alphabet.
constexpr std::size_t septets_of(char32_t point) {
  if (extension.find(point) != std::u32string_view::npos)
    return 2;
  if (point == U'\n' || point == U'\r')
    return 1;
  if (point >= 0x20 && point < 0x7f)
    return point == U'`' ? 0 : 1;
  return basic_beyond_ascii.find(point) != std::u32string_view::npos ? 1 : 0;
}

}  // namespace

std::optional<std::size_t> gsm7_septets(std::string_view utf8) {
  std::size_t total = 0;
  char32_t point = 0;
  while (next_code_point(utf8, point)) {
    const std::size_t septets = septets_of(point);
    if (septets == 0)
      return std::nullopt;
    total += septets;
  }
  return utf8.empty() ? std::optional{total} : std::nullopt;
}

}  // namespace glados::delivery
