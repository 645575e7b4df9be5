// Thousands of seeds of a contested identifier; see contest.hpp. A failing seed prints its last
// commands and fails again with GLADOS_SEED=<seed>.
#include "contest.hpp"

#include <boost/test/unit_test.hpp>

#include "seeds.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

constexpr std::uint64_t usual_seeds = 5'000;  // without and with deaths; fewer with rotations
constexpr std::uint64_t rotated_seeds = 1'000;

void try_seeds(bool deaths, bool rotates = false) {
  const auto [first, last] = seeds(rotates ? rotated_seeds : usual_seeds);
  int decisions = 0, removals = 0, notices = 0, unknown = 0, conflicts = 0, late = 0, restores = 0,
      strikes = 0, rotations = 0;
  for (auto seed = first; seed < last; ++seed) {
    contest one(seed, deaths, rotates);
    one.play();
    BOOST_REQUIRE_MESSAGE(one.broken.empty(), "seed " << seed << one.trace());
    decisions += one.decisions;
    removals += one.removals;
    restores += one.restores;
    strikes += one.strikes;
    notices += one.notices;
    unknown += one.unknown;
    conflicts += one.conflicts;
    late += one.late;
    rotations += one.rotations;
  }
  BOOST_TEST_MESSAGE(decisions << " decisions, " << removals << " removals, " << restores
                               << " restores, " << strikes << " strikes, " << notices
                               << " notices, " << unknown << " unknown, " << conflicts
                               << " conflicts, " << late << " late, " << rotations << " rotations");
  if (last - first < 100)
    return;
  const auto many = static_cast<int>(last - first);
  BOOST_TEST(decisions > many);  // else the commands test nothing
  BOOST_TEST(removals > many / 4);
  BOOST_TEST(notices > many / 2);
  BOOST_TEST(restores > many / (rotates ? 8 : 4));
  BOOST_TEST(strikes > many / 50);
  BOOST_TEST(unknown > many / 20);
  BOOST_TEST(conflicts > many / 20);
  BOOST_TEST(late > many / 20);
  BOOST_TEST(rotations > (rotates ? many : -1));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(contests)

BOOST_AUTO_TEST_CASE(whoever_loses_is_told_with_store_faults) { try_seeds(false); }

BOOST_AUTO_TEST_CASE(whoever_loses_is_told_when_entities_and_nodes_die) { try_seeds(true); }

BOOST_AUTO_TEST_CASE(nobody_notices_that_the_index_key_is_rotated) { try_seeds(false, true); }

BOOST_AUTO_TEST_CASE(nor_when_it_is_while_nodes_die) { try_seeds(true, true); }

BOOST_AUTO_TEST_SUITE_END()
