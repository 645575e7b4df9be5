// What a run of `glados load` found, for people, for programs, and as a page.
#pragma once

#include <string>

#include "app/plot.hpp"
#include "load/options.hpp"
#include "load/result.hpp"

namespace glados::app {

/// Lines; ends with a newline.
std::string load_text(const load::options& asked, const load::outcome& seen);

/// One JSON object and a newline. It says what was asked for but names no file, token or number.
std::string load_json(const load::options& asked, const load::outcome& seen);

/// Tables and plots: answers and latency over time, latency by percentile.
report_page load_page(const load::options& asked, const load::outcome& seen);

/// Throws std::runtime_error when the file cannot be written.
void write_load_page(const std::string& file, const load::options& asked,
                     const load::outcome& seen);

}  // namespace glados::app
