// Reports of changes, the strikes they become, and what the registry makes of both.
#include <boost/test/unit_test.hpp>

#include "actors/registry_standing.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;
using actors::registry_facts;
using note_kind = standing_note::kind;
using entry_kind = storage::outbox_entry::kind;

namespace {

struct told_errands final : actors::registry_errands {
  void review(const std::string& provider_id) override { reviewed.push_back(provider_id); }
  void sweep_soon() override {}
  std::vector<std::string> reviewed;
};

/// alpha has lost the identifier 1 to beta by the change "c1".
struct accused : world {
  told_errands between;
  mapping_view first = prove("v1", 1, "alpha", "ann");
  mapping_view second = prove("v2", 1, "beta", "bob");

  accused() {
    node.errands = &between;
    decide(1, second.salt, "beta", decision::replace, "c1");
    run();
  }
  ~accused() {
    settle();
    node.errands = nullptr;
  }
  errc reported(const std::string& id, const std::string& provider = "alpha",
                report_reason reason = report_reason::malicious) {
    const auto got = report(id, "c1", provider, reason);
    run();
    return got->code();
  }
  void put_back() {
    restore("v3", 1, "alpha", "ann", "c1", "c2");
    run();
    check("v3", "123456", "alpha", "ann");
    run();
  }
};

registry_facts facts_of(unsigned strikes, provider_standing was = {}) {
  registry_facts out;
  out.by = {"olga", admin_role::operator_};
  out.now = {1'700'000'000'000'000};
  provider beta;
  beta.id = "beta";
  beta.standing = was;
  out.who = beta;
  for (unsigned i = 0; i < strikes; ++i) {
    strike one;
    one.id = "r" + std::to_string(i);
    one.reporter = "p" + std::to_string(i);
    one.at = out.now;
    one.key.value[0] = static_cast<std::uint8_t>(i);
    out.standing.strikes.push_back(one);
  }
  return out;
}

registry_facts facts_of(report_state state, report_reason reason = report_reason::malicious) {
  registry_facts out;
  out.by = {"olga", admin_role::operator_};
  report filed;
  filed.id = "r1";
  filed.change_id = "c1";
  filed.reporter = "alpha";
  filed.accused = "beta";
  filed.reason = reason;
  filed.state = state;
  out.filed = filed;
  return out;
}

/// "provider:what" of every note, in order.
std::string notes_of(const actors::registry_decision& made) {
  std::string out;
  for (const auto& one : made.outbox)
    if (one.what == entry_kind::note)
      out += one.note.provider_id + (one.note.what == note_kind::lifted ? "-" : "+") + " ";
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(reports, accused)

BOOST_AUTO_TEST_CASE(a_report_reaches_the_desk_once) {
  BOOST_TEST((reported("r1") == errc::none));
  BOOST_TEST((reported("r2") == errc::conflict));
  BOOST_TEST((reported("r3", "beta") == errc::not_found));
  BOOST_TEST((reported("r4", "gamma") == errc::not_found));
  const auto filed = stored_reports();
  BOOST_REQUIRE_EQUAL(filed.size(), 1u);
  BOOST_TEST((filed[0].id == "r1" && filed[0].reporter == "alpha" && filed[0].accused == "beta"));
  BOOST_TEST((filed[0].change_id == "c1" && filed[0].shard == shard && filed[0].key == key_of(1)));
  BOOST_TEST((filed[0].state == report_state::open && filed[0].note == "sealed-note"));
  BOOST_TEST(stored_standing("beta").strikes.empty());
  BOOST_TEST(outbox().empty());
}

BOOST_AUTO_TEST_CASE(a_malicious_one_becomes_a_strike_when_the_change_is_restored) {
  BOOST_TEST((reported("r1") == errc::none));
  put_back();
  const auto now = stored_standing("beta");
  BOOST_REQUIRE_EQUAL(now.strikes.size(), 1u);
  BOOST_TEST((now.strikes[0].id == "r1" && now.strikes[0].reporter == "alpha"));
  BOOST_TEST((now.strikes[0].kind == strike_kind::restored && now.strikes[0].key == key_of(1)));
  BOOST_TEST((between.reviewed == std::vector<std::string>{"beta"}));
  BOOST_TEST(stored_standing("alpha").changes.size() == 1u);  // its restore is a change
  BOOST_TEST(stored_standing("beta").changes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(also_when_the_report_comes_after_the_restore) {
  put_back();
  BOOST_TEST(stored_standing("beta").strikes.empty());
  BOOST_TEST((reported("r1") == errc::none));
  BOOST_TEST(stored_standing("beta").strikes.size() == 1u);
}

BOOST_AUTO_TEST_CASE(an_honest_mistake_is_no_strike) {
  BOOST_TEST((reported("r1", "alpha", report_reason::mistake) == errc::none));
  put_back();
  BOOST_TEST(stored_standing("beta").strikes.empty());
  BOOST_TEST(between.reviewed.empty());
}

BOOST_AUTO_TEST_CASE(an_unknown_outcome_is_kept_or_not_but_never_twice) {
  planned.emplace_back("commit", fault::lose_answer);
  BOOST_TEST((reported("r1") == errc::outcome_unknown));
  settle();
  BOOST_TEST((reported("r2") == errc::conflict));
  BOOST_TEST(stored_reports().size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(standing_rules)

BOOST_AUTO_TEST_CASE(a_step_is_told_and_audited) {
  const auto made = actors::review_provider(facts_of(12));
  BOOST_TEST((made.code == errc::none));
  BOOST_TEST((made.who->standing.level == standing_level::quota_tenth));
  BOOST_TEST((made.who->standing.proposed == standing_level::no_new_mappings));
  BOOST_TEST(made.action == "standing.step");
  BOOST_REQUIRE_EQUAL(made.outbox.size(), 1u);
  BOOST_TEST((made.outbox[0].notice.type == event_type::standing_changed));
  BOOST_TEST(made.outbox[0].notice.provider_id == "beta");
  BOOST_TEST(
      made.outbox[0].notice.detail ==
      R"("level":"quota_tenth","previous":"good","proposed":"no_new_mappings","strikes":12)");
}

BOOST_AUTO_TEST_CASE(a_strike_without_a_step_is_only_kept) {
  const auto made = actors::review_provider(facts_of(1));
  BOOST_TEST(made.who->standing.strikes == 1000u);
  BOOST_TEST(made.action.empty());
  BOOST_TEST(made.outbox.empty());
  const auto again = actors::review_provider(facts_of(1, made.who->standing));
  BOOST_TEST(!again.who.has_value());
}

BOOST_AUTO_TEST_CASE(an_operator_confirms_what_is_proposed_and_nothing_else) {
  BOOST_TEST((actors::settle_provider({"beta", true}, facts_of(3)).code == errc::conflict));
  provider_standing was;
  was.level = standing_level::quota_tenth;
  was.proposed = standing_level::suspended;
  const auto made = actors::settle_provider({"beta", true}, facts_of(20, was));
  BOOST_TEST((made.who->standing.level == standing_level::suspended));
  BOOST_TEST((made.who->state == provider_state::suspended));
  BOOST_TEST(made.action == "standing.confirm");
  const auto reset = actors::settle_provider({"beta", false}, facts_of(20, was));
  BOOST_TEST((reset.who->standing.level == standing_level::good));
  BOOST_TEST(reset.action == "standing.reset");
  auto after = facts_of(20, reset.who->standing);
  BOOST_TEST(!actors::review_provider(after).who.has_value());  // all of them are forgiven
}

BOOST_AUTO_TEST_CASE(an_outcome_makes_and_takes_strikes) {
  const auto uphold =
      actors::resolve({"r1", report_state::upheld, "so it was"}, facts_of(report_state::open));
  BOOST_TEST(notes_of(uphold) == "beta+ ");
  BOOST_TEST(uphold.action == "report.uphold");
  BOOST_TEST((uphold.filed->state == report_state::upheld && uphold.filed->resolved_by == "olga"));
  BOOST_TEST((uphold.outbox.back().notice.type == event_type::report_resolved));
  BOOST_TEST(uphold.outbox.back().notice.provider_id == "alpha");
  BOOST_TEST(notes_of(actors::resolve({"r1", report_state::dismissed, ""},
                                      facts_of(report_state::open))) == "beta- alpha+ ");
  BOOST_TEST(notes_of(actors::resolve({"r1", report_state::upheld, ""},
                                      facts_of(report_state::dismissed))) == "beta+ alpha- ");
  BOOST_TEST(notes_of(actors::resolve({"r1", report_state::upheld, ""},
                                      facts_of(report_state::open, report_reason::mistake))) == "");
  BOOST_TEST(
      (actors::resolve({"r1", report_state::upheld, ""}, facts_of(report_state::upheld)).code ==
       errc::conflict));
  BOOST_TEST((actors::resolve({"r1", report_state::upheld, ""}, {}).code == errc::not_found));
}

BOOST_AUTO_TEST_SUITE_END()
