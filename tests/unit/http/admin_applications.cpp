// The calls about applications.
#include <rapidjson/document.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "admin_fixture.hpp"
#include "crypto/encoding.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;
namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(admin_applications, admin_fixture)

namespace {

constexpr auto applied =
    R"({"provider_id":"alpha","name":"Alpha Chat","contact":"ops","website":"https://a.example",)"
    R"("apps":["Alpha"],"scopes":["lookup","map"]})";

}  // namespace

BOOST_AUTO_TEST_CASE(an_application_is_filed_and_shown_with_five_checks) {
  will_answer(with(form()));
  const auto& got = send("POST", "/admin/v1/applications", applied);
  BOOST_TEST(got.status == 201);
  BOOST_TEST(holds(got.header_lines, "Location: /admin/v1/applications/app-1\r\n"));
  BOOST_TEST(last<actors::submit_application>().form.website == "https://a.example");
  const auto body = parse(got);
  BOOST_REQUIRE(body["checks"].Size() == 5u);
  BOOST_TEST(body["checks"][0]["check"].GetString() == "business");
  BOOST_TEST(body["checks"][0]["result"].IsNull());
  BOOST_TEST(body["checks"][4]["evidence"].GetString() == "100 sends");
  BOOST_TEST(body["checks"][4]["by"].GetString() == "olga");
  BOOST_TEST(body["checks"][4]["at"].GetString() == "2026-09-21T14:13:20.000Z");
}

BOOST_DATA_TEST_CASE(a_bad_application_is_refused_with_its_member,
                     data::make({R"("provider_id":"ALPHA")", R"("provider_id":"a")",
                                 R"("name":"a.example")",
                                 R"("name":"123456789012345678901234567890123")", R"("contact":"")",
                                 R"("website":7)", R"("apps":"Alpha")", R"("scopes":["all"])",
                                 R"("scopes":["map","map"])"}) ^
                         data::make({"/provider_id", "/provider_id", "/name", "/name", "/contact",
                                     "/website", "/apps", "/scopes/0", "/scopes/1"}),
                     changed, pointer) {
  std::string body = applied;
  const std::string member = std::string(changed).substr(0, std::string(changed).find(':'));
  const auto from = body.find(member);
  auto end = body.find(",\"", from);
  while (end != body.npos && body[end + 2] == 'm')  // the comma inside "lookup","map"
    end = body.find(",\"", end + 1);
  body.replace(from, (end == body.npos ? body.size() - 1 : end) - from, changed);
  const auto& got = send("POST", "/admin/v1/applications", body);
  BOOST_TEST(got.status == 400);
  BOOST_TEST(parse(got)["pointer"].GetString() == pointer);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(a_check_is_recorded_with_its_evidence) {
  will_answer(with(form()));
  const auto& got =
      send("POST", "/admin/v1/applications/app-1/checks",
           R"({"check":"reputation","result":"fail","evidence":"line 1\nline 2","note":""})");
  BOOST_TEST(got.status == 201);
  const auto& sent = last<actors::record_check>();
  BOOST_TEST(sent.application_id == "app-1");
  BOOST_TEST((sent.which == enrolment_check::reputation));
  BOOST_TEST((sent.step.outcome == check_outcome::fail));
  BOOST_TEST(sent.step.evidence == "line 1\nline 2");
}

BOOST_DATA_TEST_CASE(
    a_bad_check_is_refused,
    data::make({R"({"check":"looks","result":"pass","evidence":"e","note":"n"})",
                R"({"check":"spam","result":"maybe","evidence":"e","note":"n"})",
                R"({"check":"spam","result":"pass","evidence":"","note":"n"})",
                R"({"check":"spam","result":"pass","evidence":"e"})",
                R"({"check":"spam","result":"pass","evidence":"e\u0007","note":"n"})",
                R"({"check":"spam","result":"pass","evidence":"e","note":"n","by":"me"})"}) ^
        data::make({"/check", "/result", "/evidence", "/note", "/evidence", "/by"}),
    body, pointer) {
  const auto& got = send("POST", "/admin/v1/applications/app-1/checks", body);
  BOOST_TEST(got.status == 400);
  BOOST_TEST(parse(got)["pointer"].GetString() == pointer);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(evidence_is_bounded_at_two_thousand_characters) {
  will_answer(with(form()));
  const auto body = [](std::size_t length) {
    return R"({"check":"spam","result":"pass","note":"","evidence":")" + std::string(length, 'e') +
           "\"}";
  };
  BOOST_TEST(send("POST", "/admin/v1/applications/a/checks", body(2000)).status == 201);
  BOOST_TEST(send("POST", "/admin/v1/applications/a/checks", body(2001)).status == 400);
}

BOOST_AUTO_TEST_CASE(approval_shows_a_secret_of_which_only_the_hash_goes_on) {
  will_answer(with(form()));
  const auto& got = send("POST", "/admin/v1/applications/app-1/approve");
  BOOST_TEST(got.status == 201);
  BOOST_TEST(holds(got.header_lines, "Cache-Control: no-store\r\n"));
  const auto body = parse(got);
  const std::string secret = body["client_secret"].GetString();
  BOOST_TEST(secret.size() == 43u);
  BOOST_TEST(body["provider_id"].GetString() == "alpha");
  const auto& sent = last<actors::approve_application>();
  BOOST_TEST((sent.secret_hash == crypto::sha256(secret)));
  BOOST_TEST(sent.client_id == body["client_id"].GetString());
  BOOST_TEST(sent.client_id.starts_with("alpha-"));
  BOOST_TEST(sent.client_id.size() == 6u + 16u);
  const auto again = parse(send("POST", "/admin/v1/applications/app-1/approve"));
  BOOST_TEST(again["client_secret"].GetString() != secret);
}

BOOST_AUTO_TEST_CASE(an_approval_refused_shows_no_secret) {
  registrar = [](const actors::registry_call& call) {
    return std::holds_alternative<actors::get_application>(call.what)
               ? with(form())
               : failing(errc::checks_incomplete);
  };
  const auto& got = send("POST", "/admin/v1/applications/app-1/approve");
  BOOST_TEST(got.status == 409);
  BOOST_TEST(problem_of(got) == "checks-incomplete");
  BOOST_TEST(!holds(got.body, "client_secret"));
}

BOOST_AUTO_TEST_CASE(a_rejection_needs_a_reason) {
  will_answer(with(form()));
  BOOST_TEST(send("POST", "/admin/v1/applications/app-1/reject", R"({"reason":""})").status == 400);
  BOOST_TEST(asked.empty());
  BOOST_TEST(send("POST", "/admin/v1/applications/app-1/reject", R"({"reason":"spam"})").status ==
             200);
  BOOST_TEST(last<actors::reject_application>().reason == "spam");
}

BOOST_AUTO_TEST_CASE(lists_go_on_after_a_cursor_and_always_have_a_next) {
  const auto empty = parse(send("GET", "/admin/v1/applications?after=app%2D7&x=1"));
  BOOST_TEST(last<actors::list_applications>().after == "app-7");
  BOOST_TEST(empty["applications"].Size() == 0u);
  BOOST_TEST(empty["next"].GetString() == "");
  BOOST_TEST(parse(send("GET", "/admin/v1/providers"))["next"].GetString() == "");
  BOOST_TEST(last<actors::list_providers>().after == "");
}

BOOST_AUTO_TEST_CASE(failures_of_the_registrar_become_problems) {
  will_answer(failing(errc::not_found));
  BOOST_TEST(send("GET", "/admin/v1/applications/app-9").status == 404);
  will_answer(failing(errc::storage_unavailable));
  BOOST_TEST(problem_of(send("GET", "/admin/v1/providers/alpha")) == "storage-unavailable");
  will_answer(failing(errc::deadline));
  BOOST_TEST(problem_of(send("GET", "/admin/v1/providers/alpha")) == "overloaded");
  BOOST_TEST(problem_of(send("POST", "/admin/v1/providers/alpha/secrets")) == "outcome-unknown");
}

BOOST_AUTO_TEST_SUITE_END()
