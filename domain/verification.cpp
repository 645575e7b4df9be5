#include "domain/verification.hpp"

#include <algorithm>
#include <cstddef>

namespace glados {
namespace {

using std::chrono::microseconds;

/// The wait at `index`; the last one repeats when the policy allows more attempts than it has
/// waits.
template <std::size_t N>
microseconds wait_at(const std::array<microseconds, N>& waits, std::size_t index, double scale) {
  const auto wait = waits[std::min(index, N - 1)];
  if (scale == 1.0)
    return wait;
  return microseconds(static_cast<std::int64_t>(static_cast<double>(wait.count()) * scale));
}

/// Why a verification in this state takes neither a check nor a send.
errc refusal(verification_state state) {
  switch (state) {
    case verification_state::pending:
      return errc::none;
    case verification_state::verified:
      return errc::conflict;
    case verification_state::exhausted:
      return errc::attempts_exhausted;
    case verification_state::expired:
    case verification_state::cancelled:
    case verification_state::delivery_failed:
      break;
  }
  return errc::verification_expired;
}

/// A send must leave the code some lifetime, so one whose time comes at the end or later is none.
bool can_send_again(const verification& v, const verification_policy& policy) {
  return v.sends_used < policy.max_sends && next_send_at(v, policy) < v.expires_at;
}

}  // namespace

std::string_view to_string(verification_state state) {
  constexpr std::array<std::string_view, 6> names{"pending",   "verified",  "expired",
                                                  "exhausted", "cancelled", "delivery_failed"};
  return names[static_cast<std::size_t>(state)];
}

verification_state state_at(const verification& v, instant now, const verification_policy& policy) {
  if (v.state != verification_state::pending)
    return v.state;
  if (v.checks_used >= policy.max_checks)  // first: what is used up stays so when the time is over
    return verification_state::exhausted;
  return now < v.expires_at ? verification_state::pending : verification_state::expired;
}

verification_view view_at(const verification& v, instant now, const verification_policy& policy) {
  verification_view view{v.id, state_at(v, now, policy), v.way, v.expires_at, 0, {}, 0, {}};
  view.next_check_at = next_check_at(v, policy);
  view.next_send_at = next_send_at(v, policy);
  if (view.state != verification_state::pending)
    return view;
  view.checks_left = static_cast<std::uint8_t>(policy.max_checks - v.checks_used);
  if (can_send_again(v, policy))
    view.sends_left = static_cast<std::uint8_t>(policy.max_sends - v.sends_used);
  return view;
}

instant next_check_at(const verification& v, const verification_policy& policy) {
  const auto last = v.checks_used > 0 ? std::max(v.last_check_at, v.created_at) : v.created_at;
  if (v.checks_used >= policy.max_checks)
    return last;
  return last + wait_at(policy.check_waits, v.checks_used, policy.wait_scale);
}

instant next_send_at(const verification& v, const verification_policy& policy) {
  if (v.sends_used == 0)
    return v.created_at;
  const auto last = std::max(v.last_send_at, v.created_at);
  if (v.sends_used >= policy.max_sends)
    return last;
  return last + wait_at(policy.send_waits, v.sends_used - 1u, policy.wait_scale);
}

check_decision decide_check(const verification& v, instant now, const verification_policy& policy) {
  if (const auto why = refusal(state_at(v, now, policy)); why != errc::none)
    return {why, v};
  if (now < next_check_at(v, policy))
    return {errc::too_early, v};
  check_decision out{errc::none, v};
  ++out.next.checks_used;
  out.next.last_check_at = now;
  return out;
}

send_decision decide_resend(const verification& v, channel way, instant now,
                            const verification_policy& policy) {
  if (const auto why = refusal(state_at(v, now, policy)); why != errc::none)
    return {why, v};
  if (!can_send_again(v, policy))
    return {errc::rate_limited, v};
  if (now < next_send_at(v, policy))
    return {errc::too_early, v};
  send_decision out{errc::none, v};
  out.next.way = way;
  ++out.next.sends_used;
  out.next.last_send_at = now;
  return out;
}

bool tags_equal(const bytes16& a, const bytes16& b) {
  // The volatile sum keeps the compiler from leaving the loop once the answer is known.
  volatile std::uint8_t differing = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    differing = static_cast<std::uint8_t>(differing | (a[i] ^ b[i]));
  return differing == 0;
}

verification ended(const verification& v, verification_state state) {
  auto out = v;
  out.state = state;
  out.code_tag = {};
  out.message.clear();
  return out;
}

}  // namespace glados
