#include "load/pause.hpp"

#include <charconv>

namespace glados::load {
namespace {

constexpr double longest_pause = 3'600;

std::optional<double> seconds_in(std::string_view text) {
  double out = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), out);
  const bool whole = fault == std::errc() && end == text.data() + text.size();
  return whole && out >= 0 && out <= longest_pause ? std::optional(out) : std::nullopt;
}

}  // namespace

std::optional<pause_law> parse_pause(std::string_view text) {
  const auto dots = text.find("..");
  const auto low = seconds_in(text.substr(0, dots));
  const auto high = dots == std::string_view::npos ? low : seconds_in(text.substr(dots + 2));
  if (!low || !high || *low > *high || (dots != std::string_view::npos && *low == *high))
    return {};
  return pause_law{*low, *high};
}

}  // namespace glados::load
