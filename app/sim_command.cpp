#include <CLI/CLI.hpp>
#include <array>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <optional>
#include <thread>
#include <tuple>

#include "app/sim.hpp"
#include "app/sim_report.hpp"
#include "sim/run.hpp"
#include "sim/trace.hpp"

namespace glados::app {
namespace {

struct sim_options {
  std::uint64_t seed = 1;
  std::string seeds, scenario, bug, faults, report;
  double minutes = 0;
  unsigned threads = 0;
  bool trace = false, json = false, no_reduction = false, plots = false;
};

struct sim_total {
  std::uint64_t first = 0, last = 0;
  double seconds = 0;
  sim::seeds_outcome all;
  std::optional<sim::reduced_run> reduced;
};

std::pair<std::uint64_t, std::uint64_t> parse_seeds(const std::string& text) {
  const auto dots = text.find("..");
  const auto signless = text.find_first_not_of("0123456789.") == std::string::npos;
  std::size_t low = 0, high = 0;
  std::pair<std::uint64_t, std::uint64_t> out;
  try {
    if (dots == std::string::npos || !signless)
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
  out.keep_report = options.plots || !options.report.empty();
  return out;
}

std::string hex(std::uint64_t number) {
  std::array<char, 17> out{};
  std::snprintf(out.data(), out.size(), "%016llx", static_cast<unsigned long long>(number));
  return out.data();
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

std::string json_of(const sim::run_request& what, const sim_total& total) {
  const auto& all = total.all;
  const auto member = [](std::string_view name, std::uint64_t number) {
    return "\"" + std::string(name) + "\":" + std::to_string(number) + ",";
  };
  std::string out =
      "{\"scenario\":" + quoted(what.of.name) + ",\"seeds\":[" + std::to_string(total.first) + "," +
      std::to_string(total.last) + "]," + member("runs", all.runs) + member("steps", all.steps) +
      member("calls", all.calls) + member("answered", all.answered) +
      member("failed_calls", all.failed_calls) +
      member("virtual_seconds", static_cast<std::uint64_t>(all.virtual_time) / sim::second) +
      "\"digest\":\"" + hex(all.digest) + "\",\"passed\":" + (all.failed ? "false" : "true");
  if (what.bug != sim::plant::none)
    out += ",\"plant\":" + quoted(std::string(to_string(what.bug)));
  if (all.failed) {
    out += ",\"failed\":{\"seed\":" + std::to_string(all.failed->seed) +
           ",\"invariant\":" + quoted(all.failed->broken) + ",\"how\":" + quoted(all.failed->how);
    if (total.reduced)
      out += ",\"command\":" + quoted(sim::command_line(total.reduced->what)) +
             ",\"faults\":" + std::to_string(total.reduced->outcome.faults) +
             ",\"trace_lines\":" + std::to_string(total.reduced->outcome.trace_length);
    out += "}";
  }
  return out + "}\n";
}

void print_text(const sim::run_request& what, const sim_total& total) {
  const auto& all = total.all;
  std::cout << what.of.name << ": " << all.runs << (all.runs == 1 ? " run, " : " runs, ")
            << all.steps << " steps, " << all.calls << " calls, " << all.virtual_time / sim::second
            << " s of virtual time in " << total.seconds << " s, digest " << hex(all.digest)
            << "\n";
  if (!all.failed)
    return;
  std::cout << "seed " << all.failed->seed << " broke " << all.failed->broken << " after "
            << sim::time_text(all.failed->broken_at) << " s: " << all.failed->how << "\n";
  if (total.reduced)
    std::cout << total.reduced->outcome.faults << " of " << all.failed->faults
              << " faults are enough, " << total.reduced->outcome.trace_length
              << " lines of trace:\n  " << sim::command_line(total.reduced->what) << "\n";
}

/// Of the seed that failed, or else of the last one.
void write_report(const sim_options& options, sim::run_request what,
                  const sim::seeds_outcome& all) {
  if (!what.keep_report || !all.last)
    return;
  what.seed = all.last->seed;
  if (options.plots)
    (options.json ? std::cerr : std::cout) << sim_plots(*all.last);
  if (options.report.empty())
    return;
  std::ofstream file(options.report, std::ios::binary | std::ios::trunc);
  file << sim_page(what, *all.last);
  if (!file.flush())
    throw std::runtime_error("cannot write " + options.report);
}

int perform(const sim_options& options) {
  auto what = request_of(options);
  sim_total total;
  std::tie(total.first, total.last) =
      options.seeds.empty() ? std::pair{options.seed, options.seed} : parse_seeds(options.seeds);
  const auto threads =
      options.threads != 0 ? options.threads : std::max(1u, std::thread::hardware_concurrency());
  const auto began = std::chrono::steady_clock::now();
  total.all = sim::simulate_seeds(what, total.first, total.last, threads);
  total.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
  for (const auto& line : total.all.lines) (options.json ? std::cerr : std::cout) << line << "\n";
  write_report(options, what, total.all);
  if (total.all.failed && !options.no_reduction) {
    what.keep_lines = what.keep_report = false;
    what.seed = total.all.failed->seed;
    total.reduced = sim::reduce(what, *total.all.failed);
  }
  if (options.json)
    std::cout << json_of(what, total);
  else
    print_text(what, total);
  return total.all.failed ? 1 : 0;
}

}  // namespace

int run_sim(int argc, char** argv) {
  CLI::App app{"A whole deployment in one process, in virtual time, from a seed.", "glados sim"};
  sim_options options;
  auto* seed = app.add_option("--seed", options.seed, "everything is drawn from it; 1 unless given")
                   ->check(CLI::NonNegativeNumber);
  app.add_option("--seeds", options.seeds, "A..B: all of them, one after the other")
      ->excludes(seed);
  app.add_option("--minutes", options.minutes, "of virtual time with workload and faults")
      ->check(CLI::Range(0.01, 100'000.0));
  app.add_option("--scenario", options.scenario, "TOML file; see tests/sim/scenarios");
  app.add_option("--plant", options.bug, "runs with a bug; list: their names");
  app.add_option("--faults", options.faults, "only these of the drawn faults: 1,4,7 or none");
  app.add_option("--threads", options.threads,
                 "for several seeds; as many as processors unless given")
      ->check(CLI::Range(1, 256));
  app.add_option("--report", options.report,
                 "writes a page with plots: of the seed that failed, or of the last one");
  app.add_flag("--plots", options.plots, "the same plots in the terminal");
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
