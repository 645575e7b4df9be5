// `glados sim`: a whole deployment in one process and in virtual time (docs/testing.md).
#pragma once

namespace glados::app {

/// Runs the subcommand; `argv[0]` is its own name. Returns the exit status: 0 when every invariant
/// held, 1 when one broke, 2 for bad arguments.
int run_sim(int argc, char** argv);

}  // namespace glados::app
