#include "domain/time_text.hpp"

namespace glados {
namespace {

constexpr std::int64_t us_per_day = 86'400'000'000;

}  // namespace

instant start_of_day(instant at) {
  const auto day = at.us / us_per_day - (at.us % us_per_day < 0 ? 1 : 0);
  return {day * us_per_day};
}

namespace {

/// Writes `digits` decimal digits of `value` at `to`; `value` is not negative.
void put_number(char* to, int digits, std::int64_t value) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) to[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

std::string rfc3339(instant at) {
  const auto midnight = start_of_day(at);
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{midnight.us / us_per_day}}};
  const auto ms = (at.us - midnight.us) / 1000;
  std::string text = "0000-00-00T00:00:00.000Z";
  put_number(text.data(), 4, static_cast<int>(date.year()));
  put_number(text.data() + 5, 2, static_cast<unsigned>(date.month()));
  put_number(text.data() + 8, 2, static_cast<unsigned>(date.day()));
  put_number(text.data() + 11, 2, ms / 3'600'000);
  put_number(text.data() + 14, 2, ms / 60'000 % 60);
  put_number(text.data() + 17, 2, ms / 1000 % 60);
  put_number(text.data() + 20, 3, ms % 1000);
  return text;
}

}  // namespace glados
