// The command line of `glados load`.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "load/options.hpp"

namespace glados::app {

struct load_line {
  load::options asked;
  bool json = false;
  bool lines = false;  ///< live lines though stderr is no terminal
  std::string html;    ///< file for the page with plots; empty: none

  bool direct = false;                ///< without HTTP, at a node in this process, of which
  std::string config;                 ///< these are the settings file
  std::vector<std::string> settings;  ///< and what wins over it, key=value
};

/// Nothing when there is nothing to run: `status` is the exit status then (0 for --help, 2 for a
/// bad line, 1 for a file that cannot be read), and what there is to say has been printed.
std::optional<load_line> read_load_line(int argc, char** argv, int& status);

}  // namespace glados::app
