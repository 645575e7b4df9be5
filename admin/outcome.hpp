// How a command ends: its exit code, and the exception that carries it out of whatever it was in.
#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>

namespace glados::admin {

/// The exit codes, for scripts; docs/operations.md and `glados admin --help` list them.
enum class outcome : std::uint8_t {
  done = 0,
  refused = 1,      ///< the service said no; its problem is printed
  bad_line = 2,     ///< command line, profile or a file of the caller
  unreachable = 3,  ///< no answer, no trust in the other side, or an answer that is not ours
  waiting = 4,      ///< nothing has changed yet: another operator must repeat the call
  unconfirmed = 5,  ///< nothing was done: nobody confirmed
  untrue = 6,       ///< what was to be verified is not so
};

/// Ends a command. `what()` is printed unless it is empty; `detail` stands instead of it in the
/// output for programs.
struct stop : std::runtime_error {
  stop(outcome how_, const std::string& text, std::string detail_ = {})
      : std::runtime_error(text), how(how_), detail(std::move(detail_)) {}
  outcome how;
  std::string detail;  ///< JSON, or empty
};

}  // namespace glados::admin
