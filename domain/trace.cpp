#include "domain/trace.hpp"

#include <algorithm>

namespace glados {
namespace {

// version "-" trace-id "-" parent-id "-" trace-flags
constexpr std::size_t trace_at = 3;
constexpr std::size_t span_at = 36;
constexpr std::size_t flags_at = 53;
constexpr std::size_t known_size = 55;
constexpr std::size_t header_max = 512;  // of a later version

constexpr bool is_letter(char c) { return c >= 'a' && c <= 'f'; }
constexpr bool is_hex(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

bool all_hex(std::string_view text) { return std::all_of(text.begin(), text.end(), is_hex); }

std::uint64_t number(std::string_view text) {
  std::uint64_t out = 0;
  for (const char c : text)
    out = out << 4 | static_cast<std::uint64_t>(is_letter(c) ? c - 'a' + 10 : c - '0');
  return out;
}

}  // namespace

std::optional<trace_context> parse_traceparent(std::string_view header) {
  if (header.size() < known_size || header.size() > header_max)
    return {};
  const auto version = header.substr(0, 2);
  const auto trace = header.substr(trace_at, 32);
  const auto span = header.substr(span_at, 16);
  const bool in_shape = header[2] == '-' && header[35] == '-' && header[52] == '-' &&
                        all_hex(version) && all_hex(trace) && all_hex(span) &&
                        all_hex(header.substr(flags_at, 2));
  if (!in_shape || version == "ff")
    return {};
  // What a later version appends comes behind another hyphen.
  if (header.size() > known_size && (version == "00" || header[known_size] != '-'))
    return {};
  if (std::none_of(trace.begin(), trace.end(), is_letter))
    return {};
  trace_context out{number(trace.substr(0, 16)), number(trace.substr(16)), number(span)};
  if (!out.present() || out.span == 0)
    return {};
  return out;
}

}  // namespace glados
