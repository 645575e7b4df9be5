// Owner records in doubt: the Redis of some shards was reached by a new connection.
#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>

#include "cluster_stage.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

constexpr shard_id doubtful = 7;

struct two_nodes : cluster_stage {
  two_nodes() {
    add("a");
    go_on();
  }
  staged_node& a() { return *nodes.at("a"); }

  /// What an actor answers about a shard; none while it has not.
  template <class Handle>
  std::shared_ptr<std::optional<errc>> ask(const Handle& whom, shard_id shard) {
    auto out = std::make_shared<std::optional<errc>>();
    w.system.spawn([out, whom, shard](caf::event_based_actor* self) {
      self->request(whom, 2s, actors::lookup_mapping{{shard, 0, 1s}, key_of(1)})
          .then([out](const actors::lookup_answer& got) { *out = got.code; },
                [out](const caf::error&) { *out = errc::internal; });
    });
    return out;
  }
  actors::shard_actor owner(shard_id shard) { return a().shards.table()->owners[shard]; }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(doubts)

BOOST_AUTO_TEST_CASE(a_shard_answers_nothing_until_its_record_was_read_again) {
  two_nodes c;
  const auto in_doubt = c.owner(doubtful), other = c.owner(doubtful + 1);
  c.a().redis.told({doubtful});
  const auto refused = c.ask(in_doubt, doubtful);
  const auto served = c.ask(other, doubtful + 1);
  c.w.run_actors();  // Redis has not answered anything yet
  BOOST_TEST((*refused == errc::moved));
  BOOST_TEST(!c.owner(doubtful));
  BOOST_TEST(!!c.owner(doubtful + 1));
  c.w.run();
  BOOST_TEST((*served == errc::not_found));
  BOOST_TEST((c.owner(doubtful) == in_doubt));
  const auto again = c.ask(in_doubt, doubtful);
  c.w.run();
  BOOST_TEST((*again == errc::not_found));
}

BOOST_AUTO_TEST_CASE(callers_wait_at_the_gate_meanwhile) {
  two_nodes c;
  c.a().redis.told({doubtful});
  c.w.run_actors();
  const auto gate = c.a().member->services().gate();
  const auto held = c.ask(gate, doubtful);
  c.w.run_actors();
  BOOST_TEST(!*held);
  c.w.run();
  BOOST_TEST((*held == errc::not_found));
}

BOOST_AUTO_TEST_CASE(a_shard_that_another_owns_by_now_is_dropped) {
  two_nodes c;
  const auto lost = c.owner(doubtful);
  c.w.own(doubtful, "b.1");  // as a fail-over that forgot our claim would allow
  c.a().redis.told({doubtful});
  c.w.run();
  BOOST_TEST(!c.owner(doubtful));
  const auto seen = c.ask(lost, doubtful);
  c.w.run();
  BOOST_TEST((*seen == errc::moved || *seen == errc::internal));
}

BOOST_AUTO_TEST_CASE(a_shard_that_nobody_owns_any_more_is_claimed_anew) {
  two_nodes c;
  const auto lost = c.owner(doubtful);
  const auto epoch = c.a().shards.table()->epochs[doubtful];
  c.w.store.release({doubtful, "a.1 from folder of a", epoch},
                    [](const result<bool>& done) { BOOST_TEST(bool(done)); });
  c.w.run();
  c.a().redis.told({doubtful});
  c.go_on();
  BOOST_REQUIRE(!!c.owner(doubtful));
  BOOST_TEST((c.owner(doubtful) != lost));
}

BOOST_AUTO_TEST_CASE(a_doubt_that_rises_while_the_record_is_read_is_another_one) {
  two_nodes c;
  c.a().redis.told({doubtful});
  c.w.run_actors();  // the question is on its way
  c.a().redis.told({doubtful});
  c.w.step_store("load_owners");
  c.w.run_actors();
  BOOST_TEST(!c.owner(doubtful));
  c.w.run();
  BOOST_TEST(!!c.owner(doubtful));
}

BOOST_AUTO_TEST_CASE(a_record_that_cannot_be_read_is_read_at_the_next_renewal) {
  two_nodes c;
  c.w.planned = {{"load_owners", fault::refuse}};
  c.a().redis.told({doubtful});
  c.w.run();
  BOOST_TEST(!c.owner(doubtful));
  c.go_on(500ms);
  BOOST_TEST(!!c.owner(doubtful));
}

BOOST_AUTO_TEST_SUITE_END()
