#include "sim/trace.hpp"

#include <array>
#include <cstdio>

namespace glados::sim {

std::string time_text(moment when) {
  std::array<char, 40> out{};
  std::snprintf(out.data(), out.size(), "%.6f", static_cast<double>(when) / second);
  return out.data();
}

void trace::note(moment when, std::string_view what, std::initializer_list<fact> facts,
                 std::string_view text) {
  ++length_;
  digest_.add(static_cast<std::uint64_t>(when));
  digest_.add(what);
  for (const auto& one : facts) digest_.add(static_cast<std::uint64_t>(one.number));
  digest_.add(text);
  if (!keeps_)
    return;
  auto line = time_text(when);
  line.insert(0, line.size() < 12 ? 12 - line.size() : 0, ' ');
  line.append("  ").append(what);
  for (const auto& one : facts)
    line.append(" ").append(one.name).append(" ").append(std::to_string(one.number));
  if (!text.empty())
    line.append(": ").append(text);
  lines_.push_back(std::move(line));
}

}  // namespace glados::sim
