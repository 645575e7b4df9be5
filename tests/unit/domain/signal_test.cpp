#include "domain/signal.hpp"

#include <boost/test/unit_test.hpp>
#include <random>
#include <set>

using namespace glados;
using namespace std::chrono_literals;

namespace {

constexpr feature_key key{{11}};

instant at(std::chrono::microseconds since) { return instant{1'795'000'200'000'000} + since; }

sii_features tel(std::uint64_t number) {
  return features_of("tel:+" + std::to_string(number), key);
}

std::set<std::pair<signal_kind, signal_source>> kinds(const std::vector<finding>& all) {
  std::set<std::pair<signal_kind, signal_source>> out;
  for (const auto& one : all) out.emplace(one.kind, one.source);
  return out;
}

bool holds(const std::vector<finding>& all, signal_kind kind, signal_source source) {
  return kinds(all).contains({kind, source});
}

using enum signal_kind;
using enum signal_source;

}  // namespace

BOOST_AUTO_TEST_SUITE(signals)

BOOST_AUTO_TEST_CASE(names_that_people_have_do_not_look_generated) {
  for (const auto* name : {"anna.schmidt", "j.rosenberg", "maria1987", "christopher.wright", "info",
                           "bob", "jean-pierre.dupont", "k.schwarz1", "stephen_hawking42", "2pac",
                           "krzysztof.wojcik", "sales-team", "x", "qq12345678", "12345678901",
                           "andrea+shop8x7z6y5w", "\xc3\xa4nne.m\xc3\xbcller"})
    BOOST_TEST(!looks_generated(name), name);
}

BOOST_AUTO_TEST_CASE(names_that_machines_draw_do) {
  for (const auto* name : {"x7k2p9q1", "a3f9c0d1e2b4", "xkcdqwrtp", "user8f3k2m9", "qzxjvkqzxj",
                           "bcdfghjk", "9a8b7c6d5e"})
    BOOST_TEST(looks_generated(name), name);
  std::mt19937_64 draw(7);
  int found = 0;
  for (int i = 0; i < 1000; ++i) {
    std::string name;
    for (int c = 0; c < 12; ++c) name += "abcdefghijklmnopqrstuvwxyz0123456789"[draw() % 36];
    found += looks_generated(name) ? 1 : 0;
  }
  BOOST_TEST(found > 700, "of 1,000 random names " << found << ", seed 7");
}

BOOST_AUTO_TEST_CASE(numbers_that_nobody_was_given_look_made_up) {
  for (const auto* digits : {"49151000000", "14155555555", "441234567", "49159876543"})
    BOOST_TEST(looks_made_up(digits), digits);
  for (const auto* digits : {"14155550123", "4915112345678901", "491511111122", "", "1"})
    BOOST_TEST(!looks_made_up(digits), digits);
}

BOOST_AUTO_TEST_CASE(features_depend_on_the_key_and_tell_neighbours) {
  const auto one = tel(4915112345678), next = tel(4915112345679);
  BOOST_TEST(one.after == next.number);
  BOOST_TEST(next.before == one.number);
  BOOST_TEST(one.number != features_of("tel:+4915112345678", {{12}}).number);
  BOOST_TEST(one.domain == 0U);
  const std::vector<std::string> common{"gmail.com"};
  const auto mail = features_of("mailto:anna@example.org", key, common);
  BOOST_TEST(mail.number == 0U);
  BOOST_TEST(mail.domain != 0U);
  BOOST_TEST(mail.domain == features_of("mailto:bert@example.org", key, common).domain);
  BOOST_TEST(features_of("mailto:anna@gmail.com", key, common).domain == 0U);
}

BOOST_AUTO_TEST_CASE(a_scan_of_numbers_is_found_at_its_edge) {
  signal_rules rules;
  signal_window window;
  BOOST_TEST(window.judge(at(0s), rules).empty());
  for (std::uint64_t i = 0; i < rules.least_lookups - 1; ++i)
    window.lookup(tel(49151'2000'0000 + i), false);
  BOOST_TEST(window.judge(at(1s), rules).empty());
  window.lookup(tel(49151'2000'0000 + rules.least_lookups), false);
  const auto found = window.judge(at(2s), rules);
  BOOST_TEST(holds(found, sequential_numbers, lookups));
  BOOST_TEST(holds(found, miss_ratio, lookups));
  BOOST_TEST(found.size() == 2U);
  BOOST_TEST(found[0].seen == rules.least_lookups);
  BOOST_TEST(window.judge(at(3s), rules).empty());  // once a window
}

BOOST_AUTO_TEST_CASE(people_are_not_found) {
  std::mt19937_64 draw(11);
  signal_rules rules;
  signal_window window;
  window.judge(at(0s), rules);
  for (int i = 0; i < 5000; ++i) {
    const auto number = tel(49151'0000'0000 + draw() % 100'000'000);
    window.lookup(number, draw() % 10 < 7);
    if (i % 10 == 0) {
      window.registration(number);
      window.code_sent();
      if (draw() % 10 < 7) {
        window.code_confirmed();
        window.proof(draw() % 10 == 0);
      }
    }
  }
  const auto found = window.judge(at(1min), rules);
  BOOST_TEST(found.empty(), found.size() << " found, seed 11");
}

BOOST_AUTO_TEST_CASE(registrations_have_patterns_of_their_own) {
  signal_rules rules;
  signal_window window;
  window.judge(at(0s), rules);
  for (std::uint64_t i = 0; i < 200; ++i) {
    const auto name =
        "mailto:x" + std::to_string(i) + "k2p9q" + std::to_string(i) + "@catch.example";
    window.registration(features_of(name, key));
    window.code_sent();
  }
  for (int i = 0; i < 50; ++i) window.proof(i % 2 == 0);
  window.guess_refused();
  const auto found = window.judge(at(1s), rules);
  BOOST_TEST((kinds(found) == decltype(kinds(found)){{improbable_addresses, registrations},
                                                     {mapped_overlap, registrations},
                                                     {domain_flood, registrations},
                                                     {guesses, registrations},
                                                     {pumping, registrations}}));
}

BOOST_AUTO_TEST_CASE(codes_given_back_or_confirmed_are_no_pumping) {
  signal_rules rules;
  signal_window window;
  window.judge(at(0s), rules);
  for (std::uint64_t i = 0; i < rules.least_codes; ++i) window.code_sent();
  window.code_returned();
  BOOST_TEST(window.judge(at(1s), rules).empty());  // one too few
  window.code_sent();
  for (std::uint64_t i = 0; i < rules.least_codes * 6 / 100; ++i) window.code_confirmed();
  BOOST_TEST(window.judge(at(2s), rules).empty());  // 6 % confirmed
  for (std::uint64_t i = 0; i < rules.least_codes; ++i) window.code_sent();
  BOOST_TEST(holds(window.judge(at(3s), rules), pumping, registrations));
}

BOOST_AUTO_TEST_CASE(a_window_ends_and_the_next_begins_at_nothing) {
  signal_rules rules;
  signal_window window;
  window.judge(at(0s), rules);
  for (std::uint64_t i = 0; i < rules.least_lookups; ++i)
    window.lookup(tel(4930'000 + 7 * i), false);
  BOOST_TEST(window.judge(at(1s), rules).size() == 1U);
  BOOST_TEST(window.judge(at(rules.window), rules).empty());
  for (std::uint64_t i = 0; i < rules.least_lookups; ++i)
    window.lookup(tel(5931'000 + 7 * i), false);
  const auto again = window.judge(at(rules.window + 1s), rules);
  BOOST_REQUIRE(again.size() == 1U);
  BOOST_TEST(again[0].seen == rules.least_lookups);
  BOOST_TEST(again[0].window_seconds == 600U);
}

BOOST_AUTO_TEST_CASE(domains_take_a_bounded_place) {
  signal_rules rules;
  signal_window window;
  window.judge(at(0s), rules);
  for (int i = 0; i < 2000; ++i) {
    const auto flood = i % 10 < 9;
    const auto domain = flood ? std::string("catch.example") : std::to_string(i) + ".example";
    window.registration(features_of("mailto:anna@" + domain, key));
  }
  BOOST_TEST(holds(window.judge(at(1s), rules), domain_flood, registrations));
}

BOOST_AUTO_TEST_CASE(what_is_found_again_throttles) {
  signal_rules rules;
  finding what;
  what.provider_id = "alpha";
  what.kind = miss_ratio;
  what.source = lookups;
  what.since = at(0s);
  std::vector<signal_record> known;
  BOOST_TEST(is_news(known, what));
  BOOST_TEST(!throttle_for(known, what, false, at(1min), rules).has_value());
  known.push_back({"s1", 1, what, at(1min)});
  BOOST_TEST(!is_news(known, what));
  auto later = what;
  later.since = at(10min);
  BOOST_TEST(is_news(known, later));
  const auto made = throttle_for(known, later, false, at(11min), rules);
  BOOST_REQUIRE(made.has_value());
  BOOST_TEST(made->quota_percent == rules.quota_percent);
  BOOST_TEST(made->sends_percent == 100U);
  BOOST_TEST((made->until == at(11min) + rules.throttle_for));
  BOOST_TEST(!throttle_for(known, later, true, at(11min), rules).has_value());  // exempt
  BOOST_TEST(!throttle_for(known, later, false, at(25h), rules).has_value());   // long ago
  auto other = later;
  other.provider_id = "beta";
  BOOST_TEST(!throttle_for(known, other, false, at(11min), rules).has_value());
  known[0].lifted_at = at(5min);
  BOOST_TEST(!throttle_for(known, later, false, at(11min), rules).has_value());  // forgiven
  rules.throttle_after = 1;
  later.kind = pumping;
  later.source = registrations;
  BOOST_TEST(throttle_for(known, later, false, at(11min), rules)->sends_percent == 50U);
  later.kind = guesses;
  BOOST_TEST(!throttle_for(known, later, false, at(11min), rules).has_value());
}

BOOST_AUTO_TEST_CASE(of_several_throttles_the_strictest_holds) {
  const std::vector<provider_throttle> all{
      {"s1", 50, 100, at(1h)}, {"s2", 25, 100, at(2h)}, {"s3", 100, 10, at(1h)}};
  BOOST_TEST(effect_of(all, at(0s)).quota_percent == 25U);
  BOOST_TEST(effect_of(all, at(0s)).sends_percent == 10U);
  BOOST_TEST(effect_of(all, at(1h)).sends_percent == 100U);
  BOOST_TEST(effect_of(all, at(2h)).quota_percent == 100U);
}

BOOST_AUTO_TEST_SUITE_END()
