// A whole run of the load generator: target, threads, stages, progress.
#pragma once

#include <optional>
#include <string>

#include "app/load_options.hpp"

namespace glados::app {

struct load_outcome {
  load_result result;
  std::optional<double> server_cpu;  ///< seconds over the counted time; needs `pids`
};

/// Blocks until the run is over; SIGINT and SIGTERM end it early, with what was found so far. Shows
/// progress on stderr while that is a terminal. Throws std::runtime_error with a sentence.
load_outcome perform_load(const load_options& options);

/// For people, or one JSON object (`options.json`); both end with a newline.
std::string render(const load_options& options, const load_outcome& outcome);

}  // namespace glados::app
