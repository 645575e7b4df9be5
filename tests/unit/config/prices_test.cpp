#include "config/prices.hpp"

#include <boost/test/unit_test.hpp>

#include "tests/unit/config/scratch.hpp"

using namespace glados;
using namespace glados::config;
using namespace glados::config::test;

namespace {

const std::string good = R"(currency = "EUR"
lookup = 50
bulk_row = 20
[send.sms]
default = 80_000
DE = 75_000
"+870" = 900_000
[send.voice]
default = 150_000
[send.email]
default = 400
)";

/// `good` with `what` replaced.
std::string with(const std::string& what, const std::string& by) {
  auto out = good;
  out.replace(out.find(what), what.size(), by);
  return out;
}

}  // namespace

BOOST_FIXTURE_TEST_SUITE(prices, scratch)

BOOST_AUTO_TEST_CASE(the_shipped_table_is_good) {
  std::vector<fault> faults;
  const auto table = load_prices(GLADOS_SOURCE_DIR "/config/prices.toml", faults);
  BOOST_REQUIRE_MESSAGE(table.has_value(), all_of(faults));
  BOOST_TEST(table->currency == "EUR");
  BOOST_TEST(table->lookup > 0U);
  BOOST_TEST(spend_cap_of(*table, "alpha") == 0U);
}

BOOST_AUTO_TEST_CASE(countries_and_caps_have_their_own_numbers) {
  std::vector<fault> faults;
  const auto table = load_prices(
      file("p.toml", good + "[spend_cap]\ndefault = 7\n[spend_cap.providers]\nbeta = 0\n"), faults);
  BOOST_REQUIRE_MESSAGE(table.has_value(), all_of(faults));
  BOOST_TEST(price_of_send(*table, channel::sms, "DE") == 75'000U);
  BOOST_TEST(price_of_send(*table, channel::sms, "+870") == 900'000U);
  BOOST_TEST(price_of_send(*table, channel::sms, "FR") == 80'000U);
  BOOST_TEST(price_of_send(*table, channel::voice, "DE") == 150'000U);
  BOOST_TEST(price_of_send(*table, channel::email, "email") == 400U);
  BOOST_TEST(spend_cap_of(*table, "alpha") == 7U);
  BOOST_TEST(spend_cap_of(*table, "beta") == 0U);
}

BOOST_AUTO_TEST_CASE(what_is_wrong_is_refused_with_its_place) {
  const std::pair<std::string, const char*> wrong[] = {
      {with("50", "50.0"), "whole number"},
      {with("50", "-1"), "whole number"},
      {with("50", "\"50\""), "whole number"},
      {with("50", "1_000_000_001"), "from 0 to 1000000000"},
      {with("\"EUR\"", "\"Euro\""), "three capital letters"},
      {with("DE", "de"), "no country"},
      {with("DE", "DEU"), "no country"},
      {with("lookup = 50\n", ""), "is missing"},
      {with("default = 400", "default = 400\nDE = 5"), "no country"},
      {good + "fax = 3\n", "no country"},
      {good + "[send.fax]\ndefault = 3\n", "no such price"},
      {good + "[fees]\n", "no such table"},
      {good + "[spend_cap.providers]\nA = 3\n", "provider's id"},
      {good + "[spend_cap]\ndefault = 1_000_000_000_000_001\n", "whole number"},
      {"currency = \n", ""},
  };
  for (const auto& [content, why] : wrong) {
    std::vector<fault> faults;
    const auto path = file("p.toml", content);
    BOOST_TEST(!load_prices(path, faults).has_value(), content);
    BOOST_REQUIRE_MESSAGE(faults.size() == 1U, content << all_of(faults));
    BOOST_TEST(faults[0].where.find("p.toml") != std::string::npos);
    BOOST_TEST(faults[0].why.find(why) != std::string::npos, all_of(faults));
  }
  std::vector<fault> faults;
  BOOST_TEST(!load_prices((folder / "absent").string(), faults).has_value());
  faults.clear();
  load_prices(file("p.toml", with("50", "x") + "fax = 3\n"), faults);
  faults.clear();
  load_prices(file("p.toml", with("50", "1.5") + "fax = 3\n"), faults);
  BOOST_TEST(faults.size() == 2U);  // all at once
}

BOOST_AUTO_TEST_SUITE_END()
