// A whole run of the load generator: callers, threads, stages, live lines.
#pragma once

#include "load/options.hpp"
#include "load/result.hpp"

namespace glados::load {

/// Blocks until the run is over; SIGINT and SIGTERM end it early, with what was found so far.
/// `lines`: one line a second on stderr while it goes on. Throws std::runtime_error with a
/// sentence.
outcome perform(const options& asked, bool lines);

}  // namespace glados::load
