#include <unistd.h>

#include <cstdio>
#include <stdexcept>

#include "app/direct_load.hpp"
#include "app/load.hpp"
#include "app/load_line.hpp"
#include "app/load_report.hpp"
#include "config/load.hpp"
#include "load/run.hpp"

extern char** environ;

namespace glados::app {
namespace {

load::outcome perform(const load_line& line, bool lines) {
  if (!line.direct)
    return load::perform(line.asked, lines);
  const auto settings = config::load({line.config, environ, line.settings});
  if (!settings)
    throw std::runtime_error(config::to_string(settings.faults.front()));
  return perform_direct(settings.values, line.asked, lines);
}

}  // namespace

int run_load(int argc, char** argv) {
  int status = 0;
  const auto line = read_load_line(argc, argv, status);
  if (!line)
    return status;
  try {
    const bool lines = line->lines || isatty(STDERR_FILENO) == 1;
    const auto outcome = perform(*line, lines);
    std::fputs(
        (line->json ? load_json(line->asked, outcome) : load_text(line->asked, outcome)).c_str(),
        stdout);
    if (!line->html.empty())
      write_load_page(line->html, line->asked, outcome);
    if (outcome.found.all().answered > 0)
      return 0;
    std::fputs("glados load: nothing was answered\n", stderr);
    return 1;
  } catch (const std::exception& why) {
    std::fprintf(stderr, "glados load: %s\n", why.what());
    return 1;
  }
}

}  // namespace glados::app
