// Fail-over between real gateways that fail in real ways.
#include "delivery/failover.hpp"

#include <boost/test/unit_test.hpp>

#include "delivery/kannel.hpp"
#include "delivery/twilio.hpp"
#include "process.hpp"

using namespace glados;
using namespace glados::delivery;
using namespace std::chrono_literals;

namespace {

struct world {
  toy_gateway good{{"twilio", "--user", "AC1", "--password", "token"}};
  curl_loop loop;
  std::unique_ptr<failover> both;  // a result's name lives as long

  std::shared_ptr<sender> twilio(std::uint16_t port) {
    return std::make_shared<twilio_sender>(loop, twilio_settings{.name = "inner",
                                                                 .url = http_url(port),
                                                                 .account_sid = "AC1",
                                                                 .auth_token = "token",
                                                                 .from = "+15005550006",
                                                                 .ca_file = {}});
  }

  send_result through(std::uint16_t first, std::string number = "+14155550123") {
    both = std::make_unique<failover>(
        std::vector<gateway>{{"first", twilio(first)}, {"second", twilio(good.port)}});
    const auto begin = std::chrono::steady_clock::now();
    const auto seen = ask(*both, sms(std::move(number), "hello"), 3s);
    BOOST_TEST((std::chrono::steady_clock::now() - begin < 3s));
    return seen;
  }

  void second_delivers(std::uint16_t first) {
    const auto seen = through(first);
    BOOST_TEST((seen.what == outcome::accepted));
    BOOST_TEST(seen.gateway_name == "second");
    BOOST_TEST(seen.tries == 2);
    BOOST_TEST(good.next().find("hello") != std::string::npos);
  }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(integration_failover, world)

BOOST_AUTO_TEST_CASE(first_is_down) { second_delivers(free_ports(1)[0]); }

BOOST_AUTO_TEST_CASE(first_answers_500) {
  toy_gateway bad{{"twilio", "--mode", "500"}};
  second_delivers(bad.port);
}

BOOST_AUTO_TEST_CASE(first_hangs) {
  toy_gateway bad{{"twilio", "--mode", "hang"}};
  second_delivers(bad.port);
}

BOOST_AUTO_TEST_CASE(first_does_not_know_us) {
  toy_gateway bad{{"twilio", "--user", "somebody", "--password", "else"}};
  second_delivers(bad.port);
}

BOOST_AUTO_TEST_CASE(first_is_of_another_kind) {
  failover two{{{"kannel", std::make_shared<kannel_sender>(
                               loop, kannel_settings{.name = "inner",
                                                     .url = http_url(free_ports(1)[0]),
                                                     .username = "u",
                                                     .password = "p",
                                                     .from = "G",
                                                     .smsc = {},
                                                     .ca_file = {}})},
                {"twilio", twilio(good.port)}}};
  BOOST_TEST(ask(two, sms("+14155550123", "hello")).gateway_name == "twilio");
}

BOOST_AUTO_TEST_CASE(a_number_that_does_not_exist_stops_at_the_first) {
  toy_gateway first{{"twilio", "--user", "AC1", "--password", "token"}};
  const auto seen = through(first.port, "+14155550000");
  BOOST_TEST((seen.what == outcome::permanent));
  BOOST_TEST(seen.about_recipient);
  BOOST_TEST(seen.gateway_name == "first");
  BOOST_TEST(seen.tries == 1);
}

BOOST_AUTO_TEST_CASE(all_down_is_temporary) {
  const auto ports = free_ports(2);
  failover two{{{"first", twilio(ports[0])}, {"second", twilio(ports[1])}}};
  const auto seen = ask(two, sms("+14155550123", "hello"));
  BOOST_TEST((seen.what == outcome::temporary));
  BOOST_TEST(seen.gateway_name == "second");
  BOOST_TEST(seen.tries == 2);
}

BOOST_AUTO_TEST_SUITE_END()
