// What a provider used in a month and what that costs. Pure arithmetic in whole numbers: money is
// counted in millionths of the price table's currency, so that no sum depends on its order.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

/// A send refused because of what the month costs already: `429 rate-limited` with this policy.
inline constexpr std::string_view policy_spend = "spend";

/// How long the ledger keeps a day: 18 months and a few days.
inline constexpr std::chrono::seconds ledger_kept = std::chrono::hours(24 * 553);

using micro_units = std::uint64_t;
/// Largest price of one thing, and largest cap: quantities times prices then stay exact in the
/// double of a script and of a JSON reader.
inline constexpr micro_units price_max = 1'000'000'000;
inline constexpr micro_units spend_cap_max = 1'000'000'000'000'000;

/// One line of a month's ledger in sum. Countries are regions (ISO 3166), "email" for mail.
struct usage_counts {
  std::uint64_t hits = 0;    ///< lookups answered
  std::uint64_t misses = 0;  ///< lookups of what nobody has
  std::uint64_t bulk_rows = 0;
  std::map<std::pair<channel, std::string>, std::uint64_t> sends;  ///< less those given back

  friend bool operator==(const usage_counts&, const usage_counts&) = default;
};

struct send_prices {
  micro_units otherwise = 0;  ///< for a country that is not named
  std::map<std::string, micro_units, std::less<>> by_region;

  friend bool operator==(const send_prices&, const send_prices&) = default;
};

/// config/prices.toml. Read at start, then only read, from any thread.
struct price_table {
  std::string currency = "EUR";  ///< ISO 4217
  micro_units lookup = 0;
  micro_units bulk_row = 0;
  std::array<send_prices, 3> sends{};  ///< by channel
  micro_units spend_cap = 0;           ///< of every provider, a month; 0: none
  std::map<std::string, micro_units, std::less<>> spend_cap_of;  ///< of single ones, instead

  friend bool operator==(const price_table&, const price_table&) = default;
};

micro_units price_of_send(const price_table& prices, channel way, std::string_view region);
/// 0: none.
micro_units spend_cap_of(const price_table& prices, std::string_view provider_id);
/// What lookups and bulk rows cost together; stops at 2^63 - 1.
micro_units price_of(const price_table& prices, std::uint64_t lookups, std::uint64_t bulk_rows);

struct statement_line {
  std::string item;  ///< "lookup", "send", "bulk_row"
  std::optional<channel> way{};
  std::string region;  ///< with a channel
  std::uint64_t quantity = 0;
  micro_units price = 0;
  micro_units amount = 0;
};

struct statement {
  std::string currency;
  std::vector<statement_line> lines;  ///< of what was used, in a fixed order
  micro_units total = 0;
};

statement make_statement(const price_table& prices, const usage_counts& used);

/// A month as the days of its ledger (since 1970-01-01).
struct usage_month {
  std::string name;  ///< "2026-11"
  std::int64_t first_day = 0;
  std::uint32_t days = 0;
};

/// "2026-11", from 1970 to 9999; else nothing.
std::optional<usage_month> parse_month(std::string_view text);
usage_month month_of(instant at);

}  // namespace glados
