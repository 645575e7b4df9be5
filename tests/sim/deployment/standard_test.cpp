// Seeds of the standard scenario: 500 in every run, 10,000 with GLADOS_TEST_FULL, or the one that
// GLADOS_SEED names.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <string>
#include <thread>

#include "counts.hpp"
#include "sim/run.hpp"

using namespace glados;
using namespace glados::sim;

namespace {

constexpr std::uint64_t usual_seeds = 500, full_seeds = 10'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(standard_scenario)

BOOST_AUTO_TEST_CASE(every_invariant_holds_for_every_seed) {
  const char* fixed = std::getenv("GLADOS_SEED");
  const std::uint64_t first = fixed != nullptr ? std::strtoull(fixed, nullptr, 10) : 1;
  const auto last =
      fixed != nullptr ? first : glados::testing::count_of_seeds(usual_seeds, full_seeds);
  const run_request what;
  const auto all = simulate_seeds(what, first, last, std::thread::hardware_concurrency());
  if (all.failed) {
    auto one = what;
    one.seed = all.failed->seed;
    BOOST_FAIL("seed " << one.seed << " broke " << all.failed->broken << ": " << all.failed->how
                       << "\n  " << command_line(one));
  }
  BOOST_TEST_MESSAGE(all.calls << " calls, " << all.answered << " answered, " << all.failed_calls
                               << " failed");
  BOOST_TEST(all.answered > 4 * all.failed_calls);  // else the faults leave nothing to judge
  if (last - first > 10)
    BOOST_TEST(all.failed_calls > 0u);  // else they do nothing
}

BOOST_AUTO_TEST_CASE(threads_do_not_show) {
  const run_request what;
  BOOST_TEST(simulate_seeds(what, 1, 4, 1).digest == simulate_seeds(what, 1, 4, 3).digest);
}

BOOST_AUTO_TEST_CASE(the_same_seed_has_the_same_digest) {
  run_request what;
  what.seed = 7;
  const auto one = simulate(what);
  what.keep_lines = true;
  const auto other = simulate(what);
  BOOST_TEST(one.digest == other.digest);
  BOOST_TEST(one.steps == other.steps);
  what.seed = 8;
  BOOST_TEST(one.digest != simulate(what).digest);
}

/// A trace is read by people, and kept: it names no user and no code.
BOOST_AUTO_TEST_CASE(a_trace_is_readable_and_redacted) {
  run_request what;
  what.seed = 3;
  what.keep_lines = true;
  const auto got = simulate(what);
  BOOST_REQUIRE(got.lines.size() > 100u);
  BOOST_TEST(got.lines.size() == got.trace_length);
  bool commits = false, faults = false;
  for (const auto& line : got.lines) {
    commits = commits || line.find("  commit shard ") != std::string::npos;
    if (line.find("  fault: ") != std::string::npos) {
      faults = true;  // what it says has no part of any message
      continue;
    }
    BOOST_TEST(line.find("message") == std::string::npos);
    BOOST_TEST(line.find("right") == std::string::npos);
    BOOST_TEST(line.find("wrong") == std::string::npos);
  }
  BOOST_TEST(commits);
  BOOST_TEST(faults);
}

BOOST_AUTO_TEST_SUITE_END()
