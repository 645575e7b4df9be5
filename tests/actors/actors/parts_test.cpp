// The stored answer's form, the notifier's bounds, the pump's patience.
#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "actors/answer_codec.hpp"
#include "actors/notifier.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

BOOST_AUTO_TEST_SUITE(parts)

BOOST_AUTO_TEST_CASE(a_stored_answer_comes_back_as_it_was) {
  const verification_view view{"some-id",
                               verification_state::exhausted,
                               channel::email,
                               {-7},
                               3,
                               {1'800'000'000'000'001},
                               2,
                               {INT64_MAX}};
  const auto back = actors::decode_view(actors::encode(view));
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(back->id == view.id);
  BOOST_TEST((back->state == view.state && back->way == view.way));
  BOOST_TEST((back->expires_at == view.expires_at && back->next_check_at == view.next_check_at &&
              back->next_send_at == view.next_send_at));
  BOOST_TEST(back->checks_left == 3);
  BOOST_TEST(back->sends_left == 2);
}

BOOST_AUTO_TEST_CASE(what_is_no_stored_answer_is_refused) {
  const auto good = actors::encode(verification_view{});
  BOOST_TEST(actors::decode_view(good).has_value());
  for (std::size_t length = 0; length < good.size(); ++length)
    BOOST_TEST(!actors::decode_view(good.substr(0, length)).has_value());
  auto other = good;
  other[0] = 2;
  BOOST_TEST(!actors::decode_view(other).has_value());
  other = good;
  other[1] = 6;
  BOOST_TEST(!actors::decode_view(other).has_value());
  BOOST_TEST(!actors::decode_view(good + std::string(65, 'x')).has_value());
}

BOOST_AUTO_TEST_CASE(the_notifier_bounds_what_is_with_the_gateways) {
  world w;
  w.run();
  const auto many = actors::notifier_in_flight + 10;
  for (std::size_t i = 0; i < many; ++i)
    caf::anon_send(w.services.notifier(),
                   actors::send_code{world::shard, "none", std::to_string(i), "alpha", channel::sms,
                                     "sealed", w.store.now() + 1min});
  w.run_actors();
  BOOST_TEST(w.sender.orders.size() == actors::notifier_in_flight);
  w.run();
  BOOST_TEST(w.sender.orders.size() == many);
}

BOOST_AUTO_TEST_CASE(an_expired_order_is_not_sent) {
  world w;
  w.run();
  caf::anon_send(w.services.notifier(), actors::send_code{world::shard, "none", "1-0", "alpha",
                                                          channel::sms, "sealed", w.store.now()});
  w.run();
  BOOST_TEST(w.sender.orders.empty());
}

BOOST_AUTO_TEST_CASE(the_pump_tries_again_until_a_count_is_taken) {
  world w;
  w.open("v1", 1);
  w.run();
  for (int i = 0; i < 5; ++i)
    w.planned.emplace_back("count_users", i % 2 == 0 ? fault::refuse : fault::lose_answer);
  w.check("v1", "123456");
  w.run();
  BOOST_TEST(w.outbox().size() == 1u);
  w.settle();
  BOOST_TEST(w.planned.empty());
  BOOST_TEST(w.outbox().empty());
  storage::user_counts counts;
  w.store.load_users("alpha", {}, [&](const result<storage::user_counts>& got) { counts = *got; });
  w.run();
  BOOST_TEST(counts.sms == 1);
}

BOOST_AUTO_TEST_SUITE_END()
