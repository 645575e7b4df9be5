#include "load/misbehaviour.hpp"

#include <charconv>

namespace glados::load {

std::optional<std::array<unsigned, misbehaviour_count>> parse_misbehaviour(std::string_view text) {
  std::array<unsigned, misbehaviour_count> out{};
  do {
    const auto comma = text.find(',');
    const auto part = text.substr(0, comma);
    const auto equals = part.find('=');
    std::size_t at = 0;
    while (at < misbehaviour_count &&
           to_string(static_cast<misbehaviour>(at)) != part.substr(0, equals))
      ++at;
    if (equals == std::string_view::npos || at == misbehaviour_count)
      return {};
    const auto number = part.substr(equals + 1);
    const auto [end, fault] =
        std::from_chars(number.data(), number.data() + number.size(), out[at]);
    if (fault != std::errc() || end != number.data() + number.size() || out[at] > most_misbehaving)
      return {};
    text = comma == std::string_view::npos ? std::string_view() : text.substr(comma + 1);
    if (text.empty() && comma != std::string_view::npos)
      return {};
  } while (!text.empty());
  return out;
}

}  // namespace glados::load
