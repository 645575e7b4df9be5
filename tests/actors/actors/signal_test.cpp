// A session meters what its workers see, reports patterns, and obeys the throttles that follow.
#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "actors/registrar.hpp"
#include "actors/session.hpp"
#include "actors/signal_desk.hpp"
#include "notice_stage.hpp"
#include "storage/registry_codec.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

constexpr auto a_sweep = actors::session_refresh + 1ms;

struct session_stage : notice_stage {
  session_stage() {
    provider alpha;
    alpha.id = "alpha";
    store_provider(alpha);
    registrar = actors::spawn_registrar(at.system, at.node, providers);
    desk.begin(registrar);
    at.node.findings = &desk;
    start_session();
    at.advance(a_sweep);
  }
  ~session_stage() {
    desk.end();
    caf::anon_send(registrar, actors::stop{});
    stop_session();
    registrar = actors::registrar_actor();
  }

  void store_provider(const provider& who) {
    storage::registry_commit step;
    step.writes = {{storage::registry_record::kind::provider, who.id, 0, storage::encode(who)}};
    at.store.apply(step, [](result<bool>) {});
    at.store.step(at.store.pending() - 1);
  }
  void start_session() {
    view = providers.by_id("alpha");
    session = actors::spawn_session(at.system, at.node, view);
    at.run();
  }
  void stop_session() {
    if (session)
      caf::anon_send(session, actors::stop{});
    at.run();
    session = actors::session_actor();
  }

  usage_counts used() {
    usage_counts out;
    const auto month = month_of(at.store.now());
    at.store.load_usage("alpha", month.first_day, month.days, [&](auto got) { out = *got; });
    at.store.step(at.store.pending() - 1);
    return out;
  }
  actors::registry_answer call(actors::registry_operation what) {
    return ask<actors::registry_answer>(
        registrar, actors::registry_call{{"olga", admin_role::operator_}, std::move(what)});
  }
  std::vector<signal_record> signals() { return call(actors::list_signals{}).signals; }
  errc debit(const std::string& id) {
    return ask<actors::limit_answer>(session, actors::debit_send{id, {"DE", 7}, channel::sms}).code;
  }
  finding some_finding(std::chrono::seconds later = 0s) {
    finding out;
    out.provider_id = "alpha";
    out.since = at.store.now() + later;
    out.window_seconds = 600;
    out.seen = 10;
    out.matched = 10;
    return out;
  }

  actors::signal_desk desk;
  std::shared_ptr<actors::session_view> view;
  actors::session_actor session;
  actors::registrar_actor registrar;
};

void see_misses(actors::session_view& view) {
  std::vector<actors::seen_lookup> some;
  for (std::uint64_t i = 0; i < 10; ++i) some.push_back({{false, 2 * i + 1, 0, 0, 0}, false});
  view.watch().lookups(some);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(session_signals, session_stage)

BOOST_AUTO_TEST_CASE(lookups_reach_the_ledger_once_whatever_becomes_of_the_answer) {
  view->meter().count(3, 0);
  view->meter().count(0, 1);
  at.planned.push_back({"enter_usage", fault::lose_answer});
  at.advance(a_sweep);
  view->meter().count(1, 0);  // belongs to the next batch
  at.planned.push_back({"enter_usage", fault::refuse});
  at.advance(a_sweep);
  at.advance(a_sweep);
  at.advance(a_sweep);
  BOOST_TEST(used().hits == 4U);
  BOOST_TEST(used().misses == 1U);
}

BOOST_AUTO_TEST_CASE(a_session_that_ends_enters_what_is_left) {
  view->meter().count(1, 0);
  stop_session();
  BOOST_TEST(used().hits == 1U);
  start_session();
  view->meter().count(1, 0);
  at.planned.push_back({"enter_usage", fault::refuse});
  stop_session();  // storage is away: it ends without
  BOOST_TEST(used().hits == 1U);
  start_session();
  BOOST_TEST(used().hits == 2U);
}

BOOST_AUTO_TEST_CASE(a_batch_of_an_ended_incarnation_is_taken_once) {
  view->meter().count(1, 0);
  at.planned.push_back({"enter_usage", fault::lose_answer});
  at.advance(a_sweep);
  at.node.run = "another";
  at.advance(a_sweep);
  view->meter().count(1, 0);
  at.advance(a_sweep);
  BOOST_TEST(used().hits == 2U);
}

BOOST_AUTO_TEST_CASE(the_cap_of_the_price_table_stops_sends) {
  auto& prices = at.node.sessions.prices;
  prices.sends[0].by_region["DE"] = 40;
  prices.spend_cap_of["alpha"] = 100;
  BOOST_TEST((debit("v1") == errc::none));
  BOOST_TEST((debit("v2") == errc::none));
  const auto refused =
      ask<actors::limit_answer>(session, actors::debit_send{"v3", {"DE", 7}, channel::sms});
  BOOST_TEST((refused.code == errc::rate_limited));
  BOOST_TEST(refused.refusal.policy == "spend");
  ask<actors::limit_answer>(session, actors::return_send{"v2", {"DE", 7}});
  BOOST_TEST((debit("v3") == errc::none));
  const auto answer =
      ask<actors::usage_answer>(session, actors::read_usage{month_of(at.store.now())});
  BOOST_TEST((answer.used.sends.at({channel::sms, "DE"}) == 2U));
}

BOOST_AUTO_TEST_CASE(a_pattern_becomes_a_signal_and_throttles_within_a_second) {
  auto& rules = at.node.sessions.signals;
  rules.least_lookups = 10;
  rules.throttle_after = 1;
  BOOST_TEST(view->lookup_product() == 100U);
  see_misses(*view);
  at.advance(a_sweep);
  const auto kept = signals();
  BOOST_REQUIRE(kept.size() == 1U);
  BOOST_TEST((kept[0].what.kind == signal_kind::miss_ratio));
  BOOST_TEST(kept[0].what.matched == 10U);
  BOOST_TEST(kept[0].throttled);
  at.advance(actors::feed_period + a_sweep);
  BOOST_TEST(view->lookup_product() == 50U);
  see_misses(*view);
  at.advance(a_sweep);
  BOOST_TEST(signals().size() == 1U);  // once a window

  BOOST_TEST((call(actors::lift_signal{"sig-none", "looked at"}).code == errc::not_found));
  const auto lifted = call(actors::lift_signal{kept[0].id, "looked at"});
  BOOST_REQUIRE((lifted.code == errc::none));
  BOOST_TEST(lifted.signals.at(0).lifted_by == "olga");
  BOOST_TEST(lifted.signals.at(0).lift_reason == "looked at");
  at.advance(actors::feed_period + a_sweep);
  BOOST_TEST(view->lookup_product() == 100U);
  BOOST_TEST((call(actors::lift_signal{kept[0].id, "again"}).code == errc::conflict));
  BOOST_TEST((signals().at(0).lifted_at > instant{}));
  const auto audit = call(actors::list_audit{0}).audit;
  BOOST_REQUIRE(audit.size() == 2U);
  BOOST_TEST(audit[0].body.find("\"actor\":\"signals\",\"action\":\"signal.raise\"") !=
             std::string::npos);
  BOOST_TEST(audit[1].body.find("\"actor\":\"olga\",\"action\":\"signal.lift\"") !=
             std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_throttle_lowers_sends_but_not_what_an_operator_set) {
  at.node.sessions.sends_base = 4;
  provider alpha;
  alpha.id = "alpha";
  alpha.throttles = {{"sig-1", 100, 50, at.store.now() + 1h}};
  providers.update(alpha);
  for (const auto* id : {"v1", "v2"}) BOOST_TEST((debit(id) == errc::none));
  BOOST_TEST((debit("v3") == errc::rate_limited));
  BOOST_TEST(ask<actors::quota_answer>(session, actors::read_quota{}).sends_limit == 2U);
  alpha.overrides.sends_daily = 4;
  providers.update(alpha);
  BOOST_TEST((debit("v3") == errc::none));
  alpha.overrides.sends_daily.reset();
  alpha.throttles[0].until = at.store.now();  // over
  providers.update(alpha);
  BOOST_TEST((debit("v4") == errc::none));
  BOOST_TEST((debit("v5") == errc::rate_limited));
}

BOOST_AUTO_TEST_CASE(who_is_exempt_is_found_but_not_throttled) {
  at.node.sessions.signals.throttle_after = 1;
  at.node.sessions.exempt = {"alpha"};
  desk.report(some_finding());
  at.run();
  BOOST_REQUIRE(signals().size() == 1U);
  BOOST_TEST(!signals()[0].throttled);
  BOOST_TEST((call(actors::lift_signal{signals()[0].id, "x"}).code == errc::conflict));
}

BOOST_AUTO_TEST_CASE(two_nodes_that_find_the_same_keep_it_once_and_the_oldest_leave) {
  at.node.sessions.signals.kept = 3;
  desk.report(some_finding());
  desk.report(some_finding());
  at.run();
  BOOST_REQUIRE(signals().size() == 1U);
  const auto first = signals()[0].id;
  for (int i = 1; i < 5; ++i) desk.report(some_finding(600s * i));
  at.run();
  const auto kept = signals();
  BOOST_REQUIRE(kept.size() == 3U);
  BOOST_TEST(kept[0].id > first);
  BOOST_TEST(kept[0].id < kept[1].id);
  BOOST_TEST((call(actors::list_signals{kept[1].id, {}}).signals.size() == 1U));
  BOOST_TEST((call(actors::list_signals{{}, "beta"}).signals.empty()));
  auto unknown = some_finding();
  unknown.provider_id = "nobody";
  desk.report(unknown);
  at.run();
  BOOST_TEST(signals().size() == 3U);
}

BOOST_AUTO_TEST_CASE(confirmed_and_returned_codes_are_no_pumping) {
  at.node.sessions.signals.least_codes = 3;
  for (const auto* id : {"v1", "v2", "v3"}) debit(id);
  ask<actors::limit_answer>(session, actors::return_send{"v3", {"DE", 7}});
  at.advance(a_sweep);
  BOOST_TEST(signals().empty());
  debit("v4");
  at.advance(a_sweep);
  BOOST_REQUIRE(signals().size() == 1U);
  BOOST_TEST((signals()[0].what.kind == signal_kind::pumping));
}

BOOST_AUTO_TEST_CASE(guesses_up_to_the_limit_are_a_signal) {
  at.node.sessions.guesses_per_day = 1;
  ask<actors::limit_answer>(session, actors::reserve_guess{});
  at.advance(a_sweep);
  BOOST_TEST(signals().empty());
  ask<actors::limit_answer>(session, actors::reserve_guess{});
  at.advance(a_sweep);
  BOOST_REQUIRE(signals().size() == 1U);
  BOOST_TEST((signals()[0].what.kind == signal_kind::guesses));
  BOOST_TEST(!signals()[0].throttled);
}

BOOST_AUTO_TEST_SUITE_END()
