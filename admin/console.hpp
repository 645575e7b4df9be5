// The streams of one run of a command, and whether people sit at them. Made by app/ or a test.
#pragma once

#include <iosfwd>

namespace glados::admin {

struct console {
  std::istream& in;
  std::ostream& out;  ///< results only: what a program reads
  std::ostream& err;  ///< refusals, questions, progress
  bool in_terminal = false;
  bool out_terminal = false;
  bool err_terminal = false;
};

}  // namespace glados::admin
