// Every invariant catches the bug that is planted for it.
#include <algorithm>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <iterator>
#include <ostream>
#include <set>
#include <string>

#include "sim/run.hpp"

using namespace glados::sim;

namespace {

constexpr std::uint64_t most_seeds = 2'000;

struct planted_bug {
  plant what;
  std::set<std::string> caught_by;  ///< one of them, whichever is first
};

const planted_bug bugs[]{
    {plant::skip_fence, {"ownership"}},
    {plant::reuse_version, {"versions"}},
    {plant::drop_event, {"notices"}},
    {plant::count_after_compare, {"attempts"}},
    {plant::forget_lease_margin, {"ownership"}},
    {plant::serve_after_lease, {"ownership", "reads"}},
    {plant::double_spend_quota, {"budget"}},
    {plant::late_commit, {"ownership"}},
    {plant::trust_wait_on_new_connection, {"durability"}},
    {plant::cache_miss_beside_write, {"reads"}},
    {plant::evict_by_wall_clock, {"ownership"}},
};

/// So that a failed case names its bug.
std::ostream& operator<<(std::ostream& out, const planted_bug& bug) {
  return out << to_string(bug.what);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planted_bugs)

BOOST_DATA_TEST_CASE(is_caught, boost::unit_test::data::make(bugs), bug) {
  run_request what;
  what.bug = bug.what;
  for (what.seed = 1; what.seed <= most_seeds; ++what.seed) {
    const auto got = simulate(what);
    if (got.broken.empty())
      continue;
    BOOST_TEST_MESSAGE(to_string(bug.what) << ": seed " << what.seed << ", " << got.how);
    BOOST_TEST(bug.caught_by.contains(got.broken), got.broken << ": " << got.how);
    return;
  }
  BOOST_ERROR(to_string(bug.what) << " was not found");
}

BOOST_AUTO_TEST_CASE(each_has_a_name_and_a_test) {
  BOOST_TEST(std::size(bugs) == plant_rows.size());
  for (const auto& row : plant_rows) {
    const bool tried = std::any_of(std::begin(bugs), std::end(bugs),
                                   [&](const auto& bug) { return bug.what == row.what; });
    BOOST_TEST(tried, row.name);
    BOOST_TEST((parse_plant(row.name) == row.what));
    BOOST_TEST(to_string(row.what) == row.name);
  }
  BOOST_TEST(!parse_plant("none"));
  BOOST_TEST(!parse_plant("skip_fence"));
}

BOOST_AUTO_TEST_CASE(a_failing_run_is_made_smaller) {
  run_request what;
  what.bug = plant::reuse_version;
  what.seed = 1;
  const auto failed = simulate(what);
  BOOST_REQUIRE(failed.broken == "versions");
  const auto smaller = reduce(what, failed);
  BOOST_TEST(smaller.outcome.broken == "versions");
  BOOST_TEST(smaller.outcome.faults <= failed.faults);
  const auto again = simulate(smaller.what);
  BOOST_TEST(again.digest == smaller.outcome.digest);
  BOOST_TEST(command_line(smaller.what).starts_with("glados sim --seed 1 --plant reuse-version"));
}

BOOST_AUTO_TEST_SUITE_END()
