// One simulated run as a page, and as lines for a terminal.
#pragma once

#include <string>

#include "sim/run.hpp"

namespace glados::app {

/// Of an outcome that has its report.
std::string sim_page(const sim::run_request& what, const sim::run_outcome& got);
std::string sim_plots(const sim::run_outcome& got);

}  // namespace glados::app
