// Tokens over the interface (section 3 of the contract), discovery (section 2).
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
using namespace std::string_literals;

namespace {

const std::string grant = "grant_type=client_credentials";
const std::string posted = grant + "&client_id=alpha-client&client_secret=secret-one";

bool refused(const http::response& reply, const std::string& error, int status) {
  return reply.status == status && reply.body.starts_with(R"({"error":")" + error + "\"") &&
         has_header(reply, "Cache-Control: no-store") &&
         has_header(reply, "WWW-Authenticate: Basic realm=\"glados\"") == (status == 401);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(oauth, stage)

BOOST_AUTO_TEST_CASE(a_token_is_bound_to_the_certificate_and_stored_as_a_hash) {
  const auto reply = form("/oauth2/token", grant);
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(has_header(reply, "Cache-Control: no-store"));
  BOOST_TEST(
      reply.body.ends_with(R"(,"token_type":"Bearer","expires_in":600,"scope":"lookup map"})"));
  const auto start = R"({"access_token":")"s.size();
  const auto text = reply.body.substr(start, 43);
  BOOST_REQUIRE(script_.issued);
  const auto& stored = script_.issued->token;
  BOOST_TEST((stored.hash == crypto::sha256(text)));
  BOOST_TEST((stored.thumbprint == certificate));
  BOOST_TEST((stored.expires_at == clock.at + std::chrono::seconds(600)));
  BOOST_TEST(crypto::unbase64url(text)->size() == 32u);
}

BOOST_AUTO_TEST_CASE(the_secret_may_stand_in_the_body) {
  BOOST_TEST(form("/oauth2/token", posted, "").status == 200);
}

BOOST_AUTO_TEST_CASE(a_token_may_be_asked_for_less) {
  BOOST_TEST(holds(form("/oauth2/token", grant + "&scope=map"), R"("scope":"map")"));
  BOOST_TEST((script_.issued->token.scopes == std::vector<std::string>{"map"}));
}

BOOST_AUTO_TEST_CASE(requests_that_are_no_good) {
  const auto ask = [this](const std::string& body, const std::string& basic) {
    return form("/oauth2/token", body, basic);
  };
  const auto basic = "YWxwaGEtY2xpZW50OnNlY3JldC1vbmU="s;
  BOOST_TEST(refused(ask(posted, basic), "invalid_request", 400));
  BOOST_TEST(refused(ask(grant + "&" + grant, basic), "invalid_request", 400));
  BOOST_TEST(refused(ask("scope=map", basic), "invalid_request", 400));
  BOOST_TEST(refused(ask(grant + "&client_id=other", basic), "invalid_request", 400));
  BOOST_TEST(refused(ask("grant_type=password", basic), "unsupported_grant_type", 400));
  BOOST_TEST(refused(ask(grant + "&scope=bulk", basic), "invalid_scope", 400));
  BOOST_TEST(refused(ask(grant + "&scope=map++map", basic), "invalid_scope", 400));
  BOOST_TEST(refused(ask(grant, ""), "invalid_client", 401));
  BOOST_TEST(refused(ask(grant + "&client_id=alpha-client", ""), "invalid_client", 401));
  BOOST_TEST(refused(ask(grant, "!!"), "invalid_client", 401));
  BOOST_TEST(script_.order() == "");
}

BOOST_AUTO_TEST_CASE(client_secret_and_certificate_must_all_fit) {
  BOOST_TEST(
      refused(form("/oauth2/token", grant + "&client_id=nobody&client_secret=secret-one", ""),
              "invalid_client", 401));
  BOOST_TEST(
      refused(form("/oauth2/token", grant + "&client_id=alpha-client&client_secret=wrong", ""),
              "invalid_client", 401));
  certificate = {2};
  BOOST_TEST(refused(form("/oauth2/token", grant), "invalid_client", 401));
  BOOST_TEST(script_.order() == "news");
}

BOOST_AUTO_TEST_CASE(what_another_node_gave_out_is_good_here_at_once) {
  script_.news = [this] {
    alpha.secrets.push_back({2, crypto::sha256("secret-two"), {}, {}});
    update(alpha);
  };
  const auto rotated = grant + "&client_id=alpha-client&client_secret=secret-two";
  BOOST_TEST(form("/oauth2/token", rotated, "").status == 200);
  BOOST_TEST(script_.order() == "news issue");
  certificate = {2};
  script_.news = [this] {
    alpha.certificates.push_back({certificate, {}, {}, clock.at + std::chrono::hours(24)});
    update(alpha);
  };
  script_.find.token.thumbprint = certificate;
  script_.find.token.scopes = alpha.scopes;
  script_.find.token.expires_at = clock.at + std::chrono::minutes(5);
  BOOST_TEST(get("/v1/quota").status == 200);
  BOOST_TEST(script_.order().starts_with("news find "));
}

BOOST_AUTO_TEST_CASE(a_node_that_learns_nothing_refuses_nobody_for_it) {
  certificate = {2};
  script_.registry.code = errc::storage_unavailable;
  BOOST_TEST(problem_name(get("/v1/quota")) == "storage-unavailable");
  BOOST_TEST(problem_name(form("/oauth2/token", grant)) == "storage-unavailable");
}

BOOST_AUTO_TEST_CASE(credentials_count_only_in_their_time) {
  auto later = alpha;
  later.secrets[0].valid_from = clock.at + std::chrono::seconds(1);
  update(later);
  BOOST_TEST(refused(form("/oauth2/token", grant), "invalid_client", 401));
  auto ended = alpha;
  ended.certificates[0].not_after = clock.at;
  update(ended);
  BOOST_TEST(refused(form("/oauth2/token", grant), "invalid_client", 401));
}

BOOST_AUTO_TEST_CASE(a_suspended_provider_gets_no_token) {
  alpha.state = provider_state::suspended;
  update(alpha);
  BOOST_TEST(refused(form("/oauth2/token", grant), "invalid_client", 401));
  BOOST_TEST(get("/v1/verifications/" + verification_id).status == 403);
}

BOOST_AUTO_TEST_CASE(another_media_type_is_refused) {
  BOOST_TEST(
      send({.method = "POST", .path = "/oauth2/token", .body = "{}", .with_token = false}).status ==
      415);
}

BOOST_AUTO_TEST_CASE(too_many_tokens_are_a_limit) {
  script_.issue.code = errc::rate_limited;
  const auto reply = form("/oauth2/token", grant);
  BOOST_TEST(problem_name(reply) == "rate-limited");
  BOOST_TEST(holds(reply, R"("policy":"tokens")"));
  BOOST_TEST(has_header(reply, "Retry-After: 60"));
}

BOOST_DATA_TEST_CASE_F(stage, storage_that_fails_is_503,
                       boost::unit_test::data::make({"token", "revoke", "introspect"}), call) {
  script_.issue.code = script_.revoke.code = script_.find.code = errc::storage_unavailable;
  const auto reply = form("/oauth2/"s + call, grant + "&token=x");
  BOOST_TEST(reply.status == 503);
  BOOST_TEST(problem_name(reply) == "storage-unavailable");
}

BOOST_AUTO_TEST_CASE(revoking_an_unknown_token_is_fine) {
  script_.revoke.code = errc::not_found;
  const auto reply = form("/oauth2/revoke", "token=x&token_type_hint=access_token");
  BOOST_TEST(reply.status == 200);
  BOOST_TEST(reply.body == "");
  BOOST_TEST(script_.order() == "revoke");
  BOOST_TEST(refused(form("/oauth2/revoke", "a=b"), "invalid_request", 400));
  BOOST_TEST(refused(form("/oauth2/revoke", "token=x", ""), "invalid_client", 401));
}

BOOST_AUTO_TEST_CASE(a_live_token_is_described) {
  script_.find.token.thumbprint = certificate;
  script_.find.token.scopes = {"lookup", "bulk"};
  script_.find.token.issued_at = instant{1'000'000};
  script_.find.token.expires_at = clock.at + std::chrono::seconds(60);
  const auto reply = form("/oauth2/introspect", "token=x");
  BOOST_TEST(reply.body == R"({"active":true,"scope":"lookup","client_id":"alpha-client",)"
                           R"("token_type":"Bearer","exp":1795435260,"iat":1,)"
                           R"("cnf":{"x5t#S256":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}})");
  BOOST_TEST(has_header(reply, "Cache-Control: no-store"));
}

BOOST_AUTO_TEST_CASE(any_other_token_is_not_active) {
  script_.find.code = errc::not_found;
  BOOST_TEST(form("/oauth2/introspect", "token=x").body == R"({"active":false})");
  script_.find.code = errc::none;
  script_.find.token.thumbprint = certificate;
  script_.find.token.expires_at = clock.at;
  BOOST_TEST(form("/oauth2/introspect", "token=x").body == R"({"active":false})");
  script_.find.token.expires_at = clock.at + std::chrono::seconds(60);
  script_.find.token.thumbprint = {9};
  BOOST_TEST(form("/oauth2/introspect", "token=x").body == R"({"active":false})");
  BOOST_TEST(refused(form("/oauth2/introspect", "a=b"), "invalid_request", 400));
}

BOOST_AUTO_TEST_CASE(discovery_tells_endpoints_channels_and_keys) {
  const auto reply = get("/.well-known/glados");
  BOOST_TEST(reply.status == 200);
  for (const auto* text :
       {R"("issuer":"https://glados.test")", R"("token":"https://glados.test/oauth2/token")",
        R"("sii_schemes":["tel","mailto"])", R"("channels":["sms","email"])",
        R"("keys":[{"kty":"OKP","crv":"Ed25519")"})
    BOOST_TEST(holds(reply, text), text);
  const auto x = crypto::base64url(keys.audit_signer().public_key());
  BOOST_TEST(holds(reply, "\"x\":\"" + x + "\""));
  settings().voice_available = true;
  BOOST_TEST(holds(get("/.well-known/glados"), R"("channels":["sms","email","voice"])"));
}

BOOST_AUTO_TEST_CASE(the_metadata_of_rfc_8414) {
  const auto reply = get("/.well-known/oauth-authorization-server");
  for (const auto* text : {R"("issuer":"https://glados.test")",
                           R"("token_endpoint":"https://glados.test/oauth2/token")",
                           R"("revocation_endpoint":"https://glados.test/oauth2/revoke")",
                           R"("introspection_endpoint":"https://glados.test/oauth2/introspect")",
                           R"("tls_client_certificate_bound_access_tokens":true)",
                           R"("grant_types_supported":["client_credentials"])",
                           R"("token_endpoint_auth_methods_supported":["client_secret_basic",)"})
    BOOST_TEST(holds(reply, text), text);
}

BOOST_AUTO_TEST_CASE(the_openapi_document_is_served_as_it_is) {
  BOOST_TEST(get("/openapi.json").body == R"({"openapi":"3.1.0"})");
}

BOOST_AUTO_TEST_SUITE_END()
