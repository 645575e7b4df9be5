#include "app/load_scenario.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>

#include "sim/scenario.hpp"

namespace glados::app {
namespace {

using workload::action;

constexpr unsigned most_connections = 100'000;
constexpr double least_connections = 32;
/// For how long a user keeps a connection who waits for a code and types it, and one who guesses.
constexpr double typing_s = 6, guessing_s = 12;

sim::scenario read(const scenario_words& from) {
  std::vector<std::string> faults;
  auto out = sim::read_scenario(from.file, faults);
  std::string all;
  for (const auto& one : faults) all += (all.empty() ? "" : "; ") + one;
  if (!all.empty())
    throw CLI::ValidationError("--scenario", all);
  for (const auto& change : from.changes) {
    const auto equals = change.find('=');
    if (equals == std::string::npos ||
        !sim::assign(out, "workload." + change.substr(0, equals), change.substr(equals + 1)))
      throw CLI::ValidationError("--workload", change + " is not KEY=N or KEY=N..M of [workload]");
  }
  return out;
}

/// Enough that in an open loop users who type do not keep others waiting; the same for everybody.
unsigned connections_for(const workload::traffic& of, double rate) {
  const auto part = [&](action what) {
    return static_cast<double>(of.share_of(what)) / static_cast<double>(of.all_shares());
  };
  const auto kept =
      typing_s * (part(action::opening) + part(action::restore)) + guessing_s * part(action::guess);
  const auto each = std::ceil((least_connections + rate * kept) / of.providers);
  const auto all = std::min(each * of.providers, static_cast<double>(most_connections));
  return std::max(static_cast<unsigned>(all), of.providers);
}

}  // namespace

void take_scenario(const scenario_words& from, load::options& into) {
  const auto of = read(from);
  workload::draw chance(into.seed, "options");
  auto traffic = workload::draw_traffic(of, chance);
  const auto seconds = chance.between(of.seconds.low, of.seconds.high);
  if (traffic.all_shares() == 0)
    throw CLI::ValidationError("--scenario", "has no call with a share");
  const bool bare = from.range.find("..") == std::string::npos;
  into.numbers = load::parse_key_space(
      bare ? from.range + ".." + std::to_string(traffic.identifiers) : from.range);
  if (!into.numbers)
    throw CLI::ValidationError("--scenario",
                               "needs --tel-range BASE or BASE..COUNT: numbers that are yours");
  traffic.identifiers = static_cast<unsigned>(into.numbers->count);
  if (!from.rate)
    into.rate = traffic.calls_per_second;
  if (into.rate <= 0)
    throw CLI::ValidationError("--rate", "of a scenario is above 0");
  if (!from.duration)
    into.duration = static_cast<double>(seconds);
  if (!from.connections)
    into.connections = connections_for(traffic, into.rate);
  if (traffic.share_of(action::opening) + traffic.share_of(action::restore) > 0 && !into.outbox)
    throw CLI::ValidationError("--scenario", "has openings or restores, which need --outbox");
  into.traffic = traffic;
}

}  // namespace glados::app
