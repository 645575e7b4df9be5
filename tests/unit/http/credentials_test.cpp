// A provider's own credentials (section 3 of the contract).
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "stage.hpp"

using namespace glados;
using namespace glados::testing;
using namespace std::string_literals;

namespace {

const std::string secrets = "/v1/credentials/secrets";
const std::string certificates = "/v1/credentials/certificates";

/// A self-signed P-256 certificate, valid until 2039.
constexpr std::string_view pem = R"(-----BEGIN CERTIFICATE-----
MIIBdjCCARugAwIBAgIUNayDy+tY4sPise8Aa0gR1eb9r6MwCgYIKoZIzj0EAwIw
EDEOMAwGA1UEAwwFYWxwaGEwHhcNMjYxMTIzMTAyNTE5WhcNMzkwNjI4MTAyNTE5
WjAQMQ4wDAYDVQQDDAVhbHBoYTBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABMtk
xSNY8TZ6+6TlueKuy65s1bDdpaOnExd3AP79+Dk65CI7lfR133IZrziZY5q04IGa
jqf7MrZw/A4B7Y3c7mOjUzBRMB0GA1UdDgQWBBQhO6sOfK7NGQSIgTj6xYSVVVwz
vjAfBgNVHSMEGDAWgBQhO6sOfK7NGQSIgTj6xYSVVVwzvjAPBgNVHRMBAf8EBTAD
AQH/MAoGCCqGSM49BAMCA0kAMEYCIQC5PqXGdPfBOahBDzhtqCwlIRa1zwYltyJ1
L9lhzvNMnwIhAOnuJVnBCxxwyWtAzq4hglbTVa7B9dRDJx8km5QznurC
-----END CERTIFICATE-----
)";

std::string pem_body(std::string_view text) {
  http::json_output out;
  out.begin_object().member("pem", text).end_object();
  return out.take();
}

template <class Operation>
const Operation& asked_for(const script& of) {
  BOOST_REQUIRE(of.changed.has_value());
  BOOST_REQUIRE(std::holds_alternative<Operation>(of.changed->what));
  return std::get<Operation>(of.changed->what);
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(credentials, stage)

BOOST_AUTO_TEST_CASE(a_secret_is_shown_once_and_kept_as_a_hash) {
  auto after = alpha;
  after.secrets.push_back({4, {}, clock.at, clock.at + std::chrono::hours(1)});
  script_.registry.secret_number = 4;
  script_.registry.providers = {after};
  const auto reply = post(secrets, "");
  BOOST_TEST(reply.status == 201);
  BOOST_TEST(has_header(reply, "Location: /v1/credentials/secrets/4"));
  BOOST_TEST(has_header(reply, "Cache-Control: no-store"));
  const auto start = R"({"id":"4","number":4,"client_secret":")"s;
  BOOST_REQUIRE(reply.body.starts_with(start));
  BOOST_TEST(reply.body.ends_with(R"(","valid_from":"2026-11-23T13:00:00.123Z"})"));
  const auto& asked = asked_for<actors::add_provider_secret>(script_);
  BOOST_TEST(asked.id == "alpha");
  BOOST_TEST(asked.self_service);
  BOOST_TEST((asked.hash == crypto::sha256(reply.body.substr(start.size(), 43))));
  BOOST_TEST(script_.changed->by.name == "provider:alpha");
}

BOOST_AUTO_TEST_CASE(a_secret_takes_no_members) {
  BOOST_TEST(problem_name(post(secrets, R"({"a":1})")) == "malformed-request");
  BOOST_TEST(post(secrets, "{}").status == 201);
}

BOOST_AUTO_TEST_CASE(a_secret_ends_by_its_number) {
  BOOST_TEST(remove(secrets + "/4").status == 204);
  BOOST_TEST(asked_for<actors::remove_provider_secret>(script_).number == 4u);
  for (const auto* id : {"04", "-1", "x", "4294967296", "4x"}) {
    BOOST_TEST(problem_name(remove(secrets + "/" + id)) == "not-found");
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_CASE(a_certificate_is_read_and_registered) {
  const auto reply = post(certificates, pem_body(pem));
  BOOST_TEST(reply.status == 201);
  const auto& asked = asked_for<actors::add_provider_certificate>(script_);
  BOOST_TEST(asked.self_service);
  BOOST_TEST(asked.not_after.us > clock.at.us);
  BOOST_TEST(holds(reply, R"("thumbprint":")" + crypto::hex(asked.thumbprint) + "\""));
}

BOOST_AUTO_TEST_CASE(what_is_no_certificate_is_refused_at_its_member) {
  for (const auto& body :
       {pem_body("x"), pem_body(std::string(pem) + std::string(pem)), "{}"s, R"({"pem":1})"s}) {
    const auto reply = post(certificates, body);
    BOOST_TEST(problem_name(reply) == "malformed-request");
    BOOST_TEST(holds(reply, R"("pointer":"/pem")"));
    BOOST_TEST(script_.order() == "");
  }
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  clock.at = instant{4'102'444'800'000'000};  // 2100
  auto later = alpha;
  later.certificates[0].not_after = clock.at + std::chrono::hours(1);
  update(later);
  storage::access_token known;
  known.hash = crypto::sha256("token-one");
  known.thumbprint = certificate;
  known.expires_at = clock.at + std::chrono::hours(1);
  sessions.by_id("alpha")->keep_token(known);
  BOOST_TEST(holds(post(certificates, pem_body(pem)), R"("pointer":"/pem")"));
}

BOOST_AUTO_TEST_CASE(a_certificate_ends_by_its_thumbprint_in_either_form) {
  bytes32 name{};
  name[0] = 0xAB;
  for (const auto& id : {crypto::hex(name), crypto::base64url(name)}) {
    BOOST_TEST(remove(std::string(certificates).append("/").append(id)).status == 204);
    BOOST_TEST((asked_for<actors::remove_provider_certificate>(script_).thumbprint == name));
  }
  BOOST_TEST(problem_name(remove(certificates + "/abc")) == "not-found");
}

BOOST_AUTO_TEST_CASE(all_tokens_end_at_once) {
  BOOST_TEST(remove("/v1/tokens").status == 204);
  BOOST_TEST(script_.order() == "revoke_all");
  script_.revoke_all.code = errc::storage_unavailable;
  BOOST_TEST(problem_name(remove("/v1/tokens")) == "storage-unavailable");
  script_.revoke_all.code = errc::deadline;
  BOOST_TEST(problem_name(remove("/v1/tokens")) == "outcome-unknown");
}

BOOST_DATA_TEST_CASE_F(stage, the_registrars_refusals_are_passed_on,
                       boost::unit_test::data::make({errc::conflict, errc::not_found,
                                                     errc::overloaded, errc::storage_unavailable,
                                                     errc::outcome_unknown}),
                       code) {
  script_.registry.code = code;
  BOOST_TEST(problem_name(post(secrets, "")) == row_of(code).problem);
  BOOST_TEST(problem_name(remove(secrets + "/1")) == row_of(code).problem);
  BOOST_TEST(problem_name(post(certificates, pem_body(pem))) == row_of(code).problem);
}

BOOST_AUTO_TEST_CASE(a_registrar_that_is_late_may_have_done_it) {
  script_.registry.code = errc::deadline;
  BOOST_TEST(problem_name(post(secrets, "")) == "outcome-unknown");
}

BOOST_AUTO_TEST_CASE(any_token_will_do_but_one_is_needed) {
  BOOST_TEST(problem_name(send({.method = "DELETE", .path = "/v1/tokens", .with_token = false})) ==
             "unauthorized");
  certificate = {2};
  BOOST_TEST(problem_name(remove("/v1/tokens")) == "unauthorized");
}

BOOST_AUTO_TEST_SUITE_END()
