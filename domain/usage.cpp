#include "domain/usage.hpp"

#include <algorithm>
#include <limits>

namespace glados {
namespace {

constexpr micro_units most = std::numeric_limits<std::int64_t>::max();

micro_units times(std::uint64_t quantity, micro_units price) {
  return price != 0 && quantity > most / price ? most : quantity * price;
}

micro_units plus(micro_units a, micro_units b) {
  return a > most - std::min(b, most) ? most : a + b;
}

usage_month describe(std::chrono::year_month month) {
  using std::chrono::sys_days;
  const sys_days first{month / 1}, next{(month + std::chrono::months(1)) / 1};
  usage_month out;
  const auto year = std::to_string(static_cast<int>(month.year()));
  const auto number = static_cast<unsigned>(month.month());
  out.name = year + (number < 10 ? "-0" : "-") + std::to_string(number);
  out.first_day = first.time_since_epoch().count();
  out.days = static_cast<std::uint32_t>((next - first).count());
  return out;
}

}  // namespace

micro_units price_of_send(const price_table& prices, channel way, std::string_view region) {
  const auto& of = prices.sends[static_cast<std::size_t>(way)];
  const auto found = of.by_region.find(region);
  return found == of.by_region.end() ? of.otherwise : found->second;
}

micro_units spend_cap_of(const price_table& prices, std::string_view provider_id) {
  const auto found = prices.spend_cap_of.find(provider_id);
  return found == prices.spend_cap_of.end() ? prices.spend_cap : found->second;
}

micro_units price_of(const price_table& prices, std::uint64_t lookups, std::uint64_t bulk_rows) {
  return plus(times(lookups, prices.lookup), times(bulk_rows, prices.bulk_row));
}

statement make_statement(const price_table& prices, const usage_counts& used) {
  statement out;
  out.currency = prices.currency;
  const auto add = [&out](statement_line line) {
    if (line.quantity == 0)
      return;
    line.amount = times(line.quantity, line.price);
    out.total = plus(out.total, line.amount);
    out.lines.push_back(std::move(line));
  };
  add({"lookup", {}, {}, used.hits + used.misses, prices.lookup, 0});
  for (const auto& [to, count] : used.sends)
    add({"send", to.first, to.second, count, price_of_send(prices, to.first, to.second), 0});
  add({"bulk_row", {}, {}, used.bulk_rows, prices.bulk_row, 0});
  return out;
}

std::optional<usage_month> parse_month(std::string_view text) {
  if (text.size() != 7 || text[4] != '-')
    return {};
  int digits[6];
  for (std::size_t i = 0, at = 0; i < text.size(); ++i) {
    if (i == 4)
      continue;
    if (text[i] < '0' || text[i] > '9')
      return {};
    digits[at++] = text[i] - '0';
  }
  const int year = digits[0] * 1000 + digits[1] * 100 + digits[2] * 10 + digits[3];
  const int month = digits[4] * 10 + digits[5];
  if (year < 1970 || month < 1 || month > 12)
    return {};
  return describe(std::chrono::year(year) / month);
}

usage_month month_of(instant at) {
  constexpr std::int64_t us_per_day = 86'400'000'000;
  const std::chrono::year_month_day date{
      std::chrono::sys_days{std::chrono::days{at.us / us_per_day}}};
  return describe(date.year() / date.month());
}

}  // namespace glados
