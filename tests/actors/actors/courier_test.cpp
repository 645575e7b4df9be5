// The courier in virtual time: what goes out, when, in which order, and what it survives.
#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <map>

#include "notice_stage.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

attempt_answer status(int number) { return {number, {}}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(courier)

BOOST_AUTO_TEST_CASE(what_comes_after_the_settings_goes_out_in_order) {
  notice_stage s;
  s.notice(1, 1);
  BOOST_TEST((s.put() == errc::none));
  s.notice(1, 2);
  s.notice(2, 1);
  s.notice(1, 3);
  s.at.run();
  BOOST_TEST((s.posted(1) == "2 3" && s.posted(2) == "1"));
  BOOST_TEST(s.poster.orders[0].url == "https://receiver.example/in");
  BOOST_TEST(s.poster.orders[0].keys.size() == 1u);
}

BOOST_AUTO_TEST_CASE(only_wanted_types_go_out_but_a_test_always) {
  notice_stage s;
  s.put("https://receiver.example/in", {event_type::mapping_demoted});
  s.notice(1, 1);
  s.notice(1, 2, event_type::mapping_demoted);
  const auto told = s.ask<actors::webhook_answer>(s.courier, actors::test_webhook{});
  s.at.advance(6s);
  BOOST_TEST(s.posted(1) == "2");
  BOOST_REQUIRE(s.poster.orders.size() == 2u);
  BOOST_TEST(s.poster.orders[1].what.id == told.event_id);
  BOOST_TEST((s.poster.orders[1].what.type == event_type::webhook_test));
}

BOOST_AUTO_TEST_CASE(ten_tries_at_their_times_then_the_next_notice) {
  notice_stage s;
  s.put();
  s.poster.answer = [](const auto& order) {
    return status(order.what.mapping->sequence == 1 ? 500 : 204);
  };
  s.notice(1, 1);
  s.notice(1, 2);
  s.at.run();
  BOOST_TEST(s.posted(1) == "1");
  for (std::size_t tries = 1; tries < 10; ++tries) {
    const std::chrono::duration<double> wait = webhook_waits[tries];
    const auto early = std::chrono::duration_cast<std::chrono::microseconds>(wait * 0.8);
    s.at.advance(early - 2s);
    BOOST_TEST(s.poster.orders.size() == tries);
    s.at.advance(std::chrono::duration_cast<std::chrono::microseconds>(wait * 0.4) + 4s);
    s.at.advance(1s);
    BOOST_REQUIRE_EQUAL(s.poster.orders.size(), tries == 9 ? 11u : tries + 1);
  }
  BOOST_TEST(s.posted(1) == "1 1 1 1 1 1 1 1 1 1 2");
  const auto log =
      s.ask<actors::attempts_answer>(s.courier, actors::list_attempts{"", 100}).attempts;
  BOOST_REQUIRE_EQUAL(log.size(), 11u);
  BOOST_TEST((log[0].what == attempt_outcome::will_retry && log[0].status == 500));
  BOOST_TEST((log[9].what == attempt_outcome::given_up && log[9].tries == 10u));
  BOOST_TEST((log[10].what == attempt_outcome::delivered && log[10].latency_ms == 20u));
}

BOOST_AUTO_TEST_CASE(a_failing_notice_holds_back_its_mapping_only) {
  notice_stage s;
  s.put();
  bool well = false;
  s.poster.answer = [&](const auto& order) {
    return status(order.what.mapping->salt == 1 && !well ? 503 : 200);
  };
  for (std::uint64_t i = 1; i <= 3; ++i) {
    s.notice(1, i);
    s.notice(2, i);
  }
  s.at.run();
  BOOST_TEST((s.posted(1) == "1" && s.posted(2) == "1 2 3"));
  well = true;
  s.at.advance(7s);
  BOOST_TEST((s.posted(1) == "1 1 2 3" && s.posted(2) == "1 2 3"));
}

BOOST_AUTO_TEST_CASE(retry_after_is_honoured) {
  notice_stage s;
  s.put();
  s.poster.answer = [](const auto&) { return attempt_answer{429, 300s}; };
  s.notice(1, 1);
  s.at.run();
  s.at.advance(298s);
  BOOST_TEST(s.poster.orders.size() == 1u);
  s.at.advance(4s);
  BOOST_TEST(s.poster.orders.size() == 2u);
}

BOOST_AUTO_TEST_CASE(gone_disables_and_new_settings_go_on) {
  notice_stage s;
  s.put();
  s.poster.answer = [](const auto&) { return status(410); };
  s.notice(1, 1);
  s.notice(1, 2);
  s.at.run();
  s.at.advance(30s);
  BOOST_TEST(s.posted(1) == "1");
  BOOST_TEST((s.settings().state == webhook_state::disabled));
  const auto all = s.stream();
  BOOST_TEST((all.back().type == event_type::webhook_disabled));
  BOOST_TEST(all.back().detail == R"("reason":"gone")");
  BOOST_TEST(
      (s.ask<actors::webhook_answer>(s.courier, actors::test_webhook{}).code == errc::conflict));
  s.poster.answer = [](const auto&) { return status(200); };
  BOOST_TEST((s.put("https://other.example/in") == errc::none));
  s.at.run();
  BOOST_TEST(s.posted(1) == "1 1 2");
  BOOST_TEST(s.poster.orders[1].url == "https://other.example/in");
}

/// A post that was under way when the settings changed failed at the old address: the new one is
/// tried at once, not after the wait that the old one earned.
BOOST_AUTO_TEST_CASE(new_settings_bring_the_next_try_forward_also_of_what_is_under_way) {
  notice_stage s;
  s.put();
  s.poster.hold = true;
  s.notice(1, 1);
  s.notice(2, 1);
  s.at.run();
  BOOST_REQUIRE_EQUAL(s.poster.orders.size(), 2u);
  BOOST_TEST((s.put("https://other.example/in") == errc::none));
  s.poster.hold = false;
  for (auto& done : s.poster.held) done({false, status(500), 20ms});
  s.at.run();
  s.at.advance(10ms);
  BOOST_TEST((s.posted(1) == "1 1" && s.posted(2) == "1 1"));
  BOOST_TEST(s.poster.orders.back().url == "https://other.example/in");
  const auto log =
      s.ask<actors::attempts_answer>(s.courier, actors::list_attempts{"", 100}).attempts;
  BOOST_REQUIRE_EQUAL(log.size(), 4u);
  BOOST_TEST((log[0].what == attempt_outcome::will_retry && log[0].status == 500));
  BOOST_TEST((log[3].what == attempt_outcome::delivered));
}

BOOST_AUTO_TEST_CASE(five_days_of_failure_disable) {
  notice_stage s;
  s.put();
  s.poster.answer = [](const auto&) { return status(0); };
  for (std::uint32_t day = 0; day < 4; ++day) {
    s.notice(day, 1);
    s.at.run();
    for (int hour = 0; hour < 24; ++hour) s.at.advance(1h);
    BOOST_TEST((s.settings().state == webhook_state::active), "day " << day);
  }
  for (int hour = 0; hour < 25; ++hour) s.at.advance(1h);
  s.notice(9, 1);
  s.at.run();
  s.at.advance(10s);
  BOOST_TEST((s.settings().state == webhook_state::disabled));
  BOOST_TEST(s.stream().back().detail == R"("reason":"failing")");
}

BOOST_AUTO_TEST_CASE(a_new_courier_goes_on_where_the_old_one_was) {
  notice_stage s;
  s.put();
  s.notice(1, 1);
  s.at.run();
  s.poster.hold = true;
  s.notice(1, 2);
  s.notice(2, 1);
  s.at.run();
  BOOST_TEST((s.posted(1) == "1 2" && s.posted(2) == "1"));
  s.restart();  // without an answer to two of them
  s.poster.hold = false;
  s.at.run();
  s.at.advance(6s);
  BOOST_TEST((s.posted(1) == "1 2 2" && s.posted(2) == "1 1"));
  s.restart();
  s.at.run();
  s.at.advance(6s);
  BOOST_TEST((s.posted(1) == "1 2 2" && s.posted(2) == "1 1"));
}

BOOST_AUTO_TEST_CASE(a_suspended_providers_notices_wait) {
  notice_stage s;
  s.put();
  provider alpha = *s.providers.by_id("alpha")->facts();
  alpha.state = provider_state::suspended;
  s.providers.update(alpha);
  s.notice(1, 1);
  s.at.advance(1min);
  BOOST_TEST(s.posted(1).empty());
  alpha.state = provider_state::active;
  s.providers.update(alpha);
  s.at.advance(6s);
  BOOST_TEST(s.posted(1) == "1");
}

BOOST_AUTO_TEST_CASE(removed_and_made_anew_rotates_the_key_and_loses_nothing) {
  notice_stage s;
  s.put("https://receiver.example/in", {}, 1);
  BOOST_TEST(
      (s.ask<actors::webhook_answer>(s.courier, actors::delete_webhook{}).code == errc::none));
  BOOST_TEST(
      (s.ask<actors::webhook_answer>(s.courier, actors::delete_webhook{}).code == errc::not_found));
  BOOST_TEST(
      (s.ask<actors::webhook_answer>(s.courier, actors::get_webhook{}).code == errc::not_found));
  s.notice(1, 1);
  s.at.advance(1h);
  BOOST_TEST(s.posted(1).empty());
  s.put("https://receiver.example/in", {}, 2);
  s.at.run();
  BOOST_TEST(s.posted(1) == "1");
  BOOST_REQUIRE_EQUAL(s.poster.orders[0].keys.size(), 2u);
  BOOST_TEST((s.poster.orders[0].keys[0].public_key[0] == 2));
  BOOST_TEST((s.poster.orders[0].keys[1].public_key[0] == 1));
  s.at.advance(24h);
  s.notice(1, 2);
  s.at.run();
  BOOST_REQUIRE_EQUAL(s.poster.orders.back().keys.size(), 1u);
  BOOST_TEST((s.poster.orders.back().keys[0].public_key[0] == 2));
  // A change of the URL keeps the key.
  s.put("https://other.example/in", {}, 3);
  BOOST_TEST((current_key(s.settings())->public_key[0] == 2));
}

BOOST_AUTO_TEST_CASE(a_notice_is_delivered_again_on_demand) {
  notice_stage s;
  s.put();
  const auto id = s.notice(1, 1);
  s.at.run();
  const auto log = s.ask<actors::attempts_answer>(s.courier, actors::list_attempts{"", 9}).attempts;
  BOOST_REQUIRE_EQUAL(log.size(), 1u);
  const auto again = s.ask<actors::webhook_answer>(s.courier, actors::redeliver_notice{log[0].id});
  BOOST_TEST((again.code == errc::none && again.event_id == id));
  BOOST_TEST(s.posted(1) == "1 1");
  BOOST_TEST((s.ask<actors::webhook_answer>(s.courier, actors::redeliver_notice{"1-1"}).code ==
              errc::not_found));
}

BOOST_AUTO_TEST_CASE(only_the_node_that_owns_the_providers_home_posts) {
  bool home = true;
  std::uint64_t epoch = 1;
  notice_stage s;
  s.at.node.owned_epoch = [&](shard_id) { return home ? epoch : 0; };
  s.put();
  s.notice(1, 1);
  s.at.run();
  BOOST_TEST(s.posted(1) == "1");
  home = false;
  s.notice(1, 2);
  s.at.advance(20s);
  BOOST_TEST(s.posted(1) == "1");
  BOOST_TEST((s.settings().state == webhook_state::active));  // but it answers for them
  home = true;
  ++epoch;
  s.at.advance(6s);
  BOOST_TEST(s.posted(1) == "1 2");
}

BOOST_AUTO_TEST_CASE(nothing_is_posted_before_the_fence_is_taken) {
  notice_stage s;
  s.at.node.owned_epoch = [](shard_id) { return 4; };
  s.put();
  s.at.run();
  s.at.planned = {{"take_courier", storage::simulated_store::fault::refuse}};
  s.restart();
  s.notice(1, 1);
  s.at.run();
  BOOST_TEST(s.at.planned.empty());
  BOOST_TEST(s.posted(1).empty());
  s.at.advance(2s);
  BOOST_TEST(s.posted(1) == "1");
}

BOOST_AUTO_TEST_CASE(a_courier_that_does_not_know_of_its_successor_writes_nothing_down) {
  std::uint64_t epoch = 5;
  notice_stage s;
  s.at.node.owned_epoch = [&](shard_id) { return epoch; };
  s.put();
  s.notice(1, 1);
  s.at.run();
  const auto take = [&](std::uint64_t by) {
    courier_progress found;
    s.at.store.take_courier("alpha", by, false, [&](const auto& at) { found = *at; });
    s.at.run();
    return found;
  };
  const auto left = take(7);  // by the owner of a later epoch
  s.notice(1, 2);
  s.at.run();
  BOOST_TEST(s.posted(1) == "1 2");  // late, as one that was frozen may post
  s.notice(1, 3);
  s.at.run();
  BOOST_TEST(s.posted(1) == "1 2");  // it has heard by then
  BOOST_TEST((take(7).cursor == left.cursor));
  epoch = 8;  // the home comes back: it goes on where the other one left off
  s.at.advance(6s);
  BOOST_TEST(s.posted(1) == "1 2 2 3");
}

BOOST_AUTO_TEST_CASE(a_fence_from_the_future_is_believed_for_a_while_only) {
  notice_stage s;
  s.at.node.owned_epoch = [](shard_id) { return 5; };
  s.put();
  s.at.run();
  s.at.store.take_courier("alpha", 9, false, [](const auto&) {});  // of a store that was restored
  s.at.run();
  s.notice(1, 1);
  s.at.run();
  const auto late =
      s.posted(1);  // as the two race: what it had under way when it heard, or nothing
  BOOST_TEST((late.empty() || late == "1"));
  s.notice(1, 2);
  s.at.advance(10s);
  BOOST_TEST(s.posted(1) == late);
  s.at.advance(20s);
  BOOST_TEST(s.posted(1) == (late.empty() ? "1 2" : "1 1 2"));
}

BOOST_AUTO_TEST_CASE(the_one_that_posts_takes_over_what_another_node_wrote) {
  bool home = true;
  std::uint64_t epoch = 1;
  notice_stage s;
  s.at.node.owned_epoch = [&](shard_id) { return home ? epoch : 0; };
  s.put();
  s.at.run();
  home = false;  // the same store, seen by a node that stands by
  const auto other = actors::spawn_courier(s.at.system, s.at.node, s.providers, "alpha");
  actors::put_webhook next{"https://elsewhere.example/in", {}, {}};
  next.fresh.public_key.fill(2);
  BOOST_TEST((s.ask<actors::webhook_answer>(other, next).code == errc::none));
  home = true;
  caf::anon_send(other, actors::stop{});
  caf::anon_send(s.courier, actors::events_grown{true});
  s.at.run();
  BOOST_TEST(s.settings().url == "https://elsewhere.example/in");
  s.notice(1, 1);
  s.at.run();
  BOOST_TEST(s.poster.orders.back().url == "https://elsewhere.example/in");
}

BOOST_AUTO_TEST_CASE(a_courier_without_a_webhook_ends) {
  notice_stage s;
  auto weak = s.courier.address();
  s.courier = actors::courier_actor();
  for (int i = 0; i < 13; ++i) s.at.advance(1min);
  BOOST_TEST(!caf::actor_cast<caf::strong_actor_ptr>(weak));
  s.start();
}

/// Over a store that fails, with restarts in between: every notice goes out, and never one before
/// the last one of its mapping had its answer.
BOOST_DATA_TEST_CASE(every_notice_goes_out_in_its_order, boost::unit_test::data::xrange(200),
                     seed) {
  notice_stage s(static_cast<std::uint64_t>(seed) + 1);
  s.put();
  std::map<std::uint32_t, std::uint64_t> delivered;  // the last one that was taken, a mapping
  std::map<std::uint32_t, std::uint64_t> appended;
  bool order = true;
  bool calm = false;
  s.poster.answer = [&](const actors::notice_order& what) {
    const auto& about = *what.what.mapping;
    order = order && about.sequence <= delivered[about.salt] + 1;
    if (!calm && s.at.random() % 4 == 0)
      return status(s.at.random() % 2 == 0 ? 500 : 0);
    delivered[about.salt] = std::max(delivered[about.salt], about.sequence);
    return status(200);
  };
  s.at.wrong = {10, 10, 0};
  for (int i = 0; i < 30; ++i) {
    const auto salt = static_cast<std::uint32_t>(s.at.random() % 3);
    s.notice(salt, ++appended[salt]);
    if (s.at.random() % 2 == 0)
      s.at.advance(std::chrono::seconds(s.at.random() % 5));
    if (s.at.random() % 8 == 0) {
      const auto faults = s.at.wrong;
      s.restart();
      s.at.wrong = faults;
    }
  }
  s.at.wrong = {};
  calm = true;
  for (int i = 0; i < 60; ++i) s.at.advance(30min);
  BOOST_TEST(order);
  BOOST_TEST((delivered == appended));
}

BOOST_AUTO_TEST_SUITE_END()
