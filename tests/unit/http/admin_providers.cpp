// The calls about providers.
#include <rapidjson/document.h>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include "admin_fixture.hpp"
#include "crypto/encoding.hpp"

using namespace glados;
using namespace glados::http;
using namespace glados::http::test;
namespace data = boost::unit_test::data;

BOOST_FIXTURE_TEST_SUITE(admin_providers, admin_fixture)

namespace {

// Self-signed by a key that was thrown away: until 2120, and until the beginning of 2026.
constexpr auto good_certificate =
    R"(-----BEGIN CERTIFICATE-----\n)"
    R"(MIHOMIGBoAMCAQICAQcwBQYDK2VwMBAxDjAMBgNVBAMMBWFscGhhMCAXDTIwMDEw\n)"
    R"(MTAwMDAwMFoYDzIxMjAwMTAxMDAwMDAwWjAQMQ4wDAYDVQQDDAVhbHBoYTAqMAUG\n)"
    R"(AytlcAMhAFkznVToXfV7s7xGAhMOir6dPRVA9SRUBvIsWOA9nuO/MAUGAytlcANB\n)"
    R"(APhCpCELJTYteo7DTnDYR+DTk/80fkxgMS6vyVQj17zuhjKl/wPHkplnnTs3lB7X\n)"
    R"(EfHummYdIHOVLf+yFGSHpwE=\n)"
    R"(-----END CERTIFICATE-----\n)";
constexpr auto good_thumbprint = "8924368ece3fc792bb59a7f5c21e0f26a954f0dfb0a0d0200b09ceb8d918730d";
constexpr auto old_certificate =
    R"(-----BEGIN CERTIFICATE-----\n)"
    R"(MIHLMH+gAwIBAgIBBzAFBgMrZXAwEDEOMAwGA1UEAwwFYWxwaGEwHhcNMjAwMTAx\n)"
    R"(MDAwMDAwWhcNMjYwMTAxMDAwMDAwWjAQMQ4wDAYDVQQDDAVhbHBoYTAqMAUGAytl\n)"
    R"(cAMhAGU+3l562eBqfTDxZmAjVaCroy2oVEyhztGGE39wKrXtMAUGAytlcANBAAkN\n)"
    R"(tdIpXnZKx4MPFP3EC5L8EMsiCbAU5CqiCFwI7wf6eE86o3KZV0OaplI59nXDJ9VN\n)"
    R"(OiY3MbtCHFuCNnF6vQo=\n)"
    R"(-----END CERTIFICATE-----\n)";

}  // namespace

BOOST_AUTO_TEST_CASE(a_provider_is_shown_without_anything_secret) {
  will_answer(with(alpha()));
  const auto& got = send("GET", "/admin/v1/providers/alpha");
  BOOST_TEST(got.status == 200);
  const auto body = parse(got);
  BOOST_TEST(body["certificates"][0]["thumbprint"].GetString() ==
             crypto::hex(crypto::sha256("der")));
  BOOST_TEST(body["overrides"]["lookup_daily"].GetUint64() == 5000u);
  BOOST_TEST(body["overrides"]["sends_daily"].IsNull());
  BOOST_TEST(!holds(got.body, crypto::hex(crypto::sha256("hush"))));
  BOOST_TEST(!holds(got.body, crypto::base64url(crypto::sha256("hush"))));
}

BOOST_AUTO_TEST_CASE(a_patch_says_only_what_it_names) {
  will_answer(with(alpha()));
  const auto& got = send("PATCH", "/admin/v1/providers/alpha",
                         R"({"overrides":{"lookup_daily":null,"bulk_rows":7}})");
  BOOST_TEST(got.status == 200);
  BOOST_TEST(!parse(got)["pending"].GetBool());
  const auto& sent = last<actors::patch_provider>();
  BOOST_TEST(sent.id == "alpha");
  BOOST_TEST(!sent.scopes);
  BOOST_TEST(!sent.listed_mail_domains);
  BOOST_TEST(!sent.sends_daily);
  BOOST_REQUIRE(sent.lookup_daily);
  BOOST_TEST(!*sent.lookup_daily);
  BOOST_TEST((sent.bulk_rows == std::optional(std::optional<std::uint64_t>(7))));
}

BOOST_AUTO_TEST_CASE(a_second_operator_may_write_the_same_patch_in_another_way) {
  will_answer(with(alpha(), true));
  const auto print = [&](const char* body) {
    const auto& got = send("PATCH", "/admin/v1/providers/alpha", body);
    BOOST_TEST(parse(got)["pending"].GetBool());
    return last<actors::patch_provider>().fingerprint;
  };
  const auto first = print(R"({"scopes":["map","bulk"],"overrides":{"bulk_rows":7}})");
  BOOST_TEST(first == print(R"({ "overrides": {"bulk_rows":7}, "scopes":["bulk","map"] })"));
  BOOST_TEST(first != print(R"({"scopes":["map","bulk"],"overrides":{"bulk_rows":8}})"));
  BOOST_TEST(first != print(R"({"scopes":["map","bulk"],"overrides":{"sends_daily":7}})"));
  BOOST_TEST(first != print(R"({"scopes":["map","bulk"]})"));
  BOOST_TEST(print(R"({"overrides":{"bulk_rows":null}})") != print("{}"));
}

BOOST_DATA_TEST_CASE(a_bad_patch_is_refused,
                     data::make({R"({"scopes":["root"]})", R"({"scopes":["map","map"]})",
                                 R"({"overrides":{"lookup_daily":-1}})",
                                 R"({"overrides":{"weekly":1}})", R"({"overrides":7})",
                                 R"({"listed_mail_domains":["Example.org"]})",
                                 R"({"listed_mail_domains":["mail.example.org"]})",
                                 R"({"listed_mail_domains":["org"]})", R"({"name":"x"})"}) ^
                         data::make({"/scopes", "/scopes", "/overrides/lookup_daily",
                                     "/overrides/weekly", "/overrides", "/listed_mail_domains",
                                     "/listed_mail_domains", "/listed_mail_domains", "/name"}),
                     body, pointer) {
  const auto& got = send("PATCH", "/admin/v1/providers/alpha", body);
  BOOST_TEST(got.status == 400);
  BOOST_TEST(parse(got)["pointer"].GetString() == pointer);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(mail_domains_are_listed_as_registered) {
  will_answer(with(alpha()));
  BOOST_TEST(send("PATCH", "/admin/v1/providers/alpha",
                  R"({"listed_mail_domains":["example.org","example.co.uk"]})")
                 .status == 200);
  BOOST_TEST(last<actors::patch_provider>().listed_mail_domains->size() == 2u);
}

BOOST_AUTO_TEST_CASE(a_secret_is_shown_once_or_not_at_all) {
  auto answer = with(alpha());
  answer.secret_number = 2;
  will_answer(answer);
  const auto& got = send("POST", "/admin/v1/providers/alpha/secrets", "{}");
  BOOST_TEST(got.status == 201);
  const auto body = parse(got);
  BOOST_TEST(body["number"].GetUint() == 2u);
  BOOST_TEST((last<actors::add_provider_secret>().hash ==
              crypto::sha256(body["client_secret"].GetString())));
  BOOST_TEST(!last<actors::add_provider_secret>().self_service);
  will_answer(with(alpha(), true));
  const auto& waiting = send("POST", "/admin/v1/providers/alpha/secrets");
  BOOST_TEST(waiting.status == 202);
  BOOST_TEST(parse(waiting)["pending"].GetBool());
  BOOST_TEST(!holds(waiting.body, "client_secret"));
}

BOOST_AUTO_TEST_CASE(a_certificate_that_is_none_is_refused) {
  const auto& got =
      send("POST", "/admin/v1/providers/alpha/certificates", R"({"pem":"-----BEGIN"})");
  BOOST_TEST(got.status == 400);
  BOOST_TEST(parse(got)["pointer"].GetString() == "/pem");
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(certificates_are_named_in_hex_or_base64url) {
  const auto print = crypto::sha256("der");
  for (const auto& name : {crypto::hex(print), crypto::base64url(print)}) {
    const auto& got = send("DELETE", "/admin/v1/providers/alpha/certificates/" + name);
    BOOST_TEST(got.status == 204);
    BOOST_TEST(got.body.empty());
    BOOST_TEST((last<actors::remove_provider_certificate>().thumbprint == print));
  }
  asked.clear();
  BOOST_TEST(send("DELETE", "/admin/v1/providers/alpha/certificates/zz").status == 404);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(secrets_are_named_by_number) {
  BOOST_TEST(send("DELETE", "/admin/v1/providers/alpha/secrets/2").status == 204);
  BOOST_TEST(last<actors::remove_provider_secret>().number == 2u);
  asked.clear();
  for (const auto* name : {"x", "2x", "-1", "99999999999"})
    BOOST_TEST(send("DELETE", "/admin/v1/providers/alpha/secrets/" + std::string(name)).status ==
               404);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(suspension_needs_a_reason_and_its_end_may_have_one) {
  will_answer(with(alpha()));
  BOOST_TEST(send("POST", "/admin/v1/providers/alpha/suspend", "{}").status == 400);
  BOOST_TEST(asked.empty());
  BOOST_TEST(send("POST", "/admin/v1/providers/alpha/suspend", R"({"reason":"abuse"})").status ==
             200);
  BOOST_TEST(last<actors::suspend_provider>().reason == "abuse");
  BOOST_TEST(send("POST", "/admin/v1/providers/alpha/reinstate").status == 200);
  BOOST_TEST(send("POST", "/admin/v1/providers/alpha/reinstate", R"({"reason":"ok"})").status ==
             200);
  BOOST_TEST(last<actors::reinstate_provider>().reason == "ok");
}

BOOST_AUTO_TEST_CASE(what_cannot_be_a_provider_is_not_asked_for) {
  for (const auto* id : {"A", "a", "alpha%20", "..", "0123456789012345678901234567890123"})
    BOOST_TEST(send("GET", "/admin/v1/providers/" + std::string(id)).status == 404);
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_CASE(a_certificate_is_registered_by_its_thumbprint) {
  will_answer(with(alpha()));
  const auto body = std::string("{\"pem\":\"") + good_certificate + "\"}";
  const auto& got = send("POST", "/admin/v1/providers/alpha/certificates", body);
  BOOST_TEST(got.status == 201);
  BOOST_TEST(parse(got)["thumbprint"].GetString() == good_thumbprint);
  BOOST_TEST(parse(got)["not_after"].GetString() == "2120-01-01T00:00:00.000Z");
  const auto& sent = last<actors::add_provider_certificate>();
  BOOST_TEST(crypto::hex(sent.thumbprint) == good_thumbprint);
  BOOST_TEST(!sent.self_service);
  will_answer(with(alpha(), true));
  BOOST_TEST(send("POST", "/admin/v1/providers/alpha/certificates", body).status == 202);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused) {
  const auto& got = send("POST", "/admin/v1/providers/alpha/certificates",
                         std::string("{\"pem\":\"") + old_certificate + "\"}");
  BOOST_TEST(got.status == 400);
  BOOST_TEST(parse(got)["pointer"].GetString() == "/pem");
  BOOST_TEST(asked.empty());
}

BOOST_AUTO_TEST_SUITE_END()
