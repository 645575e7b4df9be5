#include "storage/signal_codec.hpp"

#include <boost/test/unit_test.hpp>

#include "storage/registry_codec.hpp"

namespace glados::storage {

namespace {

signal_record full_signal() {
  signal_record out;
  out.what.provider_id = "alpha";
  out.what.kind = signal_kind::guesses;
  out.what.source = signal_source::registrations;
  out.what.since = {1'800'000'000'000'001};
  out.what.window_seconds = 600;
  out.what.seen = 1'000'000;
  out.what.matched = 999'999;
  out.what.threshold_percent = 95;
  out.found_at = {1'800'000'000'000'002};
  out.throttled = true;
  out.quota_percent = 50;
  out.sends_percent = 100;
  out.until = {1'800'000'000'000'003};
  out.lifted_at = {1'800'000'000'000'004};
  out.lifted_by = "olga";
  out.lift_reason = "looked at";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signal_codec)

BOOST_AUTO_TEST_CASE(a_signal_comes_back_as_it_was) {
  const auto bytes = encode(full_signal());
  const auto back = decode_signal(bytes);
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST(encode(*back) == bytes);
  BOOST_TEST(back->what.provider_id == "alpha");
  BOOST_TEST((back->what.kind == signal_kind::guesses));
  BOOST_TEST(back->what.matched == 999'999U);
  BOOST_TEST((back->lifted_at == full_signal().lifted_at));
  BOOST_TEST(back->lift_reason == "looked at");
}

BOOST_AUTO_TEST_CASE(a_cut_or_longer_one_is_refused) {
  const auto bytes = encode(full_signal());
  for (std::size_t size = 0; size < bytes.size(); ++size)
    BOOST_TEST(!decode_signal(bytes.substr(0, size)).has_value(), size);
  BOOST_TEST(!decode_signal(bytes + "x").has_value());
}

BOOST_AUTO_TEST_CASE(a_provider_keeps_its_throttles) {
  provider who;
  who.throttles = {{"sig-1", 50, 100, {1'800'000'000'000'000}}, {"sig-2", 100, 10, {5}}};
  const auto back = decode_provider(encode(who));
  BOOST_REQUIRE(back.has_value());
  BOOST_TEST((back->throttles == who.throttles));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
