// `glados load`: a load generator for the service's own HTTPS interface (docs/performance.md).
#pragma once

namespace glados::app {

/// Runs the subcommand; `argv[0]` is its own name. Returns the exit status: 0 for a finished run,
/// 1 when no request was answered or the server could not be reached, 2 for bad arguments.
int run_load(int argc, char** argv);

}  // namespace glados::app
