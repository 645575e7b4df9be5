#include "domain/webhook.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;
using namespace std::chrono_literals;

namespace {

constexpr instant start{1'800'000'000'000'000};

bool url_good(std::string_view url) { return !webhook_url_fault(url, address_guard()).has_value(); }

}  // namespace

BOOST_AUTO_TEST_SUITE(webhook_tests)

BOOST_AUTO_TEST_CASE(ten_tries_with_the_waits_of_the_standard) {
  const std::vector<std::chrono::seconds> waits{0s, 5s, 5min, 30min, 2h, 5h, 10h, 14h, 20h, 24h};
  for (unsigned tries = 1; tries <= 10; ++tries) {
    for (const double chance : {0.0, 0.25, 0.5, 1.0}) {
      const auto verdict = judge_attempt(tries, {500, {}}, start, chance, {});
      if (tries == 10) {
        BOOST_TEST((verdict.what == attempt_outcome::given_up));
        continue;
      }
      BOOST_REQUIRE((verdict.what == attempt_outcome::will_retry));
      const double wait = static_cast<double>((verdict.next_try - start).count()) / 1e6;
      const double planned = static_cast<double>(waits[tries].count());
      BOOST_TEST(wait == planned * (0.8 + 0.4 * chance), boost::test_tools::tolerance(1e-5));
    }
  }
}

BOOST_AUTO_TEST_CASE(what_an_answer_means) {
  for (const int good : {200, 201, 204, 299})
    BOOST_TEST((judge_attempt(1, {good, {}}, start, 0.5, {}).what == attempt_outcome::delivered));
  for (const int bad : {0, 101, 199, 300, 301, 302, 307, 308, 400, 401, 404, 409, 429, 500, 503})
    BOOST_TEST((judge_attempt(1, {bad, {}}, start, 0.5, {}).what == attempt_outcome::will_retry));
  BOOST_TEST((judge_attempt(1, {410, {}}, start, 0.5, {}).what == attempt_outcome::disabled));
}

BOOST_AUTO_TEST_CASE(retry_after_is_honoured_but_not_for_ever) {
  BOOST_TEST((judge_attempt(1, {429, 90s}, start, 0.5, {}).next_try == start + 90s));
  BOOST_TEST((judge_attempt(1, {503, 1s}, start, 0.5, {}).next_try == start + 5s));
  BOOST_TEST((judge_attempt(1, {503, 1000h}, start, 0.5, {}).next_try == start + 24h));
}

BOOST_AUTO_TEST_CASE(a_receiver_that_fails_for_five_days_is_disabled) {
  const auto at = [](std::chrono::microseconds since) {
    return judge_attempt(3, {500, {}}, start + since, 0.5, start).what;
  };
  BOOST_TEST((at(120h - 1us) == attempt_outcome::will_retry));
  BOOST_TEST((at(120h) == attempt_outcome::disabled));
  BOOST_TEST(
      (judge_attempt(3, {200, {}}, start + 200h, 0.5, start).what == attempt_outcome::delivered));
}

BOOST_AUTO_TEST_CASE(urls_that_a_webhook_may_have) {
  for (const char* url :
       {"https://example.org", "https://example.org/", "https://a.example.org:8443/in?key=1&b=%20",
        "https://93.184.216.34/x", "https://[2606:4700::1111]:443/",
        "https://xn--bcher-kva.example/", "https://example.org?x"})
    BOOST_TEST(url_good(url), url);
  for (const char* url : {"",
                          "http://example.org/",
                          "HTTPS://example.org/",
                          "ftp://example.org/",
                          "https://",
                          "https:///path",
                          "https://user@example.org/",
                          "https://user:secret@example.org/",
                          "https://@example.org/",
                          "https://exa mple.org/",
                          "https://example.org/\n",
                          "https://example.org/#part",
                          "https://b\xc3\xbc"
                          "cher.example/",
                          "https://example.org:0/",
                          "https://example.org:65536/",
                          "https://example.org:/",
                          "https://example.org:08/",
                          "https://127.0.0.1/",
                          "https://127.0.0.1:8443/",
                          "https://127.1/",
                          "https://2130706433/",
                          "https://0x7f000001/",
                          "https://0x7f.1/",
                          "https://0177.0.0.1/",
                          "https://127.0.0.1./",
                          "https://10.0.0.1/",
                          "https://169.254.169.254/latest/meta-data",
                          "https://[::1]/",
                          "https://[::ffff:127.0.0.1]/",
                          "https://[::ffff:7f00:1]/",
                          "https://[64:ff9b::a00:1]/",
                          "https://[2002:7f00:1::]/",
                          "https://[fe80::1%25eth0]/",
                          "https://[fe80::1]/",
                          "https://[127.0.0.1]/",
                          "https://[::1/",
                          "https://::1/",
                          "https://a..b/",
                          "https://.a/",
                          "https://-a/",
                          "https://a_b/",
                          "https://a%2eb/",
                          "https://example.org\\@127.0.0.1/"})
    BOOST_TEST(!url_good(url), url);
  BOOST_TEST(url_good("https://" + std::string(webhook_url_max - 8, 'a')) == false);
  const auto guard = address_guard::allowing({"127.0.0.0/8"});
  BOOST_TEST(!webhook_url_fault("https://127.0.0.1:9000/in", guard).has_value());
  BOOST_TEST(webhook_url_fault("https://127.1/in", guard).has_value());
}

BOOST_AUTO_TEST_CASE(places_in_a_stream) {
  BOOST_TEST((parse_event_place("") == event_place{}));
  BOOST_TEST((parse_event_place("1800000000000-3") == event_place{1'800'000'000'000, 3}));
  for (const char* text : {"1", "-", "1-", "-1", "a-1", "1-a", "01-1", "1-01", "1-1-1", "+1-1",
                           "1-18446744073709551616", " 1-1"})
    BOOST_TEST(!parse_event_place(text).has_value(), text);
  BOOST_TEST(to_string(event_place{5, 0}) == "5-0");
  BOOST_TEST((event_place{9, 1} < event_place{10, 0}));
}

BOOST_AUTO_TEST_CASE(a_retired_key_signs_for_a_day_beside_the_new_one) {
  webhook hook;
  hook.keys = {{{1}, "old", start}, {{2}, "new", {}}};
  BOOST_TEST(current_key(hook)->seed == "new");
  const auto both = signing_keys(hook, start + 24h - 1us);
  BOOST_REQUIRE_EQUAL(both.size(), 2u);
  BOOST_TEST((both[0].seed == "new" && both[1].seed == "old"));
  BOOST_TEST(signing_keys(hook, start + 24h).size() == 1u);
  drop_old_keys(hook, start + 24h);
  BOOST_TEST(hook.keys.size() == 1u);
}

BOOST_AUTO_TEST_CASE(types_filter_and_tests_always_go_out) {
  webhook hook;
  BOOST_TEST(wanted(hook, event_type::mapping_removed));
  hook.types = {event_type::mapping_demoted};
  BOOST_TEST((wanted(hook, event_type::mapping_demoted) && wanted(hook, event_type::webhook_test)));
  BOOST_TEST(!wanted(hook, event_type::mapping_removed));
}

BOOST_AUTO_TEST_CASE(one_lane_a_mapping) {
  event notice;
  BOOST_TEST(lane_of(notice) == 0u);
  notice.mapping.emplace();
  const auto first = lane_of(notice);
  BOOST_TEST(first != 0u);
  notice.mapping->sequence = 9;
  BOOST_TEST(lane_of(notice) == first);
  notice.mapping->salt = 1;
  BOOST_TEST(lane_of(notice) != first);
}

BOOST_AUTO_TEST_SUITE_END()
