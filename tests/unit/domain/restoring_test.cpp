// What the change log is told, and what a record of a back-up is when it comes back.
#include "domain/restoring.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

namespace {

mapping claim(const std::string& provider, std::uint32_t salt, bool preferred,
              proof_method method = proof_method::sms) {
  mapping out;
  out.provider_id = provider;
  out.salt = salt;
  out.preferred = preferred;
  out.method = method;
  out.region = method == proof_method::sms ? "DE" : "";
  out.sequence = 4;
  return out;
}

directory_record of(std::vector<mapping> claims, std::uint64_t version = 9) {
  return {{}, version, std::move(claims)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(restoring)

BOOST_AUTO_TEST_CASE(what_goes_is_taken_away) {
  const auto before = of({claim("alpha", 1, true), claim("beta", 2, false)});
  BOOST_TEST(takes_away(before, of({})));
  BOOST_TEST(takes_away(before, of({claim("alpha", 1, true)})));
  BOOST_TEST(takes_away(before, of({claim("beta", 2, true)})));
}

BOOST_AUTO_TEST_CASE(a_preference_that_goes_is_taken_away) {
  const auto before = of({claim("alpha", 1, true), claim("beta", 2, false)});
  BOOST_TEST(takes_away(before, of({claim("alpha", 1, false), claim("beta", 2, true)})));
}

BOOST_AUTO_TEST_CASE(what_comes_takes_nothing) {
  const auto before = of({claim("alpha", 1, true)});
  auto renewed = before;
  renewed.mappings[0].verified_at.us = 77;
  BOOST_TEST(!takes_away(before, before));
  BOOST_TEST(!takes_away(before, renewed));
  BOOST_TEST(!takes_away(of({}), before));
  BOOST_TEST(!takes_away(before, of({claim("alpha", 1, true), claim("beta", 2, false)})));
}

BOOST_AUTO_TEST_CASE(another_claim_of_the_same_salt_is_another) {
  BOOST_TEST(takes_away(of({claim("alpha", 1, true)}), of({claim("beta", 1, true)})));
}

BOOST_AUTO_TEST_CASE(a_record_comes_back_as_it_was_with_its_users) {
  const auto back = restored(of({claim("alpha", 1, true), claim("beta", 2, false)}), false);
  BOOST_TEST(back.record.version == 0u);
  BOOST_TEST(back.record.mappings.size() == 2u);
  BOOST_TEST(back.record.mappings[0].sequence == 4u);
  BOOST_TEST(back.due.empty());
  BOOST_REQUIRE(back.counts.size() == 2u);
  BOOST_TEST(back.counts[0].provider_id == "alpha");
  BOOST_TEST(back.counts[0].delta == 1);
  BOOST_TEST(back.counts[0].region == "DE");
  BOOST_TEST(!back.counts[0].due);
}

BOOST_AUTO_TEST_CASE(proofs_that_nobody_vouches_for_are_due) {
  auto old = claim("beta", 2, false);
  old.due = true;
  const auto back = restored(
      of({claim("alpha", 1, true), old, claim("gamma", 3, false, proof_method::asserted)}), true);
  BOOST_REQUIRE(back.due.size() == 1u);  // beta was asked before; nothing proves an assertion
  BOOST_TEST(back.due[0].provider_id == "alpha");
  BOOST_TEST(back.due[0].sequence == 5u);
  BOOST_TEST(back.record.mappings[0].due);
  BOOST_TEST(back.record.mappings[0].preferred);  // lookups go on
  BOOST_TEST(back.counts[0].due);
  BOOST_TEST(back.counts[1].due);
  BOOST_TEST(!back.counts[2].due);
}

BOOST_AUTO_TEST_CASE(an_undecided_claim_is_counted_when_it_settles) {
  auto open = claim("beta", 2, false);
  open.decide_by.us = 5;
  const auto back = restored(of({claim("alpha", 1, true), open}), true);
  BOOST_TEST(back.record.mappings.size() == 2u);
  BOOST_TEST(back.counts.size() == 1u);
  BOOST_TEST(back.due.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
