#include <CLI/CLI.hpp>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <optional>

#include "app/sim.hpp"
#include "sim/run.hpp"

namespace glados::app {
namespace {

struct sim_options {
  std::uint64_t seed = 1;
  std::string seeds, scenario, bug, faults;
  double minutes = 0;
  bool trace = false, json = false, no_reduction = false;
};

struct sim_total {
  std::uint64_t first = 0, last = 0, runs = 0, steps = 0, calls = 0;
  sim::moment virtual_time = 0;
  double seconds = 0;
  sim::fingerprint digest;
  std::optional<sim::run_outcome> failed;
  std::optional<sim::reduced_run> reduced;
};

std::pair<std::uint64_t, std::uint64_t> parse_seeds(const std::string& text) {
  const auto dots = text.find("..");
  std::size_t low = 0, high = 0;
  std::pair<std::uint64_t, std::uint64_t> out;
  try {
    if (dots == std::string::npos || text.empty() || text.front() < '0' || text.front() > '9')
      throw std::invalid_argument(text);
    out = {std::stoull(text.substr(0, dots), &low), std::stoull(text.substr(dots + 2), &high)};
  } catch (const std::exception&) {
    throw CLI::ValidationError("--seeds", "must be A..B");
  }
  if (low != dots || high != text.size() - dots - 2 || out.first > out.second)
    throw CLI::ValidationError("--seeds", "must be A..B");
  return out;
}

std::set<unsigned> parse_faults(const std::string& text) {
  std::set<unsigned> out;
  if (text == "none")
    return out;
  for (std::size_t at = 0; at <= text.size();) {
    const auto end = std::min(text.find(',', at), text.size());
    const auto word = text.substr(at, end - at);
    if (word.empty() || word.size() > 6 ||
        word.find_first_not_of("0123456789") != std::string::npos)
      throw CLI::ValidationError("--faults", "must be none or numbers with commas between");
    out.insert(static_cast<unsigned>(std::stoul(word)));
    at = end + 1;
  }
  return out;
}

sim::run_request request_of(const sim_options& options) {
  sim::run_request out;
  if (!options.scenario.empty()) {
    std::vector<std::string> faults;
    out.of = sim::read_scenario(options.scenario, faults);
    out.scenario_file = options.scenario;
    std::string all;
    for (const auto& one : faults) all += (all.empty() ? "" : "\n") + one;
    if (!all.empty())
      throw CLI::ValidationError("--scenario", all);
  }
  if (!options.bug.empty()) {
    const auto bug = sim::parse_plant(options.bug);
    if (!bug)
      throw CLI::ValidationError("--plant", "no such bug; see --plant list");
    out.bug = *bug;
  }
  if (options.minutes > 0)
    out.minutes = options.minutes;
  if (!options.faults.empty())
    out.only = parse_faults(options.faults);
  out.keep_lines = options.trace;
  return out;
}

std::string hex(std::uint64_t number) {
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(number));
  return out.data();
}

void print_lines(const sim::run_outcome& of, std::FILE* to) {
  for (const auto& line : of.lines) std::fprintf(to, "%s\n", line.c_str());
}

/// Text that goes into JSON as it is: the names and sentences of invariants, no more.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\')
      out += '\\';
    out += static_cast<unsigned char>(c) < ' ' ? ' ' : c;
  }
  return out + "\"";
}

std::string json_of(const sim::run_request& what, const sim_total& all) {
  char numbers[512];
  std::snprintf(
      numbers, sizeof numbers,
      "\"seeds\":[%llu,%llu],\"runs\":%llu,\"steps\":%llu,\"calls\":%llu,"
      "\"virtual_seconds\":%.3f,",
      static_cast<unsigned long long>(all.first), static_cast<unsigned long long>(all.last),
      static_cast<unsigned long long>(all.runs), static_cast<unsigned long long>(all.steps),
      static_cast<unsigned long long>(all.calls),
      static_cast<double>(all.virtual_time) / sim::second);
  std::string out = "{\"scenario\":" + quoted(what.of.name) + "," + numbers + "\"digest\":\"" +
                    hex(all.digest.value()) + "\",\"passed\":" + (all.failed ? "false" : "true");
  if (what.bug != sim::plant::none)
    out += ",\"plant\":" + quoted(std::string(to_string(what.bug)));
  if (all.failed) {
    out += ",\"failed\":{\"seed\":" + std::to_string(all.failed->seed) +
           ",\"invariant\":" + quoted(all.failed->broken) + ",\"how\":" + quoted(all.failed->how);
    if (all.reduced)
      out += ",\"command\":" + quoted(sim::command_line(all.reduced->what)) +
             ",\"faults\":" + std::to_string(all.reduced->outcome.faults) +
             ",\"trace_lines\":" + std::to_string(all.reduced->outcome.trace_length);
    out += "}";
  }
  return out + "}\n";
}

void print_text(const sim::run_request& what, const sim_total& all) {
  const auto virtual_seconds = static_cast<double>(all.virtual_time) / sim::second;
  std::printf(
      "%s: %llu run%s, %llu steps, %llu calls, %.0f s of virtual time in %.1f s, digest %s\n",
      what.of.name.c_str(), static_cast<unsigned long long>(all.runs), all.runs == 1 ? "" : "s",
      static_cast<unsigned long long>(all.steps), static_cast<unsigned long long>(all.calls),
      virtual_seconds, all.seconds, hex(all.digest.value()).c_str());
  if (!all.failed)
    return;
  std::printf("seed %llu broke %s after %s s: %s\n",
              static_cast<unsigned long long>(all.failed->seed), all.failed->broken.c_str(),
              sim::time_text(all.failed->broken_at).c_str(), all.failed->how.c_str());
  if (all.reduced)
    std::printf("%zu of %zu faults are enough, %zu lines of trace:\n  %s\n",
                all.reduced->outcome.faults, all.failed->faults, all.reduced->outcome.trace_length,
                sim::command_line(all.reduced->what).c_str());
}

int perform(const sim_options& options) {
  auto what = request_of(options);
  sim_total all;
  std::tie(all.first, all.last) =
      options.seeds.empty() ? std::pair{options.seed, options.seed} : parse_seeds(options.seeds);
  const auto began = std::chrono::steady_clock::now();
  for (auto seed = all.first; seed <= all.last && !all.failed; ++seed) {
    what.seed = seed;
    auto got = sim::simulate(what);
    ++all.runs;
    all.steps += got.steps;
    all.calls += got.calls.made;
    all.virtual_time += got.ended_at;
    all.digest.add(got.digest);
    if (options.trace)
      print_lines(got, options.json ? stderr : stdout);
    if (!got.broken.empty())
      all.failed = std::move(got);
  }
  all.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  if (all.failed && !options.no_reduction) {
    what.keep_lines = false;
    all.reduced = sim::reduce(what, *all.failed);
  }
  if (options.json)
    std::fputs(json_of(what, all).c_str(), stdout);
  else
    print_text(what, all);
  return all.failed ? 1 : 0;
}

}  // namespace

int run_sim(int argc, char** argv) {
  CLI::App app{"A whole deployment in one process, in virtual time, from a seed.", "glados sim"};
  sim_options options;
  auto* seed =
      app.add_option("--seed", options.seed, "everything is drawn from it; 1 unless given");
  app.add_option("--seeds", options.seeds, "A..B: all of them, one after the other")
      ->excludes(seed);
  app.add_option("--minutes", options.minutes, "of virtual time with workload and faults")
      ->check(CLI::Range(0.01, 100'000.0));
  app.add_option("--scenario", options.scenario, "TOML file; see tests/sim/scenarios");
  app.add_option("--plant", options.bug, "runs with a bug; list: their names");
  app.add_option("--faults", options.faults, "only these of the drawn faults: 1,4,7 or none");
  app.add_flag("--trace", options.trace, "tell what happens, one line a thing");
  app.add_flag("--json", options.json, "one JSON object instead of text");
  app.add_flag("--no-reduction", options.no_reduction, "do not make a failing run smaller");
  try {
    app.parse(argc, argv);
    if (options.bug == "list") {
      for (const auto& row : sim::plant_rows) std::printf("%s\n", std::string(row.name).c_str());
      return 0;
    }
    return perform(options);
  } catch (const CLI::ParseError& why) {
    return app.exit(why) == 0 ? 0 : 2;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "glados sim: %s\n", why.what());
    return 1;
  }
}

}  // namespace glados::app
