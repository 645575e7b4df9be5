#include "domain/send_policy.hpp"

#include <algorithm>

namespace glados {

namespace {

constexpr std::int64_t day_ms = day_s * 1000;

std::chrono::seconds seconds_up(std::int64_t ms) {
  return std::chrono::seconds(std::max<std::int64_t>(1, (ms + 999) / 1000));
}

/// Rounded up, so that a day never refills more than the ceiling.
std::int64_t refill_ms(const session_limits& limits) {
  const std::int64_t units = std::max<std::uint32_t>(1, limits.ceiling);
  return (day_ms + units - 1) / units;
}

}  // namespace

session_verdict open_session(const session_limits& limits, const session_ceiling& ceiling,
                             const own_sessions& own, std::int64_t now_ms) {
  session_verdict out{std::nullopt, 0, false, ceiling, own};
  own_sessions current = own;
  if (now_ms - own.since_ms >= day_ms || own.count == 0)
    current = {now_ms, 0};
  if (current.count >= limits.per_provider) {
    out.refused = refusal{policy_sessions, seconds_up(current.since_ms + day_ms - now_ms)};
    return out;
  }
  const std::int64_t unit = refill_ms(limits);
  const std::int64_t next = std::max(ceiling.tat_ms, now_ms) + unit;
  const std::int64_t over = next - now_ms - unit * limits.ceiling;
  if (over > 0 && current.count > 0) {
    out.refused = refusal{policy_sessions, seconds_up(over)};
    return out;
  }
  out.reserved = over > 0;
  out.sends = out.reserved ? std::min<std::uint32_t>(1, limits.sends) : limits.sends;
  if (!out.reserved)
    out.ceiling.tat_ms = next;
  out.own = {current.since_ms, current.count + 1};
  return out;
}

session_verdict give_back_session(const session_limits& limits, const session_ceiling& ceiling,
                                  const own_sessions& own, bool reserved) {
  session_verdict out{std::nullopt, 0, reserved, ceiling, own};
  if (!reserved)
    out.ceiling.tat_ms -= refill_ms(limits);
  if (out.own.count > 0)
    --out.own.count;
  return out;
}

std::uint64_t daily_send_limit(const send_limits& limits, const sender& who) {
  return who.sends_daily.value_or(limits.base + who.weighted_users);
}

std::optional<refusal> check_sends(const send_limits& limits, const sender& who,
                                   const day_sends& today, std::int64_t now_s) {
  if (today.total >= daily_send_limit(limits, who))
    return refusal{policy_sends, until_next_day(now_s)};
  const bool country_counts = who.has_country && !who.sends_daily;
  if (country_counts && today.to_country >= limits.country_base + who.proven_in_country)
    return refusal{policy_country, until_next_day(now_s)};
  return std::nullopt;
}

std::optional<refusal> check_guesses(const day_guesses& today, std::int64_t now_s,
                                     std::uint64_t base) {
  if (today.wrong >= base + today.right / 2)
    return refusal{policy_guesses, until_next_day(now_s)};
  return std::nullopt;
}

void hour_counts::add(std::int64_t now_s, std::uint64_t sent, std::uint64_t confirmed) {
  const std::int64_t slot = now_s / slot_s;
  slot_counts& at = ring[static_cast<std::size_t>(slot) % slots];
  if (at.slot != slot)
    at = {slot, {}};
  at.seen.sent += sent;
  at.seen.confirmed += confirmed;
}

conversion hour_counts::sum(std::int64_t now_s) const {
  const std::int64_t slot = now_s / slot_s;
  conversion out;
  for (const slot_counts& at : ring)
    if (at.slot <= slot && at.slot > slot - static_cast<std::int64_t>(slots)) {
      out.sent += at.seen.sent;
      out.confirmed += at.seen.confirmed;
    }
  return out;
}

bool too_few_confirmed(const breaker_rule& rule, const conversion& hour) {
  return hour.sent >= rule.least_sent && hour.confirmed * 100 < hour.sent * rule.least_percent;
}

bool too_few_confirmed_by_all(const breaker_rule& rule, std::span<const conversion> by_provider) {
  conversion all;
  std::uint64_t largest = 0;
  std::uint32_t senders = 0;
  for (const conversion& one : by_provider) {
    all.sent += one.sent;
    all.confirmed += one.confirmed;
    largest = std::max(largest, one.sent);
    senders += one.sent > 0 ? 1 : 0;
  }
  return senders >= rule.least_providers && largest * 2 <= all.sent && too_few_confirmed(rule, all);
}

breaker_verdict check_breaker(const breaker_rule& rule, bool trips, std::int64_t closed_until_s,
                              std::int64_t now_s) {
  breaker_verdict out;
  out.closed_until_s = closed_until_s;
  if (closed_until_s <= now_s && trips) {
    out.closed_until_s = now_s + rule.closed_s;
    out.tripped = true;
  }
  if (out.closed_until_s > now_s)
    out.refused = refusal{policy_breaker, std::chrono::seconds(out.closed_until_s - now_s)};
  return out;
}

}  // namespace glados
