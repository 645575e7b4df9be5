#include "domain/sii.hpp"

#include <boost/test/unit_test.hpp>
#include <cstdio>
#include <random>
#include <sstream>

using namespace glados;

namespace {

/// The canonical form, or the name of the error.
std::string canonical(std::string_view input) {
  const auto out = canonical_sii(input);
  return out ? out->canonical : std::string(to_string(out.error()));
}

std::string fast(std::string_view input) {
  const auto out = fast_canonical(input);
  return out ? out->canonical : "unsure";
}

sii mail(const std::string& address) { return {sii_kind::mailto, "mailto:" + address}; }
sii tel(const std::string& number) { return {sii_kind::tel, "tel:" + number}; }

const std::string invalid = "identifier-invalid";
const std::string unsupported = "identifier-unsupported";

}  // namespace

BOOST_AUTO_TEST_SUITE(sii_forms)

BOOST_AUTO_TEST_CASE(an_identifier_never_prints_itself) {
  BOOST_TEST(to_string(tel("+14155550123")) == "[sii]");
}

BOOST_AUTO_TEST_CASE(numbers_lose_their_visual_separators) {
  for (const char* form : {"tel:+14155550123", "TEL:+14155550123", "Tel:+1-415-555-0123",
                           "tel:+1(415)555.0123", "tel:+(1)-.415-5550123-"})
    BOOST_TEST(canonical(form) == "tel:+14155550123");
  BOOST_TEST((canonical_sii("tel:+14155550123")->kind == sii_kind::tel));
}

BOOST_AUTO_TEST_CASE(what_is_no_global_number_is_invalid) {
  using namespace std::string_view_literals;
  for (const auto form : {"tel:"sv,
                          "tel:+"sv,
                          "tel:+-"sv,
                          "tel:14155550123"sv,
                          "tel:4155550123"sv,
                          "tel:+1 415 555 0123"sv,
                          "tel: +14155550123"sv,
                          "tel:+14155550123 "sv,
                          "tel:+14155550123;ext=5"sv,
                          "tel:+14155550123?x=y"sv,
                          "tel:+1415555012%33"sv,
                          "tel:++14155550123"sv,
                          "tel:+1415555012a"sv,
                          "tel:+1415555O123"sv,
                          "tel:+14155550123,+14155550124"sv,
                          "tel:5550123;phone-context=+1415"sv,
                          "tel:+14155550123\n"sv,
                          "tel:+1415555\0"sv,
                          "tel:\xEF\xBC\x8B"
                          "14155550123"sv,
                          "tel:+\xD9\xA1"
                          "4155550123"sv,
                          "tel://+14155550123"sv,
                          "tel:+1/415/5550123"sv})
    BOOST_TEST(canonical(form) == invalid, form);
}

BOOST_AUTO_TEST_CASE(numbers_no_plan_has_room_for_are_invalid) {
  for (const char* form : {"tel:+1234", "tel:+1415555012", "tel:+141555501234",
                           "tel:+1234567890123456", "tel:+99912345678", "tel:+0123456789",
                           "tel:+49", "tel:+21012345678", "tel:+10155550123", "tel:+11155550123"})
    BOOST_TEST(canonical(form) == invalid, form);
  BOOST_TEST(canonical("tel:+" + std::string(10'000, '1')) == invalid);
  BOOST_TEST(canonical("tel:+1" + std::string(10'000, '-') + "4155550123") == invalid);
}

BOOST_AUTO_TEST_CASE(trunk_prefixes_would_give_one_phone_two_names) {
  BOOST_TEST(canonical("tel:+4915112345678") == "tel:+4915112345678");
  BOOST_TEST(canonical("tel:+49015112345678") == invalid);
  BOOST_TEST(canonical("tel:+49(0)15112345678") == invalid);
  BOOST_TEST(canonical("tel:+447911123456") == "tel:+447911123456");
  BOOST_TEST(canonical("tel:+4407911123456") == invalid);
  BOOST_TEST(canonical("tel:+525512345678") == "tel:+525512345678");
  BOOST_TEST(canonical("tel:+5215512345678") == invalid);             // the form before 2019
  BOOST_TEST(canonical("tel:+390612345678") == "tel:+390612345678");  // Italy keeps its zero
}

BOOST_AUTO_TEST_CASE(numbers_for_films_and_tests_are_accepted) {
  char text[32];
  for (int i = 0; i < 10'000; i += 7) {
    std::snprintf(text, sizeof text, "tel:+1415555%04d", i);
    BOOST_TEST(canonical(text) == text);
    BOOST_TEST(fast(text) == text);
  }
  for (const char* form : {"tel:+447700900123", "tel:+33639981234", "tel:+4915100000000",
                           "tel:+491511234567", "tel:+15555550123", "tel:+14150000001",
                           "tel:+12425550123", "tel:+61491570156", "tel:+8613800138000"})
    BOOST_TEST(canonical(form) == form);
}

BOOST_AUTO_TEST_CASE(numbers_no_person_can_prove_are_unsupported) {
  for (const char* form :
       {"tel:+18005550123", "tel:+1-800-555-0123", "tel:+18885550123", "tel:+18330000000",
        "tel:+18805550123", "tel:+19005550123", "tel:+448081570192", "tel:+491801234567",
        "tel:+41860123456789", "tel:+80012345678", "tel:+33800123456", "tel:+33892123456",
        "tel:+979123456789"}) {
    BOOST_TEST(canonical(form) == unsupported, form);
    BOOST_TEST(fast(form) == "unsure", form);
  }
  BOOST_TEST(canonical("tel:+18111234567") == "tel:+18111234567");
  BOOST_TEST(canonical("tel:+18991234567") == "tel:+18991234567");
}

BOOST_AUTO_TEST_CASE(addresses_take_one_form) {
  BOOST_TEST(canonical("mailto:alice@example.org") == "mailto:alice@example.org");
  BOOST_TEST(canonical("MAILTO:Alice@EXAMPLE.Org") == "mailto:alice@example.org");
  BOOST_TEST(canonical("mailto:a.b+tag@mail.example.co.uk") == "mailto:a.b+tag@mail.example.co.uk");
  BOOST_TEST(canonical("mailto:o'neil!x=y_{1}@example.org") == "mailto:o'neil!x=y_{1}@example.org");
  BOOST_TEST((canonical_sii("mailto:a@example.org")->kind == sii_kind::mailto));
}

BOOST_AUTO_TEST_CASE(international_addresses_take_one_form) {
  const std::string muenchen = "xn--mnchen-3ya.example";
  BOOST_TEST(canonical("mailto:a@m\xC3\xBCnchen.example") == "mailto:a@" + muenchen);
  BOOST_TEST(canonical("mailto:a@M\xC3\x9CNCHEN.example") == "mailto:a@" + muenchen);
  BOOST_TEST(canonical("mailto:a@mu\xCC\x88nchen.example") == "mailto:a@" + muenchen);
  BOOST_TEST(canonical("mailto:a@XN--MNCHEN-3YA.example") == "mailto:a@" + muenchen);
  BOOST_TEST(canonical("mailto:a@example\xE3\x80\x82org") == "mailto:a@example.org");
  BOOST_TEST(canonical("mailto:a@stra\xC3\x9F"
                       "e.example") == "mailto:a@xn--strae-oqa.example");
  BOOST_TEST(canonical("mailto:JOS\xC3\x89@example.org") == "mailto:jos\xC3\xA9@example.org");
  BOOST_TEST(canonical("mailto:jose\xCC\x81@example.org") == "mailto:jos\xC3\xA9@example.org");
  BOOST_TEST(canonical("mailto:STRASSE@example.org") == canonical("mailto:stra\xC3\x9F"
                                                                  "e@example.org"));
  BOOST_TEST(canonical("mailto:\xE2\x84\xAA@example.org") == "mailto:k@example.org");  // Kelvin
}

BOOST_AUTO_TEST_CASE(what_is_no_single_address_is_invalid) {
  using namespace std::string_view_literals;
  for (const auto form : {"mailto:"sv,
                          "mailto:@"sv,
                          "mailto:alice"sv,
                          "mailto:@example.org"sv,
                          "mailto:alice@"sv,
                          "mailto:a@b@example.org"sv,
                          "mailto:a@example.org,b@example.org"sv,
                          "mailto:a@example.org?subject=x"sv,
                          "mailto:a?b@example.org"sv,
                          "mailto:a%40b@example.org"sv,
                          "mailto:a@ex%61mple.org"sv,
                          "mailto:a@example.org;x=1"sv,
                          "mailto:a;b@example.org"sv,
                          "mailto:\"a b\"@example.org"sv,
                          "mailto:\"a\"@example.org"sv,
                          "mailto:.a@example.org"sv,
                          "mailto:a.@example.org"sv,
                          "mailto:a..b@example.org"sv,
                          "mailto:a b@example.org"sv,
                          "mailto: a@example.org"sv,
                          "mailto:a@example.org "sv,
                          "mailto:a@[192.0.2.1]"sv,
                          "mailto:a@[IPv6:::1]"sv,
                          "mailto:a@192.0.2.1"sv,
                          "mailto:a@localhost"sv,
                          "mailto:a@example.org."sv,
                          "mailto:a@.example.org"sv,
                          "mailto:a@example..org"sv,
                          "mailto:a@-example.org"sv,
                          "mailto:a@example-.org"sv,
                          "mailto:a@exa_mple.org"sv,
                          "mailto:a@exam ple.org"sv,
                          "mailto:Alice <a@example.org>"sv,
                          "mailto:<a@example.org>"sv,
                          "mailto:a(c)@example.org"sv,
                          "mailto:a\\b@example.org"sv,
                          "mailto:a\r\nb@example.org"sv,
                          "mailto:a\0@example.org"sv,
                          "mailto:a@example.org\0"sv,
                          "mailto:a\x7F@example.org"sv,
                          "mailto:a\xC2\x85@example.org"sv,
                          "mailto:a\xC2\xA0@example.org"sv,
                          "mailto:a\xE2\x80\x8B@example.org"sv,
                          "mailto:a\xFF@example.org"sv,
                          "mailto:a@ex\xC3mple.org"sv,
                          "mailto://a@example.org"sv,
                          "mailto:a\xCD\xBE@example.org"sv,
                          "mailto:a@xn--a.example"sv,
                          "mailto:a/b@example.org"sv,
                          "mailto:a#b@example.org"sv,
                          "mailto:a@xn--abc-.example"sv,
                          "mailto:a@ab--cd.example"sv})
    BOOST_TEST(canonical(form) == invalid, form);
}

BOOST_AUTO_TEST_CASE(other_schemes_are_invalid) {
  for (const char* form : {"", ":", "tel", "mailto", "+14155550123", "alice@example.org",
                           "sip:alice@example.org", "https://example.org", " tel:+14155550123",
                           "telx:+14155550123", "mail:a@example.org", "\xFF\xFE"})
    BOOST_TEST(canonical(form) == invalid, form);
}

BOOST_AUTO_TEST_CASE(address_lengths_hold_to_the_octet) {
  const std::string domain = "@example.org";
  const std::string local(64, 'a');
  BOOST_TEST(canonical("mailto:" + local + domain) == "mailto:" + local + domain);
  BOOST_TEST(canonical("mailto:" + local + "a" + domain) == invalid);
  std::string wide;
  for (int i = 0; i < 32; ++i) wide += "\xC3\xA9";
  BOOST_TEST(canonical("mailto:" + wide + domain) == "mailto:" + wide + domain);
  BOOST_TEST(canonical("mailto:" + wide + "a" + domain) == invalid);
  const std::string label(63, 'b');
  const std::string tail = "@" + label + "." + label + "." + label + ".";  // 193
  for (const std::size_t total : {253u, 254u}) {
    const std::string longest = "a" + tail + std::string(total - 1 - tail.size(), 'c');
    BOOST_TEST(canonical("mailto:" + longest) == "mailto:" + longest);
    BOOST_TEST(fast("mailto:" + longest) == "mailto:" + longest);
  }
  const std::string longer = "aa" + tail + std::string(253 - tail.size(), 'c');
  BOOST_TEST(canonical("mailto:" + longer) == invalid);
  BOOST_TEST(fast("mailto:" + longer) == "unsure");
  BOOST_TEST(canonical("mailto:a@" + label + "b.example") == invalid);
  BOOST_TEST(fast("mailto:a@" + label + "b.example") == "unsure");
  BOOST_TEST(canonical("mailto:" + std::string(100'000, 'a') + domain) == invalid);
}

BOOST_AUTO_TEST_CASE(the_fast_path_takes_only_what_is_canonical) {
  BOOST_TEST(fast("tel:+4915112345678") == "tel:+4915112345678");
  BOOST_TEST(fast("mailto:alice.b+x@mail.example.org") == "mailto:alice.b+x@mail.example.org");
  for (const char* form : {"",
                           "tel:",
                           "tel:+",
                           "TEL:+14155550123",
                           "tel:+1-4155550123",
                           "tel:14155550123",
                           "tel:+1234",
                           "tel:+1415555012",
                           "tel:+141555501234",
                           "tel:+99912345678",
                           "tel:+0123456789",
                           "tel:+1415555012a",
                           "tel:+10155550123",
                           "tel:+49015112345678",
                           "tel:+390612345678",
                           "tel:+88213123456",
                           "tel:+1234567890123456",
                           "mailto:",
                           "Mailto:a@example.org",
                           "mailto:A@example.org",
                           "mailto:a@Example.org",
                           "mailto:a@xn--mnchen-3ya.example",
                           "mailto:a@ab--c.example",
                           "mailto:\xC3\xA9@example.org",
                           "mailto:a..b@example.org",
                           "mailto:a@localhost",
                           "mailto:a@192.0.2.1",
                           "mailto:a@b@c.de",
                           "mailto:a%b@example.org",
                           "mailto:a?b@example.org",
                           "mailto:a@example.org.",
                           "mailto:a@-b.org",
                           "sip:a@example.org"})
    BOOST_TEST(fast(form) == "unsure", form);
}

BOOST_AUTO_TEST_CASE(both_ways_agree_on_random_numbers) {
  std::mt19937_64 random(20'270'115);
  const std::string codes[] = {"1",  "7",  "20", "27",  "30",  "31",  "33",  "34",  "39",
                               "44", "49", "52", "54",  "55",  "61",  "62",  "81",  "86",
                               "91", "90", "98", "212", "234", "353", "380", "852", "971"};
  int sure = 0;
  int disagreed = 0;
  for (int i = 0; i < 6'000; ++i) {
    std::string form = "tel:+" + (i % 4 == 0 ? "" : codes[random() % std::size(codes)]);
    for (auto n = 7 + random() % 6; n > 0; --n) form += static_cast<char>('0' + random() % 10);
    const auto quick = fast_canonical(form);
    if (!quick)
      continue;
    ++sure;
    const auto full = canonical_sii(form);
    if (full)
      BOOST_TEST((*quick == *full));
    else
      ++disagreed;  // services and rewrites that only the numbering plan tells
  }
  BOOST_TEST_MESSAGE("fast path: " << sure << " of 6000, refused in full: " << disagreed);
  BOOST_TEST(sure > 1'000);
  BOOST_TEST(disagreed * 25 < sure);
}

BOOST_AUTO_TEST_CASE(both_ways_agree_on_random_addresses) {
  std::mt19937_64 random(4);
  constexpr std::string_view letters = "abcxyz019.-+_@%?;'AZ \"!#/-n-xn--\xC3\xA9";
  int sure = 0;
  for (int i = 0; i < 40'000; ++i) {
    std::string form = "mailto:";
    for (auto n = random() % 6; n > 0; --n)
      form += letters[random() % (i % 2 == 0 ? letters.size() : 9)];
    form += '@';
    for (auto n = random() % 7; n > 0; --n)
      form += letters[random() % (i % 2 == 0 ? letters.size() : 11)];
    form += i % 3 == 0 ? ".org" : "";
    const auto quick = fast_canonical(form);
    if (!quick)
      continue;
    ++sure;
    const auto full = canonical_sii(form);
    BOOST_TEST_REQUIRE(static_cast<bool>(full), form);
    BOOST_TEST((*quick == *full));
  }
  BOOST_TEST(sure > 1'000);
}

BOOST_AUTO_TEST_CASE(a_canonical_form_is_its_own_canonical_form) {
  std::mt19937_64 random(7);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string form = "mailto:";
    for (auto n = 1 + random() % 4; n > 0; --n) {
      const auto point = 0x80 + static_cast<std::uint32_t>(random() % 0x2F00);
      if (point < 0x800) {
        form += static_cast<char>(0xC0 | (point >> 6));
      } else {
        form += static_cast<char>(0xE0 | (point >> 12));
        form += static_cast<char>(0x80 | ((point >> 6) & 0x3F));
      }
      form += static_cast<char>(0x80 | (point & 0x3F));
    }
    const auto once = canonical_sii(form + "@example.org");
    if (!once)
      continue;
    ++accepted;
    BOOST_TEST_REQUIRE(canonical(once->canonical) == once->canonical);
  }
  BOOST_TEST(accepted > 5'000);
}

BOOST_AUTO_TEST_CASE(destinations_of_budgets) {
  BOOST_TEST(country_prefix(tel("+14155550123")) == "US");
  BOOST_TEST(country_prefix(tel("+14165550123")) == "CA");
  BOOST_TEST(country_prefix(tel("+4915112345678")) == "DE");
  BOOST_TEST(country_prefix(tel("+447700900123")) == "GB");
  BOOST_TEST(country_prefix(tel("+15555550123")) == "US");
  BOOST_TEST(country_prefix(tel("+870773111632")) == "+870");
  BOOST_TEST(country_prefix(mail("a@example.org")) == "email");
  BOOST_TEST(number_prefix(tel("+14155550123")) == "1415");
  BOOST_TEST(number_prefix(tel("+4915112345678")) == "49151");
  BOOST_TEST(number_prefix(tel("+35312345678")) == "353123");
  BOOST_TEST(number_prefix(mail("a@example.org")) == "");
  BOOST_TEST(traits_of(tel("+14155550123")).breaker_prefix == "1415");
}

BOOST_AUTO_TEST_CASE(domains_somebody_registered) {
  BOOST_TEST(registrable_domain(mail("a@example.org")) == "example.org");
  BOOST_TEST(registrable_domain(mail("a@x.y.example.org")) == "example.org");
  BOOST_TEST(registrable_domain(mail("a@mail.example.co.uk")) == "example.co.uk");
  BOOST_TEST(registrable_domain(mail("a@me.github.io")) == "github.io");
  BOOST_TEST(registrable_domain(mail("a@b.www.ck")) == "www.ck");
  BOOST_TEST(registrable_domain(mail("a@b.unheard-of")) == "b.unheard-of");
  BOOST_TEST(registrable_domain(mail("a@co.uk")) == "co.uk");
  BOOST_TEST(registrable_domain(tel("+14155550123")) == "");
}

BOOST_AUTO_TEST_CASE(sub_addresses) {
  BOOST_TEST(is_subaddressed(mail("a+x@example.org")));
  BOOST_TEST(is_subaddressed(mail("a+@example.org")));
  BOOST_TEST(!is_subaddressed(mail("a.x@example.org")));
  BOOST_TEST(!is_subaddressed(tel("+14155550123")));
}

BOOST_AUTO_TEST_SUITE_END()
