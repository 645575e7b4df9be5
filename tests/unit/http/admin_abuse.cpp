// The abuse desk as operators see it, and the end of a provider.
#include "admin_fixture.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;

namespace {

constexpr instant noon{1'790'000'000'000'000};

struct desk : admin_fixture {
  report some(const std::string& note = "nobody asked for this") {
    report out;
    out.id = "r0001";
    out.change_id = "c1";
    out.reporter = "alpha";
    out.accused = "beta";
    out.reason = report_reason::malicious;
    out.at = noon;
    out.note = keys.seal_for("alpha", note, out.id, crypto::system_random());
    return out;
  }
  void will_show(std::vector<report> reports, const std::string& next = {}) {
    actors::registry_answer out;
    out.reports = std::move(reports);
    out.next = next;
    will_answer(out);
  }
};

provider beta() {
  auto out = alpha();
  out.id = "beta";
  out.standing.level = standing_level::warned;
  out.standing.strikes = 2500;
  out.standing.as_of = noon;
  return out;
}

strike some_strike(const std::string& id) {
  strike out;
  out.id = id;
  out.kind = strike_kind::upheld;
  out.change_id = "c" + id;
  out.reporter = "alpha";
  out.at = noon;
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_abuse, desk)

BOOST_AUTO_TEST_CASE(reports_are_listed_and_a_note_that_names_somebody_is_not_shown) {
  will_show({some(), some("it was +1 415 555 0123")}, "r0001");
  const auto reply = send("GET", "/admin/v1/reports?after=r0000", {}, who::auditor);
  BOOST_TEST(reply.status == 200);
  const auto body = parse(reply);
  BOOST_TEST(std::string(body["next"].GetString()) == "r0001");
  const auto& first = body["reports"][0];
  BOOST_TEST(first["note"].GetString() == "nobody asked for this");
  BOOST_TEST((first["reporter"].GetString() == std::string("alpha") &&
              first["provider_id"].GetString() == std::string("beta")));
  BOOST_TEST((first["resolved_by"].IsNull() && first["resolved_at"].IsNull()));
  BOOST_TEST(body["reports"][1]["note"].GetString() == "[redacted]");
  BOOST_TEST(!holds(reply.body, "555"));
  BOOST_TEST(last<actors::list_reports>().after == "r0000");
  BOOST_TEST(send("GET", "/admin/v1/reports", {}, who::viewer).status == 403);
}

BOOST_AUTO_TEST_CASE(an_operator_upholds_or_dismisses_with_a_note) {
  const char* path = "/admin/v1/reports/r0001/resolve";
  for (const auto& [word, state] :
       {std::pair{"upheld", report_state::upheld}, {"dismissed", report_state::dismissed}}) {
    auto settled = some();
    settled.state = state;
    settled.resolved_by = "olga";
    settled.resolution = "looked at";
    settled.resolved_at = noon;
    will_show({settled});
    const auto reply =
        send("POST", path, R"({"outcome":")" + std::string(word) + R"(","note":"looked at"})");
    BOOST_TEST(reply.status == 200);
    BOOST_TEST(holds(reply.body, R"("state":")" + std::string(word) + R"(")"));
    BOOST_TEST(holds(reply.body, R"("resolved_by":"olga","resolution":"looked at")"));
    const auto& asked_for = last<actors::resolve_report>();
    BOOST_TEST((asked_for.report_id == "r0001" && asked_for.outcome == state));
    BOOST_TEST(asked_for.note == "looked at");
    BOOST_TEST(asked.back().by.name == "olga");
  }
  for (const auto& [code, status] : {std::pair{errc::not_found, 404}, {errc::conflict, 409}}) {
    will_answer(failing(code));
    BOOST_TEST(send("POST", path, R"({"outcome":"upheld","note":""})").status == status);
  }
}

BOOST_AUTO_TEST_CASE(what_is_wrong_in_form_reaches_no_registrar) {
  const char* resolve = "/admin/v1/reports/r0001/resolve";
  for (const auto* body :
       {"{}", R"({"outcome":"maybe","note":""})", R"({"outcome":"upheld"})",
        R"({"outcome":"upheld","note":"a\u0007"})", R"({"outcome":"upheld","note":"","more":1})"})
    BOOST_TEST(send("POST", resolve, body).status == 400, body);
  for (const auto* body : {"{}", R"({"action":"forgive"})", R"({"action":"reset","more":1})"})
    BOOST_TEST(send("POST", "/admin/v1/providers/beta/standing", body).status == 400, body);
  for (const auto* body : {"{}", R"({"reason":""})", R"({"reason":"a\u0007"})"})
    BOOST_TEST(send("POST", "/admin/v1/providers/beta/terminate", body).status == 400, body);
  for (const auto* path : {"/admin/v1/providers/No/standing", "/admin/v1/providers/No/terminate"})
    BOOST_TEST(send("POST", path, R"({"action":"reset"})").status == 404, path);
  for (const auto* path :
       {resolve, "/admin/v1/providers/beta/standing", "/admin/v1/providers/beta/terminate"})
    BOOST_TEST(send("POST", path, R"({"x":1})", who::auditor).status == 403, path);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(strikes_are_shown_with_what_counts) {
  actors::registry_answer out;
  out.providers = {beta()};
  out.standing.strikes = {some_strike("r1"), some_strike("r2"), some_strike("r3")};
  out.counted = {true, false, true};
  will_answer(out);
  const auto body =
      parse(send("GET", "/admin/v1/providers/beta/strikes?after=r1", {}, who::auditor));
  BOOST_TEST(std::string(body["standing"]["level"].GetString()) == "warned");
  BOOST_TEST(body["standing"]["strikes"].GetDouble() == 2.5);
  BOOST_TEST(body["standing"]["proposed_level"].IsNull());
  BOOST_REQUIRE_EQUAL(body["strikes"].Size(), 2u);
  BOOST_TEST(std::string(body["strikes"][0]["report_id"].GetString()) == "r2");
  BOOST_TEST((!body["strikes"][0]["counts"].GetBool() && body["strikes"][1]["counts"].GetBool()));
  BOOST_TEST(std::string(body["strikes"][0]["cause"].GetString()) == "upheld");
  BOOST_TEST(std::string(body["next"].GetString()) == "r3");
  BOOST_TEST(last<actors::get_strikes>().id == "beta");
  will_answer({});
  BOOST_TEST(send("GET", "/admin/v1/providers/beta/strikes", {}, who::auditor).status == 404);
  BOOST_TEST(send("GET", "/admin/v1/providers/beta/strikes", {}, who::viewer).status == 403);
}

BOOST_AUTO_TEST_CASE(a_step_of_the_ladder_is_confirmed_or_all_is_forgiven) {
  will_answer(with(beta()));
  const char* path = "/admin/v1/providers/beta/standing";
  const auto reply = send("POST", path, R"({"action":"confirm"})");
  BOOST_TEST(reply.body == R"({"level":"warned","strikes":2.5,"proposed_level":null})");
  BOOST_TEST(
      (last<actors::settle_standing>().id == "beta" && last<actors::settle_standing>().confirmed));
  send("POST", path, R"({"action":"reset"})");
  BOOST_TEST(!last<actors::settle_standing>().confirmed);
  will_answer(failing(errc::conflict));
  BOOST_TEST(send("POST", path, R"({"action":"confirm"})").status == 409);
}

BOOST_AUTO_TEST_CASE(the_end_of_a_provider_waits_for_a_second_operator) {
  const char* path = "/admin/v1/providers/beta/terminate";
  will_answer(with(beta(), true));
  const auto first = send("POST", path, R"({"reason":"fraud"})");
  BOOST_TEST(first.status == 202);
  BOOST_TEST(parse(first)["pending"].GetBool());
  auto ended = beta();
  ended.state = provider_state::terminated;
  will_answer(with(ended));
  const auto second = send("POST", path, R"({"reason":"fraud"})");
  BOOST_TEST(second.status == 200);
  BOOST_TEST(holds(second.body, R"("state":"terminated")"));
  BOOST_TEST((last<actors::terminate_provider>().id == "beta" &&
              last<actors::terminate_provider>().reason == "fraud"));
}

BOOST_AUTO_TEST_SUITE_END()
