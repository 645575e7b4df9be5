// Who may call what; audit, probes and the sandbox's outbox.
#include <rapidjson/document.h>

#include <boost/test/unit_test.hpp>

#include "admin_fixture.hpp"
#include "crypto/encoding.hpp"
#include "domain/audit.hpp"
#include "http/attestation.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;

BOOST_FIXTURE_TEST_SUITE(admin_access, admin_fixture)

namespace {

/// Path of a route with something in place of each parameter.
std::string sample_path(std::string_view pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    out += pattern[i] == '{' ? std::string("alpha") : std::string(1, pattern[i]);
    if (pattern[i] == '{')
      i = pattern.find('}', i);
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_CASE(each_role_may_do_its_own_and_nothing_above) {
  for (const auto& row : admin_routes())
    for (const auto by : {who::viewer, who::auditor, who::operator_}) {
      asked.clear();
      const auto role = static_cast<admin_role>(static_cast<int>(by) - 1);
      const auto& got = send(row.method, sample_path(row.pattern), {}, by);
      BOOST_TEST_CONTEXT(row.name << " as " << to_string(role)) {
        BOOST_TEST((got.status == 403) == !may(role, row.role));
        if (got.status == 403) {
          BOOST_TEST(problem_of(got) == "insufficient-scope");
          BOOST_TEST(parse(got)["required_scope"].GetString() == to_string(role_for(row.role)));
          BOOST_TEST(asked.empty());
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(an_unknown_certificate_may_nothing) {
  for (const auto& row : admin_routes())
    BOOST_TEST(send(row.method, sample_path(row.pattern), {}, who::nobody).status == 401);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(calls_are_kept_for_the_audit_by_whom_and_what_about) {
  call_register kept;
  ports.calls = &kept;
  will_answer({});
  send("GET", "/admin/v1/self", {}, who::viewer);
  send("GET", "/admin/v1/audit", {}, who::auditor);
  send("GET", "/admin/v1/providers/tel:+4915112345678", {}, who::viewer);
  send("GET", "/livez", {}, who::viewer);
  send("GET", "/admin/v1/self", {}, who::nobody);
  send("GET", "/admin/v1/no-such", {}, who::operator_);
  const auto all = kept.take();
  ports.calls = nullptr;
  BOOST_REQUIRE_EQUAL(all.size(), 2u);
  BOOST_TEST(all[0].caller == "ada");
  BOOST_TEST(all[0].operations.size() == 1u);
  BOOST_TEST(all[0].operations.at("list_audit").done == 1u);
  BOOST_TEST(all[1].caller == "vera");
  BOOST_TEST(all[1].operations.size() == 2u);
  BOOST_TEST(all[1].operations.at("get_self").done == 1u);
  const auto& denied = all[1].operations.at("get_provider");
  BOOST_TEST(denied.refused == 1u);
  BOOST_TEST(denied.targets.empty());
}

BOOST_AUTO_TEST_CASE(the_registrar_learns_who_asks) {
  send("GET", "/admin/v1/providers", {}, who::auditor);
  BOOST_TEST(asked.back().by.name == "ada");
  BOOST_TEST((asked.back().by.role == admin_role::auditor));
}

BOOST_AUTO_TEST_CASE(the_audit_shows_links_and_the_text_that_was_hashed) {
  actors::registry_answer answer;
  answer.audit = {{8, crypto::sha256("7"), crypto::sha256("8"), R"({"at":"now","n":"\"x\""})"}};
  answer.next = "8";
  will_answer(answer);
  const auto got = parse(send("GET", "/admin/v1/audit?after=7", {}, who::auditor));
  BOOST_TEST(last<actors::list_audit>().after == 7u);
  BOOST_TEST(got["next"].GetString() == "8");
  const auto& record = got["records"][0];
  BOOST_TEST(record["previous"].GetString() == crypto::hex(crypto::sha256("7")));
  BOOST_TEST(record["body"].GetString() == answer.audit[0].body);
  BOOST_TEST(record["record"]["n"].GetString() == "\"x\"");
  asked.clear();
  BOOST_TEST(send("GET", "/admin/v1/audit?after=seven").status == 400);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(the_head_names_the_newest_link) {
  actors::registry_answer answer;
  answer.head = {9, crypto::sha256("9")};
  will_answer(answer);
  const auto got = parse(send("GET", "/admin/v1/audit/head"));
  BOOST_TEST(got["sequence"].GetUint() == 9u);
  const std::string hash = crypto::hex(crypto::sha256("9"));
  BOOST_TEST(got["hash"].GetString() == hash);
  const auto& signer = keys.audit_signer();
  BOOST_TEST(got["kid"].GetString() == key_id(signer.public_key()));
  crypto::signature64 signature{};
  const auto bytes = crypto::unbase64url(got["signature"].GetString());
  BOOST_REQUIRE(bytes->size() == signature.size());
  std::copy(bytes->begin(), bytes->end(), signature.begin());
  BOOST_TEST(crypto::verify(signer.public_key(), audit_head_text(9, hash, got["at"].GetString()),
                            signature));
}

BOOST_AUTO_TEST_CASE(probes_tell_life_and_readiness_apart) {
  BOOST_TEST(send("GET", "/readyz", {}, who::viewer).status == 200);
  ports.ready = [] { return false; };
  const auto& got = send("GET", "/readyz", {}, who::viewer);
  BOOST_TEST(got.status == 503);
  BOOST_TEST(holds(got.header_lines, "Retry-After: 1\r\n"));
  BOOST_TEST(send("GET", "/livez", {}, who::viewer).status == 200);
  ports.ready = [] { return true; };
  listener->draining(true);
  BOOST_TEST(send("GET", "/readyz", {}, who::viewer).status == 503);
}

BOOST_AUTO_TEST_CASE(metrics_are_text) {
  const auto& got = send("GET", "/metrics", {}, who::viewer);
  BOOST_TEST(got.content_type.starts_with("text/plain"));
  BOOST_TEST(holds(got.body, "glados_http_requests_total"));
  BOOST_TEST(send("GET", "/admin/v1/cluster", {}, who::viewer).body == R"({"nodes":[]})");
}

BOOST_AUTO_TEST_CASE(the_outbox_is_there_in_the_sandbox_only) {
  BOOST_TEST(send("GET", "/admin/v1/sandbox/messages?sii=tel:%2B14155550123").status == 404);
  std::vector<std::string> looked;
  ports.sandbox_outbox = [&](const std::string& sii) {
    looked.push_back(sii);
    return std::vector<sandbox_message>{
        {sii, "alpha", "sms", "Alpha Chat: 123456", "123456", {1'790'000'000'123'000}}};
  };
  for (const auto* sii : {"tel:%2B14155550123", "tel%3A%2B1-415-555-0123", "tel:+14155550123"}) {
    const auto got = parse(send("GET", "/admin/v1/sandbox/messages?x=1&sii=" + std::string(sii)));
    BOOST_TEST(looked.back() == "tel:+14155550123");
    BOOST_TEST(got["messages"][0]["code"].GetString() == "123456");
    BOOST_TEST(got["messages"][0]["at"].GetString() == "2026-09-21T14:13:20.123Z");
  }
}

BOOST_AUTO_TEST_CASE(the_outbox_refuses_what_is_no_identifier) {
  ports.sandbox_outbox = [](const std::string&) { return std::vector<sandbox_message>{}; };
  const std::string path = "/admin/v1/sandbox/messages";
  BOOST_TEST(send("GET", path).status == 400);
  BOOST_TEST(send("GET", path + "?sii=%4").status == 400);
  BOOST_TEST(send("GET", path + "?sii=%ff").status == 400);
  BOOST_TEST(problem_of(send("GET", path + "?sii=alice")) == "identifier-invalid");
}

BOOST_AUTO_TEST_SUITE_END()
