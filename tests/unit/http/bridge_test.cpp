// Questions to other nodes: of one that is gone, each is answered all the same, once.
#include "http/bridge.hpp"

#include <boost/test/unit_test.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <memory>
#include <stdexcept>

#include "actors/system_config.hpp"
#include "http/worker.hpp"

using namespace glados;
using namespace std::chrono_literals;

namespace {

/// A gate of another node, which answers nothing.
class far_gate final : public caf::monitorable_actor {
 public:
  explicit far_gate(caf::actor_config& cfg) : caf::monitorable_actor(cfg) {}
  void enqueue(caf::mailbox_element_ptr, caf::execution_unit*) override { ++taken; }
  int taken = 0;
};

struct bridged {
  explicit bridged(bool together) : over(home, system, together ? &lines : nullptr) {
    caf::node_id::default_data::host_id_type host{};
    host.fill(7);
    caf::actor_config with;
    gate = caf::make_actor<far_gate, caf::strong_actor_ptr>(77, caf::make_node_id(7, host), &system,
                                                            with);
  }
  ~bridged() { end_gate(); }

  far_gate& there() { return *static_cast<far_gate*>(gate->get()); }
  void end_gate() { there().cleanup(caf::exit_reason::remote_link_unreachable, nullptr); }
  /// Asks, and as often again as it is told that there is nobody.
  void ask(int again) {
    over.ask<actors::lookup_answer>(gate, actors::lookup_mapping{{7, 1, 5s, 1}, {}}, 5s,
                                    [this, again](const actors::lookup_answer& got) {
                                      told.push_back(got.code);
                                      if (again > 0)
                                        ask(again - 1);
                                    });
  }
  void round() {
    home.begin_round();
    home.end_round();
  }

  actors::system_config config{actors::system_config::testing{}};
  caf::actor_system system{config};
  http::worker home{0};
  actors::lookup_lines lines{system, 64};
  http::bridge over;
  caf::strong_actor_ptr gate;
  std::vector<errc> told;
  int left = 0;  ///< questions that were put off
};

/// Notes when it leaves, and asks or fails to.
struct late_question final : http::bridge::waiting_question {
  late_question(bridged& of, bool fails) : at(of), broken(fails) {}
  void leave(std::unique_ptr<http::bridge::waiting_question> self) override {
    ++at.left;
    if (broken)
      throw std::runtime_error("no memory, say");
    at.over.send(at.gate, actors::lookup_mapping{{7, 1, 5s, 1}, {}}, 5s, std::move(self));
  }
  void take(const caf::type_erased_tuple* answer, errc failure) override {
    http::bridge::hand_on<actors::lookup_answer>(
        answer, failure, [this](const actors::lookup_answer& got) { at.told.push_back(got.code); });
  }
  bridged& at;
  bool broken;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(bridges)

BOOST_AUTO_TEST_CASE(what_is_put_off_leaves_at_the_end_of_the_events_and_fails_alone) {
  bridged b(false);
  b.home.begin_round();
  for (const bool fails : {false, true, false})
    b.over.ask_soon(std::make_unique<late_question>(b, fails));
  BOOST_TEST(b.left == 0);
  b.home.drain_sinks();
  BOOST_TEST(b.left == 3);
  BOOST_TEST(b.there().taken == 2);
  BOOST_TEST(b.over.waiting() == 2U);
  BOOST_TEST(b.home.counters().exceptions.get() == 1U);
  b.home.end_round();
  b.end_gate();
  b.round();
  BOOST_TEST((b.told == std::vector<errc>(2, errc::deadline)));
  BOOST_TEST(b.left == 3);
}

BOOST_AUTO_TEST_CASE(who_asks_a_node_that_is_gone_is_told_each_time) {
  for (const bool together : {false, true}) {
    bridged b(together);
    b.home.begin_round();
    b.ask(2);
    b.home.end_round();
    BOOST_TEST(b.there().taken == 1);
    BOOST_TEST(b.told.empty());
    b.end_gate();
    b.round();
    BOOST_TEST((b.told == std::vector<errc>(3, errc::deadline)));
    BOOST_TEST(b.over.waiting() == 0U);
  }
}

/// Those behind a batch that was not answered have not even left.
BOOST_AUTO_TEST_CASE(who_waits_for_a_batch_that_is_lost_is_told) {
  bridged b(true);
  b.home.begin_round();
  for (int i = 0; i < 5; ++i) b.ask(0);
  b.home.end_round();
  BOOST_TEST(b.there().taken == 1);
  b.end_gate();
  b.round();
  BOOST_TEST(b.told.size() == 5U);
  BOOST_TEST(b.over.waiting() == 0U);
}

BOOST_AUTO_TEST_CASE(who_throws_at_an_answer_ends_its_own_question_alone) {
  for (const bool together : {false, true}) {
    bridged b(together);
    b.home.begin_round();
    const auto held = std::make_shared<int>(0);
    b.over.ask<actors::lookup_answer>(
        b.gate, actors::lookup_mapping{{7, 1, 5s, 1}, {}}, 5s,
        [held](const actors::lookup_answer&) { throw std::runtime_error("a continuation's own"); });
    b.ask(0);
    b.home.end_round();
    b.end_gate();
    b.round();
    BOOST_TEST(b.told.size() == 1U);
    BOOST_TEST(b.over.waiting() == 0U);
    BOOST_TEST(held.use_count() == 1, "the continuation is gone, and with it its call");
    BOOST_TEST(b.home.counters().exceptions.get() == 1U);
  }
}

BOOST_AUTO_TEST_SUITE_END()
