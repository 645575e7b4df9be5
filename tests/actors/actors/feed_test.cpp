// The feed in virtual time, and the pump that fills it.
#include <boost/test/unit_test.hpp>

#include "actors/credential_notice.hpp"
#include "notice_stage.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

struct feed_stage : notice_stage {
  feed_stage() { feed = actors::spawn_feed(at.system, at.node, "alpha", draining); }
  ~feed_stage() {
    caf::anon_send(feed, actors::stop{});
    at.run();
    feed = actors::feed_actor();
  }
  asked<actors::events_answer> read(const std::string& after, std::chrono::seconds wait,
                                    std::size_t limit = 100) {
    auto out = begin<actors::events_answer>(feed, actors::read_events{after, limit, wait});
    at.run();
    return out;
  }
  void ring() {
    caf::anon_send(feed, actors::events_grown{});
    at.run();
  }

  std::shared_ptr<std::atomic<bool>> draining = std::make_shared<std::atomic<bool>>(false);
  actors::feed_actor feed;
};

struct counting_bell final : actors::notice_bell {
  void ring(const std::string& provider) override { rung.push_back(provider); }
  void rung_elsewhere(const std::string&) override {}
  std::vector<std::string> rung;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(feed)

BOOST_AUTO_TEST_CASE(events_come_in_pages_with_a_cursor) {
  feed_stage s;
  const auto empty = s.read("", 0s);
  BOOST_TEST((empty->is(errc::none) && empty->last.events.empty() && empty->last.next.empty()));
  std::vector<std::string> ids;
  for (std::uint64_t i = 0; i < 5; ++i) ids.push_back(s.notice(1, i));
  const auto first = s.read("", 30s, 3);
  BOOST_REQUIRE_EQUAL(first->last.events.size(), 3u);
  BOOST_TEST(first->last.next == ids[2]);
  const auto rest = s.read(first->last.next, 0s);
  BOOST_TEST((rest->last.events.size() == 2u && rest->last.next == ids[4]));
  BOOST_TEST(s.read(ids[4], 0s)->last.next == ids[4]);
}

BOOST_AUTO_TEST_CASE(two_calls_wait_and_a_third_does_not) {
  feed_stage s;
  const auto first = s.read("", 30s);
  const auto second = s.read("", 20s);
  const auto third = s.read("", 30s);
  BOOST_TEST((first->answers == 0 && second->answers == 0 && third->is(errc::none)));
  s.at.advance(19s);
  BOOST_TEST((first->answers == 0 && second->answers == 0));
  s.at.advance(2s);
  BOOST_TEST((second->is(errc::none) && second->last.events.empty() && first->answers == 0));
  const auto fourth = s.read("", 30s);  // the place is free again
  BOOST_TEST(fourth->answers == 0);
  s.notice(1, 1);
  s.ring();
  BOOST_TEST((first->last.events.size() == 1u && fourth->last.events.size() == 1u));
  s.at.advance(40s);
  BOOST_TEST((first->answers == 1 && fourth->answers == 1));
}

BOOST_AUTO_TEST_CASE(what_another_node_appends_is_seen_within_a_second) {
  feed_stage s;
  const auto waiting = s.read("", 30s);
  s.notice(1, 1);
  s.at.run();
  BOOST_TEST(waiting->answers == 0);
  s.at.advance(1s);
  BOOST_TEST(waiting->last.events.size() == 1u);
}

BOOST_AUTO_TEST_CASE(nobody_waits_while_the_node_drains) {
  feed_stage s;
  const auto waiting = s.read("5-5", 30s);
  s.draining->store(true);
  s.ring();
  BOOST_TEST((waiting->is(errc::none) && waiting->last.next == "5-5"));
  BOOST_TEST(s.read("", 30s)->is(errc::none));
}

BOOST_AUTO_TEST_CASE(an_ending_feed_answers_who_waits) {
  feed_stage s;
  const auto waiting = s.read("", 30s);
  caf::anon_send(s.feed, actors::stop{});
  s.at.run();
  BOOST_TEST(waiting->is(errc::none));
}

BOOST_AUTO_TEST_CASE(a_store_that_fails_is_told) {
  feed_stage s;
  s.at.planned.emplace_back("read_events", storage::simulated_store::fault::refuse);
  BOOST_TEST(s.read("", 30s)->is(errc::storage_unavailable));
}

BOOST_AUTO_TEST_CASE(the_pump_carries_each_notice_once) {
  notice_stage s;
  counting_bell bell;
  s.at.node.bell = &bell;
  storage::commit step;
  step.by = s.at.own(8)->fence();
  for (std::uint64_t i = 1; i <= 3; ++i) {
    storage::outbox_entry entry;
    entry.what = storage::outbox_entry::kind::event;
    entry.notice.type = event_type::mapping_removed;
    entry.notice.provider_id = "alpha";
    entry.notice.mapping.emplace();
    entry.notice.mapping->sequence = i;
    step.outbox.push_back(entry);
  }
  s.at.store.apply(step, [](const storage::commit_result&) {});
  s.at.store.step(s.at.store.pending() - 1);
  using fault = storage::simulated_store::fault;
  s.at.planned = {{"append_once", fault::none},
                  {"append_once", fault::lose_answer},
                  {"trim_outbox", fault::lose_answer}};
  caf::anon_send(s.at.services.pump(), actors::outbox_grown{8});
  s.at.settle();
  std::vector<std::uint64_t> sequences;
  for (const auto& one : s.stream()) sequences.push_back(one.mapping->sequence);
  BOOST_TEST(sequences == (std::vector<std::uint64_t>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST(bell.rung.size() >= 3u);
  s.at.node.bell = nullptr;
}

BOOST_AUTO_TEST_CASE(a_credential_change_is_told_once_it_stands) {
  actors::registry_decision made;
  made.who.emplace();
  made.who->id = "alpha";
  made.secret_number = 2;
  const auto told = [&](const std::string& who, actors::registry_operation what) {
    actors::registry_call call;
    call.by.name = who;
    call.what = std::move(what);
    return actors::credential_notice(call, made, {5});
  };
  const auto own = told("provider:alpha", actors::add_provider_secret{"alpha", {}, true});
  BOOST_REQUIRE(own.has_value());
  BOOST_TEST((own->type == event_type::credential_changed && own->provider_id == "alpha"));
  BOOST_TEST(own->detail == R"("change":"secret_added","credential_id":"2","by":"provider")");
  BOOST_TEST(told("operator", actors::remove_provider_certificate{"alpha", {0xab}})->detail ==
             R"("change":"certificate_removed","credential_id":"ab)" + std::string(62, '0') +
                 R"(","by":"operator")");
  BOOST_TEST(!told("operator", actors::suspend_provider{"alpha", "why"}).has_value());
  made.waiting = true;  // for a second operator
  BOOST_TEST(!told("operator", actors::add_provider_secret{"alpha", {}, false}).has_value());
}

BOOST_AUTO_TEST_SUITE_END()
