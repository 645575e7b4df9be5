// The gate: what it hands on, and what it refuses.
#include "actors/gate.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using namespace glados::actors;

namespace {

struct gated {
  gated() : gate(spawn_gate(w.system, w.shards)) {}
  ~gated() {
    caf::anon_send(gate, stop{});
    w.run();
  }

  /// The code that a lookup through the gate is answered with.
  errc ask(route via) {
    std::optional<errc> seen;
    w.system.spawn([&, to = gate](caf::event_based_actor* self) {
      self->request(to, std::chrono::seconds(1), lookup_mapping{via, sii_key{}})
          .then([&](const lookup_answer& got) { seen = got.code; },
                [&](const caf::error&) { seen = errc::internal; });
    });
    w.run();
    return seen.value_or(errc::none);
  }

  world w;
  gate_actor gate;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(gates)

BOOST_AUTO_TEST_CASE(hands_on_what_is_for_a_shard_of_this_view) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({world::shard, view, std::chrono::seconds(1)})) == int(errc::not_found));
}

BOOST_AUTO_TEST_CASE(refuses_other_views_and_shards_it_does_not_serve) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({world::shard, view + 1, std::chrono::seconds(1)})) == int(errc::moved));
  BOOST_TEST(int(g.ask({shard_count, view, std::chrono::seconds(1)})) == int(errc::moved));
  g.w.shards.publish(std::make_shared<shard_table>());
  BOOST_TEST(int(g.ask({world::shard, 0, std::chrono::seconds(1)})) == int(errc::moved));
}

BOOST_AUTO_TEST_CASE(refuses_what_has_no_time_left) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({world::shard, view, std::chrono::milliseconds(0)})) == int(errc::deadline));
}

BOOST_AUTO_TEST_SUITE_END()
