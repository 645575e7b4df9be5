#include "domain/standing.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace glados {
namespace {

constexpr std::uint64_t changes_a_block = 1'000;

template <std::size_t N, class Enum>
std::string_view name_of(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}

double weight(instant at, const ladder& rules, instant now) {
  const auto age = std::max<double>(0, static_cast<double>((now - at).count()));
  const auto half = static_cast<double>(std::chrono::microseconds(rules.half_life).count());
  return std::exp2(-age / half);
}

/// Of each reporter's strikes without an operator, those beyond its share do not count.
void hold_back(std::vector<bool>& counts, const std::vector<strike>& strikes,
               const std::vector<std::size_t>& by_time, const ladder& rules) {
  std::map<std::string, std::vector<instant>> taken;
  for (const auto i : by_time) {
    const auto& one = strikes[i];
    if (!counts[i] || one.kind != strike_kind::restored)
      continue;
    auto& mine = taken[one.reporter];
    const auto recent = std::count_if(mine.begin(), mine.end(), [&](instant at) {
      return one.at - at < std::chrono::microseconds(rules.window);
    });
    counts[i] = recent < static_cast<std::ptrdiff_t>(rules.per_reporter);
    if (counts[i])
      mine.push_back(one.at);
  }
}

standing_level level_for(double rate, const ladder& rules) {
  auto level = standing_level::good;
  for (std::size_t i = 0; i < rules.steps.size(); ++i)
    if (rate >= rules.steps[i])
      level = static_cast<standing_level>(i + 1);
  return level;
}

std::uint64_t changes_in(const standing_facts& facts, const ladder& rules, instant now) {
  const auto first = day_of(now - std::chrono::microseconds(rules.window));
  std::uint64_t made = 0;
  for (const auto& [day, count] : facts.changes)
    if (day >= first)
      made += count;
  return made;
}

}  // namespace

std::string_view to_string(report_reason reason) {
  return name_of(std::array<std::string_view, 3>{"malicious", "mistake", "recycled"}, reason);
}

std::string_view to_string(report_state state) {
  return name_of(std::array<std::string_view, 3>{"open", "upheld", "dismissed"}, state);
}

std::string_view to_string(strike_kind kind) {
  return name_of(std::array<std::string_view, 3>{"restored", "upheld", "dismissed_report"}, kind);
}

std::string_view to_string(standing_level level) {
  return name_of(std::array<std::string_view, 6>{"good", "warned", "quota_half", "quota_tenth",
                                                 "no_new_mappings", "suspended"},
                 level);
}

double quota_factor(standing_level level) {
  if (level <= standing_level::warned)
    return 1.0;
  return level == standing_level::quota_half ? 0.5 : 0.1;
}

std::uint64_t strikes_at(const provider_standing& standing, const ladder& rules, instant now) {
  const auto left = static_cast<double>(standing.strikes) * weight(standing.as_of, rules, now);
  return static_cast<std::uint64_t>(std::llround(left));
}

std::vector<bool> counted(const std::vector<strike>& strikes, const ladder& rules,
                          instant forgiven_until) {
  std::vector<bool> counts(strikes.size());
  std::vector<std::size_t> by_time(strikes.size());
  std::iota(by_time.begin(), by_time.end(), 0u);
  std::stable_sort(by_time.begin(), by_time.end(),
                   [&](auto a, auto b) { return strikes[a].at < strikes[b].at; });
  for (std::size_t i = 0; i < strikes.size(); ++i) counts[i] = forgiven_until < strikes[i].at;
  hold_back(counts, strikes, by_time, rules);
  std::map<std::pair<shard_id, sii_key>, std::size_t> youngest;
  for (const auto i : by_time) {
    if (!counts[i])
      continue;
    const auto [at, fresh] = youngest.try_emplace({strikes[i].shard, strikes[i].key}, i);
    if (!fresh)
      counts[std::exchange(at->second, i)] = false;
  }
  return counts;
}

provider_standing review(const provider_standing& was, const standing_facts& facts,
                         const ladder& rules, instant now) {
  const auto counts = counted(facts.strikes, rules, was.forgiven_until);
  double sum = 0;
  for (std::size_t i = 0; i < counts.size(); ++i)
    if (counts[i])
      sum += weight(facts.strikes[i].at, rules, now);
  const auto made = changes_in(facts, rules, now);
  const auto blocks = std::max<std::uint64_t>(1, (made + changes_a_block - 1) / changes_a_block);
  // A strike that has just been made is a whole one, not one less a microsecond.
  const auto thousandths = static_cast<std::uint64_t>(std::llround(sum * 1'000));
  const auto rate = static_cast<double>(thousandths) / 1'000 / static_cast<double>(blocks);
  const auto reached = level_for(rate, rules);
  auto out = was;
  out.level = std::min(reached, std::max(was.level, last_automatic));
  out.proposed = reached > out.level ? reached : standing_level::good;
  out.strikes = thousandths;
  out.as_of = now;
  return out;
}

bool confirm(provider_standing& standing) {
  if (standing.proposed == standing_level::good)
    return false;
  standing.level = std::exchange(standing.proposed, standing_level::good);
  return true;
}

}  // namespace glados
