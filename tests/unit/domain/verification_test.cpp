// Waits, limits and derived states of a verification (api.md section 5).
#include "domain/verification.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

namespace {

using namespace glados;
using namespace std::chrono_literals;
using state = verification_state;

constexpr instant start{1'700'000'000'000'000};
const verification_policy policy;

verification opened() {
  verification v;
  v.id = "v1";
  v.provider_id = "alpha";
  v.created_at = start;
  v.expires_at = start + policy.lifetime;
  v.sends_used = 1;
  v.last_send_at = start;
  v.code_tag.fill(7);
  v.message = "sealed";
  return v;
}

verification after_checks(int count) {
  auto v = opened();
  for (int i = 0; i < count; ++i) {
    const auto d = decide_check(v, next_check_at(v, policy), policy);
    BOOST_REQUIRE((d.code == errc::none));
    v = d.next;
  }
  return v;
}

errc check_code(const verification& v, instant now) { return decide_check(v, now, policy).code; }
errc send_code(const verification& v, instant now) {
  return decide_resend(v, channel::sms, now, policy).code;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verification_rules)

BOOST_AUTO_TEST_CASE(states_have_the_contracts_names) {
  BOOST_TEST(to_string(state::pending) == "pending");
  BOOST_TEST(to_string(state::verified) == "verified");
  BOOST_TEST(to_string(state::expired) == "expired");
  BOOST_TEST(to_string(state::exhausted) == "exhausted");
  BOOST_TEST(to_string(state::cancelled) == "cancelled");
  BOOST_TEST(to_string(state::delivery_failed) == "delivery_failed");
}

BOOST_AUTO_TEST_CASE(an_open_one_shows_everything_left) {
  const auto v = opened();
  const auto view = view_at(v, start, policy);
  BOOST_TEST(view.id == "v1");
  BOOST_TEST((view.state == state::pending));
  BOOST_TEST((view.way == channel::sms));
  BOOST_TEST((view.expires_at == start + 10min));
  BOOST_TEST(view.checks_left == 5);
  BOOST_TEST((view.next_check_at == start));
  BOOST_TEST(view.sends_left == 3);
  BOOST_TEST((view.next_send_at == start + 60s));
}

BOOST_AUTO_TEST_CASE(it_expires_exactly_at_the_end_of_its_lifetime) {
  const auto v = opened();
  BOOST_TEST((state_at(v, v.expires_at - 1us, policy) == state::pending));
  BOOST_TEST((state_at(v, v.expires_at, policy) == state::expired));
  BOOST_TEST((check_code(v, v.expires_at - 1us) == errc::none));
  BOOST_TEST((check_code(v, v.expires_at) == errc::verification_expired));
  BOOST_TEST((send_code(v, v.expires_at - 1us) == errc::none));
  BOOST_TEST((send_code(v, v.expires_at) == errc::verification_expired));
}

BOOST_AUTO_TEST_CASE(checks_wait_0_0_0_60_120_seconds) {
  auto v = opened();
  auto now = start + 1s;
  for (const auto wait : {0s, 0s, 0s, 60s, 120s}) {
    if (wait > 0s) {
      const auto early = decide_check(v, now + wait - 1us, policy);
      BOOST_TEST((early.code == errc::too_early));
      BOOST_TEST(early.next.checks_used == v.checks_used);
      BOOST_TEST((early.next.last_check_at == v.last_check_at));
    }
    now = now + wait;
    const auto used = v.checks_used;
    const auto d = decide_check(v, now, policy);
    BOOST_TEST((d.code == errc::none));
    BOOST_TEST(d.next.checks_used == used + 1);
    BOOST_TEST((d.next.last_check_at == now));
    BOOST_TEST(d.next.message == "sealed");
    v = d.next;
    BOOST_TEST(view_at(v, now, policy).checks_left == 4 - used);
  }
  BOOST_TEST((state_at(v, now, policy) == state::exhausted));
  BOOST_TEST((check_code(v, now + 1min) == errc::attempts_exhausted));
}

BOOST_AUTO_TEST_CASE(a_thousand_guesses_in_any_order_see_at_most_five_compares) {
  for (unsigned seed = 1; seed <= 20; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 rng(seed);
      auto v = opened();
      auto now = start;
      int compares = 0;
      for (int i = 0; i < 1000; ++i) {
        now = now + std::chrono::milliseconds(rng() % 700);
        const auto d = decide_check(v, now, policy);
        if (d.code == errc::none) {
          BOOST_TEST((now >= next_check_at(v, policy)));
          ++compares;
          v = d.next;
        }
      }
      BOOST_TEST(compares == 5);
    }
  }
}

BOOST_AUTO_TEST_CASE(used_up_outlives_the_lifetime) {
  const auto v = after_checks(5);
  BOOST_TEST((state_at(v, v.expires_at, policy) == state::exhausted));
  BOOST_TEST((check_code(v, v.expires_at) == errc::attempts_exhausted));
  BOOST_TEST((send_code(v, start + 4min) == errc::attempts_exhausted));
}

BOOST_AUTO_TEST_CASE(an_ended_one_takes_nothing_and_has_lost_its_code) {
  for (const auto how : {state::verified, state::cancelled, state::delivery_failed}) {
    const auto v = ended(after_checks(5), how);
    const auto want = how == state::verified ? errc::conflict : errc::verification_expired;
    BOOST_TEST((v.code_tag == bytes16{}));
    BOOST_TEST(v.message.empty());
    BOOST_TEST(v.checks_used == 5);
    for (const auto now : {start + 4min, v.expires_at + 1h}) {
      BOOST_TEST((state_at(v, now, policy) == how));
      BOOST_TEST((check_code(v, now) == want));
      BOOST_TEST((send_code(v, now) == want));
    }
  }
}

BOOST_AUTO_TEST_CASE(nothing_is_left_unless_pending) {
  const auto v = opened();
  const auto used_up = after_checks(5);
  for (const auto& view : {view_at(v, v.expires_at, policy), view_at(used_up, start + 4min, policy),
                           view_at(ended(v, state::verified), start, policy),
                           view_at(ended(v, state::cancelled), start, policy),
                           view_at(ended(v, state::delivery_failed), start, policy)}) {
    BOOST_TEST((view.state != state::pending));
    BOOST_TEST(view.checks_left == 0);
    BOOST_TEST(view.sends_left == 0);
  }
  BOOST_TEST((view_at(used_up, start + 4min, policy).next_check_at == used_up.last_check_at));
}

BOOST_AUTO_TEST_CASE(sends_wait_60_120_300_seconds_and_end_with_the_fourth) {
  auto v = opened();
  auto now = start;
  for (const auto wait : {60s, 120s, 300s}) {
    const auto early = decide_resend(v, channel::voice, now + wait - 1us, policy);
    BOOST_TEST((early.code == errc::too_early));
    BOOST_TEST(early.next.sends_used == v.sends_used);
    BOOST_TEST((early.next.way == v.way));
    now = now + wait;
    const auto d = decide_resend(v, channel::voice, now, policy);
    BOOST_TEST((d.code == errc::none));
    BOOST_TEST(d.next.sends_used == v.sends_used + 1);
    BOOST_TEST((d.next.last_send_at == now));
    BOOST_TEST((d.next.way == channel::voice));
    BOOST_TEST((d.next.code_tag == v.code_tag));  // the same code again
    BOOST_TEST((d.next.expires_at == v.expires_at));
    v = d.next;
    BOOST_TEST(view_at(v, now, policy).sends_left == 4 - v.sends_used);
  }
  BOOST_TEST((now == start + 480s));
  BOOST_TEST((send_code(v, now + 1min) == errc::rate_limited));
  BOOST_TEST((next_send_at(v, policy) == now));
}

BOOST_AUTO_TEST_CASE(a_send_must_leave_some_lifetime) {
  auto v = opened();
  v.sends_used = 3;
  v.last_send_at = v.expires_at - 300s - 1us;
  BOOST_TEST(view_at(v, v.expires_at - 2us, policy).sends_left == 1);
  BOOST_TEST((send_code(v, v.expires_at - 2us) == errc::too_early));
  BOOST_TEST((send_code(v, v.expires_at - 1us) == errc::none));
  v.last_send_at = v.expires_at - 300s;
  BOOST_TEST(view_at(v, v.expires_at - 1us, policy).sends_left == 0);
  BOOST_TEST((send_code(v, v.expires_at - 1us) == errc::rate_limited));
}

BOOST_AUTO_TEST_CASE(a_send_that_was_not_counted_may_follow_at_once) {
  auto v = opened();
  v.sends_used = 0;
  v.last_send_at = {};
  BOOST_TEST((next_send_at(v, policy) == start));
  BOOST_TEST(view_at(v, start, policy).sends_left == 4);
  BOOST_TEST((send_code(v, start) == errc::none));
}

BOOST_AUTO_TEST_CASE(nothing_may_happen_before_the_creation) {
  auto v = opened();
  v.checks_used = 1;  // with instants from before, as a damaged record would have them
  v.last_check_at = {};
  v.last_send_at = {};
  BOOST_TEST((next_check_at(v, policy) == start));
  BOOST_TEST((next_send_at(v, policy) == start + 60s));
  BOOST_TEST((check_code(opened(), start - 1us) == errc::too_early));
}

BOOST_AUTO_TEST_CASE(the_scale_shortens_waits_but_not_the_lifetime) {
  auto fast = policy;
  fast.wait_scale = 0.01;
  auto v = after_checks(3);
  BOOST_TEST((next_check_at(v, fast) == v.last_check_at + 600ms));
  BOOST_TEST((next_send_at(v, fast) == start + 600ms));
  BOOST_TEST((decide_check(v, v.last_check_at + 600ms - 1us, fast).code == errc::too_early));
  BOOST_TEST((decide_check(v, v.last_check_at + 600ms, fast).code == errc::none));
  BOOST_TEST((state_at(v, v.expires_at - 1us, fast) == state::pending));
  fast.wait_scale = 0;
  BOOST_TEST((next_check_at(v, fast) == v.last_check_at));
}

BOOST_AUTO_TEST_CASE(limits_come_from_the_policy) {
  auto p = policy;
  p.max_checks = 2;
  p.max_sends = 1;
  BOOST_TEST((state_at(after_checks(1), start, p) == state::pending));
  BOOST_TEST((state_at(after_checks(2), start, p) == state::exhausted));
  BOOST_TEST((state_at(after_checks(3), start, p) == state::exhausted));
  BOOST_TEST((decide_resend(opened(), channel::sms, start + 1min, p).code == errc::rate_limited));
  p.max_checks = 7;  // more than there are waits: the last one repeats
  p.max_sends = 6;
  auto v = after_checks(5);
  BOOST_TEST((next_check_at(v, p) == v.last_check_at + 120s));
  v.sends_used = 5;
  BOOST_TEST((next_send_at(v, p) == v.last_send_at + 300s));
}

BOOST_AUTO_TEST_CASE(tags_differ_by_any_single_bit) {
  bytes16 a{};
  for (std::size_t i = 0; i < a.size(); ++i) a[i] = static_cast<std::uint8_t>(37 * i + 5);
  BOOST_TEST(tags_equal(a, a));
  for (std::size_t bit = 0; bit < 128; ++bit) {
    auto b = a;
    b[bit / 8] = static_cast<std::uint8_t>(b[bit / 8] ^ (1u << (bit % 8)));
    BOOST_TEST(!tags_equal(a, b), "bit " << bit);
  }
}

BOOST_AUTO_TEST_CASE(a_verification_prints_as_nothing) {
  BOOST_TEST(to_string(opened()) == "[verification]");
}

BOOST_AUTO_TEST_SUITE_END()
