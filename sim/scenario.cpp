#include "sim/scenario.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string_view>

#include "config/toml_file.hpp"

namespace glados::sim {
namespace {

struct row {
  std::string_view key;
  range scenario::*member;
  std::int64_t least = 0, most = 0;
};

constexpr std::array rows{
    row{"cluster.nodes", &scenario::nodes, 1, 8},
    row{"cluster.drift_ppm", &scenario::drift_ppm, 0, 30'000},
    row{"cluster.store_latency_us", &scenario::store_latency_us, 1, 1'000'000},
    row{"cluster.peer_latency_us", &scenario::peer_latency_us, 1, 1'000'000},
    row{"cluster.replicated_percent", &scenario::replicated_percent, 0, 100},
    row{"time.seconds", &scenario::seconds, 1, 604'800},
    row{"workload.providers", &scenario::providers, 1, 1'000},
    row{"workload.identifiers", &scenario::identifiers, 1, 1'000'000},
    row{"workload.calls_per_second", &scenario::calls_per_second, 1, 10'000},
    row{"workload.lookup_budget", &scenario::lookup_budget, 0, 1'000'000'000},
    row{"workload.decision_window_s", &scenario::decision_window_s, 1, 900},
    row{"workload.code_lifetime_s", &scenario::code_lifetime_s, 10, 600},
    row{"workload.live_entities", &scenario::live_entities, 1, 1'000'000},
    row{"workload.contested", &scenario::contested, 0, 100},
    row{"workload.lookups", &scenario::lookups, 0, 100},
    row{"workload.openings", &scenario::openings, 0, 100},
    row{"workload.guesses", &scenario::guesses, 0, 100},
    row{"workload.decisions", &scenario::decisions, 0, 100},
    row{"workload.removals", &scenario::removals, 0, 100},
    row{"workload.restores", &scenario::restores, 0, 100},
    row{"workload.reports", &scenario::reports, 0, 100},
    row{"workload.rows", &scenario::rows, 0, 100},
    row{"workload.repeats", &scenario::repeats, 0, 100},
    row{"workload.tokens", &scenario::tokens, 0, 100},
    row{"faults.crashes", &scenario::crashes, 0, 1'000},
    row{"faults.crashes_at_message", &scenario::crashes_at_message, 0, 1'000},
    row{"faults.freezes", &scenario::freezes, 0, 1'000},
    row{"faults.store_cuts", &scenario::store_cuts, 0, 1'000},
    row{"faults.peer_cuts", &scenario::peer_cuts, 0, 1'000},
    row{"faults.broken_links", &scenario::broken_links, 0, 1'000},
    row{"faults.flaky_stores", &scenario::flaky_stores, 0, 1'000},
    row{"faults.slow_stores", &scenario::slow_stores, 0, 1'000},
    row{"faults.slow_networks", &scenario::slow_networks, 0, 1'000},
    row{"faults.store_clock_steps", &scenario::store_clock_steps, 0, 1'000},
    row{"faults.wall_clock_steps", &scenario::wall_clock_steps, 0, 1'000},
    row{"faults.gateway_failures", &scenario::gateway_failures, 0, 1'000},
    row{"faults.receiver_failures", &scenario::receiver_failures, 0, 1'000},
    row{"faults.fail_overs", &scenario::fail_overs, 0, 1'000},
    row{"faults.upgrades", &scenario::upgrades, 0, 1'000},
    row{"faults.dead_entities", &scenario::dead_entities, 0, 1'000},
    row{"must.answered_percent", &scenario::answered_percent, 0, 100},
    row{"must.heals_within_s", &scenario::heals_within_s, 1, 3'600},
};

std::optional<std::int64_t> read_number(std::string_view text) {
  std::int64_t out = 0;
  const auto end = text.data() + text.size();
  const auto got = std::from_chars(text.data(), end, out);
  return got.ec == std::errc{} && got.ptr == end ? std::optional(out) : std::nullopt;
}

/// 3, "3", or "1..3".
std::optional<range> read_range(const config::toml_value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return range{*number, *number};
  const auto* text = std::get_if<std::string>(&value);
  if (text == nullptr)
    return {};
  const auto dots = text->find("..");
  const auto low = read_number(std::string_view(*text).substr(0, dots));
  const auto high =
      dots == std::string::npos ? low : read_number(std::string_view(*text).substr(dots + 2));
  if (!low || !high || *low > *high)
    return {};
  return range{*low, *high};
}

const row* find_row(std::string_view key) {
  const auto* found =
      std::find_if(rows.begin(), rows.end(), [&](const row& one) { return one.key == key; });
  return found == rows.end() ? nullptr : found;
}

bool take(scenario& to, const row& at, const config::toml_value& value) {
  const auto read = read_range(value);
  if (!read || read->low < at.least || read->high > at.most)
    return false;
  to.*at.member = *read;
  return true;
}

}  // namespace

bool assign(scenario& to, std::string_view key, const std::string& value) {
  const auto* at = find_row(key);
  return at != nullptr && take(to, *at, value);
}

scenario read_scenario(const std::string& path, std::vector<std::string>& faults) {
  std::vector<config::fault> unread;
  const auto leaves = config::read_toml(path, unread);
  for (const auto& fault : unread) faults.push_back(config::to_string(fault));
  scenario out;
  for (const auto& leaf : leaves) {
    const auto* text = std::get_if<std::string>(&leaf.content);
    if ((leaf.key == "name" || leaf.key == "about") && text != nullptr) {
      (leaf.key == "name" ? out.name : out.about) = *text;
      continue;
    }
    const auto* found = find_row(leaf.key);
    if (found == nullptr)
      faults.push_back(leaf.where + ": " + leaf.key + ": unknown key");
    else if (!take(out, *found, leaf.content))
      faults.push_back(leaf.where + ": " + leaf.key + ": not a number or LOW..HIGH within " +
                       std::to_string(found->least) + ".." + std::to_string(found->most));
  }
  return out;
}

std::string render(const scenario& what) {
  std::string out = "name = \"" + what.name + "\"\n";
  std::string_view section;
  for (const auto& one : rows) {
    const auto dot = one.key.find('.');
    if (section != one.key.substr(0, dot)) {
      section = one.key.substr(0, dot);
      out.append("\n[").append(section).append("]\n");
    }
    const auto& value = what.*one.member;
    out.append(one.key.substr(dot + 1)).append(" = ");
    if (value.low == value.high)
      out.append(std::to_string(value.low));
    else
      out.append("\"" + std::to_string(value.low) + ".." + std::to_string(value.high) + "\"");
    out.append("\n");
  }
  return out;
}

}  // namespace glados::sim
