// A scenario of `glados sim` on the command line of `glados load`.
#pragma once

#include <string>
#include <vector>

#include "load/options.hpp"

namespace glados::app {

struct scenario_words {
  std::string file;                  ///< empty: none
  std::vector<std::string> changes;  ///< key=value, of [workload]
  std::string range;                 ///< BASE or BASE..COUNT: identifier 0 is the number BASE
  // What the command line says itself.
  bool rate = false, duration = false, connections = false;
};

/// Draws from the scenario by the run's seed what the command line leaves open: who does what, how
/// often, for how long, over how many connections. Throws CLI::ValidationError.
void take_scenario(const scenario_words& from, load::options& into);

}  // namespace glados::app
