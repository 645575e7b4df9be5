// Our client against an HTTP server with Twilio's interface.
#include "delivery/twilio.hpp"

#include <boost/test/unit_test.hpp>

#include "process.hpp"

using namespace glados;
using namespace glados::delivery;
using namespace std::chrono_literals;

namespace {

twilio_settings settings(const toy_gateway& gateway) {
  return {.name = "second",
          .url = http_url(gateway.port),
          .account_sid = "AC1",
          .auth_token = "token",
          .from = "+15005550006",
          .ca_file = {}};
}

std::vector<std::string> toy(std::string mode) {
  return {"twilio", "--user", "AC1", "--password", "token", "--mode", std::move(mode)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(integration_twilio)

BOOST_AUTO_TEST_CASE(the_form_arrives_and_answers_are_understood) {
  toy_gateway gateway{toy("ok")};
  curl_loop loop;
  twilio_sender via{loop, settings(gateway)};
  const auto good = ask(via, sms("+14155550123", "Code 123456 & ção"));
  BOOST_TEST((good.what == outcome::accepted));
  BOOST_TEST(good.gateway_name == "second");
  BOOST_TEST(gateway.next() ==
             R"("form": {"Body": "Code 123456 & ção", "From": "+15005550006", )"
             R"("To": "+14155550123"}, "path": "/2010-04-01/Accounts/AC1/Messages.json", )"
             R"("type": "application/x-www-form-urlencoded"})");

  const auto invalid = ask(via, sms("+14155550000", "x"));
  BOOST_TEST((invalid.what == outcome::permanent));
  BOOST_TEST(invalid.about_recipient);

  auto wrong = settings(gateway);
  wrong.auth_token = "guess";
  twilio_sender stranger{loop, wrong};
  const auto refused = ask(stranger, sms("+14155550123", "x"));
  BOOST_TEST((refused.what == outcome::permanent));
  BOOST_TEST(!refused.about_recipient);
}

BOOST_AUTO_TEST_CASE(a_broken_gateway_is_temporary) {
  for (auto mode : {"500", "flood", "redirect"}) {
    toy_gateway gateway{toy(mode)};
    curl_loop loop;
    twilio_sender via{loop, settings(gateway)};
    BOOST_TEST((ask(via, sms("+14155550123", "x")).what == outcome::temporary), mode);
  }
}

BOOST_AUTO_TEST_CASE(a_silent_gateway_costs_the_deadline_and_no_more) {
  toy_gateway gateway{toy("hang")};
  curl_loop loop;
  twilio_sender via{loop, settings(gateway)};
  const auto begin = std::chrono::steady_clock::now();
  BOOST_TEST((ask(via, sms("+14155550123", "x"), 400ms).what == outcome::temporary));
  const auto took = std::chrono::steady_clock::now() - begin;
  BOOST_TEST((took >= 390ms));
  BOOST_TEST((took < 3s));
}

BOOST_AUTO_TEST_SUITE_END()
