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
  gated() : gate(spawn_gate(w.system, {&w.shards, {}, 2, nullptr, {}})) {}
  ~gated() {
    caf::anon_send(gate, stop{});
    w.run();
  }

  /// Sends a lookup through the gate; the code comes to `seen`.
  void send(route via, std::optional<errc>& seen) {
    w.system.spawn([&seen, to = gate, via](caf::event_based_actor* self) {
      self->request(to, std::chrono::seconds(9), lookup_mapping{via, sii_key{}})
          .then([&seen](const lookup_answer& got) { seen = got.code; },
                [&seen](const caf::error&) { seen = errc::internal; });
    });
    w.run();
  }
  std::shared_ptr<shard_table> changed() const {
    return std::make_shared<shard_table>(*w.shards.table());
  }
  void publish(std::shared_ptr<shard_table> next) {
    w.shards.publish(std::move(next));
    caf::anon_send(gate, table_changed{});
    w.run();
  }

  /// The code that a lookup through the gate is answered with.
  errc ask(route via) {
    std::optional<errc> seen;
    send(via, seen);
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

BOOST_AUTO_TEST_CASE(serves_what_it_owns_whatever_the_senders_view) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({world::shard, view + 7, 1s})) == int(errc::not_found));
  BOOST_TEST(int(g.ask({world::shard, 0, 1s})) == int(errc::not_found));
  BOOST_TEST(int(g.ask({world::shard, view, 1s, 1'000'000})) == int(errc::moved));  // a later epoch
}

BOOST_AUTO_TEST_CASE(refuses_shards_it_neither_serves_nor_waits_for) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({shard_count, view, 1s})) == int(errc::moved));
  BOOST_TEST(int(g.ask({world::shard + 1, view, 1s})) == int(errc::moved));
  g.w.shards.publish(std::make_shared<shard_table>());
  BOOST_TEST(int(g.ask({world::shard, 0, 1s})) == int(errc::moved));
}

BOOST_AUTO_TEST_CASE(callers_of_a_shard_on_its_way_here_wait_for_it) {
  gated g;
  const auto full = g.changed();
  const auto waiting = g.changed();
  waiting->owners[world::shard] = shard_actor();
  waiting->awaited.set(world::shard);
  g.publish(waiting);
  std::optional<errc> first, second, third;
  const route via{world::shard, waiting->view, 5s};
  g.send(via, first);
  g.send(via, second);
  g.send(via, third);  // one more than may wait
  BOOST_TEST(!first.has_value());
  BOOST_TEST(!second.has_value());
  BOOST_TEST((third == errc::overloaded));
  g.publish(full);
  BOOST_TEST((first == errc::not_found));
  BOOST_TEST((second == errc::not_found));
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_ever_nor_for_what_will_not_come) {
  gated g;
  const auto waiting = g.changed();
  waiting->owners[world::shard] = shard_actor();
  waiting->awaited.set(world::shard);
  g.publish(waiting);
  std::optional<errc> late, vain;
  g.send({world::shard, waiting->view, 1s}, late);
  for (int i = 0; i < 30; ++i) g.w.advance(50ms);
  BOOST_TEST((late == errc::moved));
  g.send({world::shard, waiting->view, 5s}, vain);
  const auto elsewhere = std::make_shared<shard_table>(*waiting);
  elsewhere->awaited.reset();
  g.publish(elsewhere);
  BOOST_TEST((vain == errc::moved));
}

BOOST_AUTO_TEST_CASE(a_sender_with_a_later_view_is_believed) {
  gated g;
  const auto none = g.changed();
  none->owners[world::shard] = shard_actor();
  g.publish(none);
  std::optional<errc> seen;
  g.send({world::shard, none->view + 1, 5s}, seen);
  BOOST_TEST(!seen.has_value());
  const auto later = std::make_shared<shard_table>(*none);
  ++later->view;
  g.publish(later);
  BOOST_TEST((seen == errc::moved));
}

// --- many lookups at once ------------------------------------------------------------------------

namespace {

/// Another node's line: what it sent, and what came back in which message.
struct far_asker {
  explicit far_asker(gated& at)
      : g(at), actor(at.w.system.spawn([this](caf::event_based_actor* self) -> caf::behavior {
          return {[this](const lookup_results& got) { seen.push_back(got); },
                  [this, self](const lookup_batch& many) { self->send(g.gate, many); }};
        })) {}
  ~far_asker() {
    caf::anon_send_exit(actor, caf::exit_reason::user_shutdown);
    g.w.run();
  }

  void send(const std::vector<std::pair<std::uint64_t, route>>& routes) {
    lookup_batch many;
    for (const auto& [number, via] : routes) many.questions.push_back({number, {via, sii_key{}}});
    caf::anon_send(actor, many);
  }
  using codes = std::map<std::uint64_t, errc>;
  static codes of(const lookup_results& got) {
    codes out;
    for (const auto& one : got.answers) out[one.number] = one.answer.code;
    return out;
  }

  gated& g;
  std::vector<lookup_results> seen;
  caf::actor actor;
};

}  // namespace

BOOST_AUTO_TEST_CASE(of_many_each_is_answered_as_soon_as_it_can_be) {
  gated g;
  far_asker there(g);
  const auto view = g.w.shards.table()->view;
  const route here{world::shard, view, 5s};
  there.send({{11, here},
              {12, {world::shard + 1, view, 5s}},
              {13, {world::shard, view, 0ms}},
              {14, {shard_count, view, 5s}},
              {15, {world::shard, view, 5s, 1'000'000}}});
  g.w.run_actors();  // the store holds still: 11 has to be loaded
  BOOST_REQUIRE(there.seen.size() == 1U);
  BOOST_TEST(there.seen[0].first);
  BOOST_TEST((far_asker::of(there.seen[0]) ==
              far_asker::codes{
                  {12, errc::moved}, {13, errc::deadline}, {14, errc::moved}, {15, errc::moved}}));
  g.w.run();
  BOOST_REQUIRE(there.seen.size() == 2U);
  BOOST_TEST(!there.seen[1].first);
  BOOST_TEST((far_asker::of(there.seen[1]) == far_asker::codes{{11, errc::not_found}}));
  there.send({{21, here}, {22, here}});
  g.w.run();
  BOOST_REQUIRE(there.seen.size() == 3U);  // now from memory
  BOOST_TEST((far_asker::of(there.seen[2]) ==
              far_asker::codes{{21, errc::not_found}, {22, errc::not_found}}));
}

BOOST_AUTO_TEST_CASE(of_many_those_for_a_shard_on_its_way_here_wait_alone) {
  gated g;
  far_asker there(g);
  const auto full = g.changed();
  const auto waiting = g.changed();
  waiting->owners[world::shard] = shard_actor();
  waiting->awaited.set(world::shard);
  g.publish(waiting);
  const route via{world::shard, waiting->view, 5s};
  there.send({{1, via}, {2, {world::shard + 1, waiting->view, 5s}}, {3, via}, {4, via}});
  g.w.run();
  far_asker::codes all;
  for (const auto& one : there.seen) all.merge(far_asker::of(one));
  BOOST_TEST((all == far_asker::codes{{2, errc::moved}, {4, errc::overloaded}}));  // two may wait
  g.publish(full);
  for (const auto& one : there.seen) all.merge(far_asker::of(one));
  BOOST_TEST(
      (all ==
       far_asker::codes{
           {1, errc::not_found}, {2, errc::moved}, {3, errc::not_found}, {4, errc::overloaded}}));
}

BOOST_AUTO_TEST_CASE(an_empty_batch_is_answered_too) {
  gated g;
  far_asker there(g);
  there.send({});
  g.w.run();
  BOOST_REQUIRE(there.seen.size() == 1U);
  BOOST_TEST((there.seen[0].first && there.seen[0].answers.empty()));
}

BOOST_AUTO_TEST_CASE(refuses_what_has_no_time_left) {
  gated g;
  const auto view = g.w.shards.table()->view;
  BOOST_TEST(int(g.ask({world::shard, view, std::chrono::milliseconds(0)})) == int(errc::deadline));
}

BOOST_AUTO_TEST_SUITE_END()
