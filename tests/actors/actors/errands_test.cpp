// The keeper of errands: registrar and sweeper come back when they end unasked.
#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/errand_keeper.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

struct errand_stage {
  errand_stage() {
    actors::errand_hooks hooks;
    hooks.spawned = [this](const auto& one, const auto& other) {
      registrar = one;
      sweeper = other;
    };
    hooks.gave_up = [this] { ++gave_up; };
    keeper = actors::spawn_errand_keeper(w.system, w.node, sessions, w.shards, hooks);
    w.run();
  }
  ~errand_stage() {
    caf::anon_send(keeper, actors::stop{});
    w.settle();
  }
  template <class Handle>
  void end(const Handle& who) {
    w.kill(caf::actor_cast<caf::strong_actor_ptr>(who));
    w.run();
  }
  /// What the keeper answers to a question about the audit's head.
  errc ask() {
    auto seen = std::make_shared<errc>(errc::internal);
    w.system.spawn([seen, to = keeper](caf::event_based_actor* self) {
      self->request(to, 5s, actors::registry_call{{}, actors::get_audit_head{}})
          .then([seen](const actors::registry_answer& got) { *seen = got.code; },
                [seen](const caf::error&) { *seen = errc::deadline; });
    });
    w.run();
    return *seen;
  }

  world w;
  actors::session_directory sessions;
  actors::registrar_actor keeper, registrar;
  actors::sweeper_actor sweeper;
  int gave_up = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(errands)

BOOST_AUTO_TEST_CASE(a_registrar_that_ends_is_spawned_again_behind_the_same_handle) {
  errand_stage s;
  BOOST_TEST(s.sessions.loaded());
  BOOST_TEST((s.ask() == errc::none));
  const auto first = s.registrar;
  s.end(first);
  BOOST_TEST((s.ask() == errc::overloaded));
  s.w.advance(200ms);
  BOOST_TEST(s.registrar.id() != first.id());
  BOOST_TEST((s.ask() == errc::none));
  BOOST_TEST(s.w.observer.restarts["registrar"] == 1);
  BOOST_TEST(s.gave_up == 0);
}

BOOST_AUTO_TEST_CASE(a_sweeper_that_ends_is_spawned_again) {
  errand_stage s;
  const auto first = s.sweeper;
  s.end(first);
  s.w.advance(200ms);
  BOOST_TEST(s.sweeper.id() != first.id());
  BOOST_TEST(s.w.observer.restarts["sweeper"] == 1);
  BOOST_TEST((s.ask() == errc::none));
}

BOOST_AUTO_TEST_CASE(what_keeps_ending_is_given_up) {
  errand_stage s;
  for (int i = 0; i < 20; ++i) {
    s.end(s.sweeper);
    s.w.advance(200ms);
  }
  BOOST_TEST(s.gave_up == 0);
  s.end(s.sweeper);
  BOOST_TEST(s.gave_up == 1);
  s.w.advance(1s);
  BOOST_TEST(s.w.observer.restarts["sweeper"] == 20);
  BOOST_TEST((s.ask() == errc::none));  // until the node has ended
}

BOOST_AUTO_TEST_CASE(both_end_with_their_keeper) {
  errand_stage s;
  caf::anon_send(s.keeper, actors::stop{});
  s.w.settle();
  BOOST_TEST(s.w.observer.restarts.empty());
  BOOST_TEST((s.ask() == errc::deadline));
}

BOOST_AUTO_TEST_SUITE_END()
