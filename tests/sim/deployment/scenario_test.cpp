// The library of scenarios, and what a scenario file may say.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "counts.hpp"
#include "sim/run.hpp"

using namespace glados::sim;

namespace {

const std::string library = GLADOS_SOURCE_DIR "/tests/sim/scenarios";
constexpr std::uint64_t usual_seeds = 10, full_seeds = 100;

std::vector<std::string> faults_of(const std::string& text) {
  const auto path = std::filesystem::temp_directory_path() /
                    ("glados-scenario-" + std::to_string(::getpid()) + ".toml");
  std::ofstream(path) << text;
  std::vector<std::string> faults;
  read_scenario(path, faults);
  std::filesystem::remove(path);
  return faults;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scenarios)

BOOST_AUTO_TEST_CASE(all_of_the_library_hold) {
  std::vector<std::string> files;
  for (const auto& one : std::filesystem::directory_iterator(library)) files.push_back(one.path());
  std::sort(files.begin(), files.end());
  BOOST_TEST(files.size() >= 9u);
  const auto seeds = glados::testing::count_of_seeds(usual_seeds, full_seeds);
  for (const auto& file : files) {
    std::vector<std::string> faults;
    run_request what;
    what.of = read_scenario(file, faults);
    BOOST_REQUIRE_MESSAGE(faults.empty(), (faults.empty() ? "" : faults.front()));
    BOOST_TEST(!what.of.about.empty(), file << " does not say what it is about");
    BOOST_TEST(what.of.name == std::filesystem::path(file).stem().string());
    for (what.seed = 1; what.seed <= seeds; ++what.seed) {
      const auto got = simulate(what);
      BOOST_TEST(got.broken.empty(),
                 what.of.name << ", seed " << what.seed << ": " << got.broken << ": " << got.how);
    }
  }
}

BOOST_AUTO_TEST_CASE(the_standard_file_says_what_is_standard) {
  std::vector<std::string> faults;
  const auto read = read_scenario(library + "/standard.toml", faults);
  BOOST_TEST(faults.empty());
  BOOST_TEST(render(read) == render(scenario{}));
}

BOOST_AUTO_TEST_CASE(faults_of_a_file_are_told) {
  BOOST_TEST(faults_of("name = \"x\"\n[faults]\ncrashes = \"0..3\"\nfreezes = 2\n").empty());
  BOOST_TEST(faults_of("[faults]\ncrash = 3\n").size() == 1u);
  BOOST_TEST(faults_of("[faults]\ncrashes = \"3..1\"\nfreezes = -1\n").size() == 2u);
  BOOST_TEST(faults_of("[cluster]\nnodes = \"0..3\"\n").size() == 1u);
  BOOST_TEST(faults_of("[cluster]\nnodes = \"1..9\"\n").size() == 1u);
  BOOST_TEST(faults_of("[cluster]\nnodes = \"1..8\"\n").empty());
  BOOST_TEST(faults_of("[cluster]\nnodes = true\n").size() == 1u);
  BOOST_TEST(faults_of("nonsense").size() == 1u);
}

BOOST_AUTO_TEST_CASE(a_seed_draws_within_the_ranges) {
  scenario of;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto drawn = draw_plan(of, seed);
    const auto count = static_cast<std::int64_t>(drawn.nodes.size());
    BOOST_TEST(count >= of.nodes.low);
    BOOST_TEST(count <= of.nodes.high);
    for (const auto& one : drawn.faults) {
      BOOST_TEST(one.at >= warm_up);
      BOOST_TEST(one.at <= drawn.faults_end);
      BOOST_TEST(one.node < drawn.nodes.size());
      BOOST_TEST(!to_string(one).empty());
    }
    BOOST_TEST(std::is_sorted(drawn.faults.begin(), drawn.faults.end(),
                              [](const auto& a, const auto& b) { return a.at < b.at; }));
  }
}

BOOST_AUTO_TEST_SUITE_END()
