#include "admin_fixture.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;

namespace {

signal_record some_signal() {
  signal_record out;
  out.id = "sig-000000000007";
  out.what.provider_id = "alpha";
  out.what.kind = signal_kind::pumping;
  out.what.source = signal_source::registrations;
  out.what.since = {1'790'000'000'000'000};
  out.what.window_seconds = 600;
  out.what.seen = 300;
  out.what.matched = 299;
  out.what.threshold_percent = 95;
  out.found_at = {1'790'000'010'000'000};
  return out;
}

constexpr const char* shown =
    R"({"id":"sig-000000000007","provider_id":"alpha","kind":"pumping","source":"registrations",)"
    R"("found_at":"2026-09-21T14:13:30.000Z","evidence":{"window_from":"2026-09-21T14:13:20.000Z",)"
    R"("window_seconds":600,"seen":300,"matched":299,"share_percent":99,"threshold_percent":95},)";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(admin_signals, admin_fixture)

BOOST_AUTO_TEST_CASE(findings_are_listed_with_their_evidence) {
  actors::registry_answer found;
  found.signals = {some_signal()};
  found.next = "sig-000000000007";
  will_answer(found);
  const auto reply = send("GET", "/admin/v1/signals?provider=alpha&after=sig-1", {}, who::auditor);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == R"({"signals":[)" + std::string(shown) +
                               R"("throttle":null}],"next":"sig-000000000007"})");
  BOOST_TEST(last<actors::list_signals>().only_of == "alpha");
  BOOST_TEST(last<actors::list_signals>().after == "sig-1");
  BOOST_TEST(send("GET", "/admin/v1/signals", {}, who::viewer).status == 403);
  BOOST_TEST(send("GET", "/admin/v1/signals?provider=No%20Such", {}, who::auditor).status == 400);
}

BOOST_AUTO_TEST_CASE(an_operator_lifts_with_a_reason) {
  auto lifted = some_signal();
  lifted.throttled = true;
  lifted.sends_percent = 50;
  lifted.until = {1'790'000'020'000'000};
  lifted.lifted_at = {1'790'000'015'000'000};
  lifted.lifted_by = "olga";
  lifted.lift_reason = "a campaign";
  actors::registry_answer answer;
  answer.signals = {lifted};
  will_answer(answer);
  const char* path = "/admin/v1/signals/sig-000000000007/lift";
  const auto reply = send("POST", path, R"({"reason":"a campaign"})");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body ==
             std::string(shown) +
                 R"("throttle":{"quota_percent":100,"sends_percent":50,)"
                 R"("until":"2026-09-21T14:13:40.000Z","lifted_at":"2026-09-21T14:13:35.000Z",)"
                 R"("lifted_by":"olga","lift_reason":"a campaign"}})");
  BOOST_TEST(last<actors::lift_signal>().signal_id == "sig-000000000007");
  BOOST_TEST(last<actors::lift_signal>().reason == "a campaign");
  const auto asked_before = asked.size();
  for (const auto* body : {"{}", R"({"reason":""})", R"({"reason":"x","more":1})", "[]"})
    BOOST_TEST(send("POST", path, body).status == 400, body);
  BOOST_TEST(send("POST", path, R"({"reason":"x"})", who::auditor).status == 403);
  BOOST_TEST(asked.size() == asked_before);
  actors::registry_answer over;
  over.code = errc::conflict;
  will_answer(over);
  BOOST_TEST(send("POST", path, R"({"reason":"x"})").status == 409);
}

BOOST_AUTO_TEST_SUITE_END()
