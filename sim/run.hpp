// One seed from beginning to end, and what came of it; a failing one is made smaller.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/plan.hpp"
#include "sim/plant.hpp"
#include "sim/providers.hpp"
#include "sim/series.hpp"

namespace glados::sim {

struct run_request {
  scenario of;
  std::string scenario_file;  ///< for the command line; empty: the standard one
  std::uint64_t seed = 1;
  plant bug = plant::none;
  std::optional<double> minutes;           ///< of faults and workload, instead of the drawn span
  std::optional<std::set<unsigned>> only;  ///< numbers of the faults to keep, from 1
  moment until = never;                    ///< ends there, whatever is left
  bool keep_lines = false;
  bool keep_report = false;
};

/// What a report is made of, beside the outcome.
struct run_report {
  plan drawn;
  run_series series;
};

struct run_outcome {
  std::uint64_t seed = 0;
  std::string broken, how;  ///< the invariant; empty: all held
  moment broken_at = 0;
  moment ended_at = 0;
  std::uint64_t digest = 0;
  std::uint64_t steps = 0;
  std::size_t trace_length = 0;
  std::size_t faults = 0;
  call_counts calls;
  std::vector<std::string> lines;
  std::shared_ptr<const run_report> report;  ///< with `keep_report`
};

run_outcome simulate(const run_request& what);

/// What came of many seeds, in their order; it does not depend on the number of threads.
struct seeds_outcome {
  std::uint64_t runs = 0, steps = 0, calls = 0, answered = 0, failed_calls = 0;
  moment virtual_time = 0;
  std::uint64_t digest = 0;
  std::vector<std::string> lines;
  std::optional<run_outcome> failed;  ///< the first seed that did; none after it counts
  std::optional<run_outcome> last;    ///< of those that count
};
seeds_outcome simulate_seeds(const run_request& what, std::uint64_t first, std::uint64_t last,
                             unsigned threads);

/// A failing run with as few faults, and as short, as it still fails the same way.
struct reduced_run {
  run_request what;
  run_outcome outcome;
  unsigned tries = 0;
};
reduced_run reduce(const run_request& what, const run_outcome& failed);

/// The command that runs it again.
std::string command_line(const run_request& what);

}  // namespace glados::sim
