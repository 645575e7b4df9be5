#include "http/conversion_meter.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;
using namespace glados::http;

BOOST_AUTO_TEST_SUITE(conversion_counts)

namespace {

bool shows(const telemetry::registry& in, const std::string& line) {
  return in.expose().find(line + "\n") != std::string::npos;
}

}  // namespace

BOOST_AUTO_TEST_CASE(codes_are_counted_by_country_and_channel) {
  telemetry::registry in;
  conversion_meter meter(in);
  BOOST_TEST(in.expose().find("glados_codes_sent_total{") == std::string::npos);
  for (int i = 0; i < 3; ++i) meter.sent({"DE", 1}, channel::sms);
  meter.sent({"ZZ", 2}, channel::voice);
  meter.confirmed({"DE", 9}, channel::sms);
  BOOST_TEST(shows(in, R"(glados_codes_sent_total{country="DE",channel="sms"} 3)"));
  BOOST_TEST(shows(in, R"(glados_codes_sent_total{country="ZZ",channel="voice"} 1)"));
  BOOST_TEST(shows(in, R"(glados_codes_confirmed_total{country="DE",channel="sms"} 1)"));
}

BOOST_AUTO_TEST_CASE(what_has_no_country_is_counted_as_such) {
  telemetry::registry in;
  conversion_meter meter(in);
  meter.sent({"email", 1}, channel::email);
  for (const auto* region : {"001", "", "de", "D1", "EUR"}) meter.sent({region, 1}, channel::sms);
  BOOST_TEST(shows(in, R"(glados_codes_sent_total{country="none",channel="email"} 1)"));
  BOOST_TEST(shows(in, R"(glados_codes_sent_total{country="other",channel="sms"} 5)"));
}

BOOST_AUTO_TEST_CASE(the_counts_outlive_the_meter) {
  telemetry::registry in;
  { conversion_meter(in).sent({"FR", 1}, channel::sms); }
  BOOST_TEST(shows(in, R"(glados_codes_sent_total{country="FR",channel="sms"} 1)"));
}

BOOST_AUTO_TEST_SUITE_END()
