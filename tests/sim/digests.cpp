// sim_digests FIRST LAST: a line a seed of the standard scenario, with its digest. What two
// compilers make of the sources is compared by it (tests/sim/run.py --full).
#include <cinttypes>
#include <cstdio>
#include <cstdlib>

#include "sim/run.hpp"

int main(int argc, char** argv) {
  if (argc != 3)
    return 2;
  glados::sim::run_request what;
  const auto last = std::strtoull(argv[2], nullptr, 10);
  for (what.seed = std::strtoull(argv[1], nullptr, 10); what.seed <= last; ++what.seed) {
    const auto got = glados::sim::simulate(what);
    std::printf("%" PRIu64 " %016" PRIx64 " %" PRIu64 " %s\n", what.seed, got.digest, got.steps,
                got.broken.c_str());
  }
  return 0;
}
