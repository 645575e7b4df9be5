// To which request the work of actors belongs: between nodes, and where storage fails.
#include <boost/test/unit_test.hpp>
#include <caf/binary_deserializer.hpp>
#include <caf/binary_serializer.hpp>

#include "actors/system_config.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using namespace std::chrono_literals;

namespace {

using fault = storage::simulated_store::fault;

std::vector<char> bytes_of(caf::actor_system& system, const actors::route& via) {
  std::vector<char> out;
  caf::binary_serializer sink(system, out);
  auto copy = via;
  BOOST_TEST(!sink(copy));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traces)

BOOST_AUTO_TEST_CASE(a_route_takes_its_trace_along_and_pays_a_byte_for_none) {
  actors::system_config settings{actors::system_config::testing{}};
  caf::actor_system system(settings);
  actors::route bare{7, 1, std::chrono::milliseconds(5), 2, {}}, traced = bare;
  traced.trace = world::trace;
  const auto without = bytes_of(system, bare), with = bytes_of(system, traced);
  BOOST_TEST(with.size() == without.size() + 24);
  for (const auto* sent : {&bare, &traced}) {
    const auto bytes = bytes_of(system, *sent);
    actors::route got{0, 0, {}, 0, {9, 9, 9}};
    caf::binary_deserializer source(system, bytes);
    BOOST_TEST(!source(got));
    BOOST_TEST((got.trace == sent->trace));
    BOOST_TEST(got.epoch == 2u);
  }
}

BOOST_AUTO_TEST_CASE(a_commit_that_fails_is_told_with_the_trace_of_its_command) {
  world w;
  w.open("v1", 1);
  w.run();
  w.observer.steps.clear();
  w.planned.emplace_back("commit", fault::lose_answer);
  const auto lost = w.check("v1", "123456");
  w.settle();
  BOOST_TEST(lost->is(errc::outcome_unknown));
  BOOST_REQUIRE(w.observer.failures() == 1u);
  const auto& [step, trace] = w.observer.steps.front();
  BOOST_TEST(step.name == "commit");
  BOOST_TEST((step.code == errc::outcome_unknown));
  BOOST_TEST((trace == world::trace));
}

BOOST_AUTO_TEST_CASE(a_load_that_fails_is_told_with_the_trace_of_who_waits) {
  world w;
  w.planned.emplace_back("load_mapping", fault::refuse);
  const auto seen = w.lookup(1);
  w.settle();
  BOOST_TEST(seen->is(errc::storage_unavailable));
  BOOST_REQUIRE(w.observer.failures() == 1u);
  const auto& [step, trace] = w.observer.steps.front();
  BOOST_TEST(step.name == "load");
  BOOST_TEST((step.code == errc::storage_unavailable));
  BOOST_TEST((trace == world::trace));
}

BOOST_AUTO_TEST_CASE(a_load_is_told_with_how_long_its_caller_waited) {
  world w;
  const auto seen = w.lookup(1);
  w.run_actors();  // as far as the store
  w.advance(3s);
  BOOST_TEST(seen->is(errc::not_found));
  BOOST_REQUIRE(w.observer.steps.size() == 1u);
  BOOST_TEST((w.observer.steps[0].first.took == 3s));
  BOOST_TEST(!w.observer.steps[0].first.failed());
}

BOOST_AUTO_TEST_CASE(what_is_refused_by_a_rule_is_no_failure) {
  world w;
  w.open("v1", 1);
  w.run();
  w.check("v1", "000000");
  w.lookup(2);
  w.run();
  BOOST_TEST(!w.observer.steps.empty());
  BOOST_TEST(w.observer.failures() == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
