#include "domain/time_text.hpp"

#include <cstdio>

namespace glados {
namespace {

constexpr std::int64_t us_per_day = 86'400'000'000;

}  // namespace

instant start_of_day(instant at) {
  const auto day = at.us / us_per_day - (at.us % us_per_day < 0 ? 1 : 0);
  return {day * us_per_day};
}

std::string rfc3339(instant at) {
  const auto midnight = start_of_day(at);
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{midnight.us / us_per_day}}};
  const auto ms = (at.us - midnight.us) / 1000;
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(ms / 3'600'000),
                static_cast<int>(ms / 60'000 % 60), static_cast<int>(ms / 1000 % 60),
                static_cast<int>(ms % 1000));
  return text.data();
}

}  // namespace glados
