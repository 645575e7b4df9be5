#include "http/lookup_budget.hpp"

#include <array>
#include <charconv>

#include "domain/quota.hpp"

namespace glados::http {
namespace {

constexpr std::chrono::seconds quota_window{86'400};

gcra_policy policy_of(const call& of) { return {of.session->lookup_budget(), quota_window}; }

std::int64_t nanoseconds_of(instant at) { return at.us * 1000; }

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 20> text{};
  out.append(text.data(), std::to_chars(text.data(), text.data() + text.size(), number).ptr);
}

/// What is left of the budget (draft-ietf-httpapi-ratelimit-headers).
void show_budget(call& of, const gcra_policy& policy, const gcra_decision& at) {
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(at.reset);
  auto& out = of.header_lines;
  out.reserve(96);
  out = "RateLimit-Policy: \"lookup\";q=";
  append_number(out, policy.budget);
  out += ";w=86400\r\nRateLimit: \"lookup\";r=";
  append_number(out, at.remaining);
  out += ";t=";
  append_number(out, static_cast<std::uint64_t>(seconds.count()));
  out += "\r\n";
}

}  // namespace

std::optional<lookup_charge> charge_lookup(call& of) {
  const auto policy = policy_of(of);
  const auto spent =
      of.session->lookups().admit(policy, nanoseconds_of(of.arrived), lookup_cost_taken);
  if (spent.admitted)
    return lookup_charge{policy, spent};
  show_budget(of, policy, spent);
  const auto wait = std::chrono::ceil<std::chrono::seconds>(spent.retry_after);
  of.refuse(errc::rate_limited, {.policy = "lookup", .retry_after = wait});
  return {};
}

void settle_charge(call& of, const lookup_charge& taken, errc outcome) {
  auto left = taken.spent;
  if (outcome != errc::not_found) {
    // A hit costs one of the two units; what never was answered costs nothing.
    const auto back = outcome == errc::none ? lookup_hit_refund : lookup_cost_taken;
    of.session->lookups().refund(taken.policy, back);
    left.remaining += back;
  }
  show_budget(of, taken.policy, left);
}

std::optional<std::chrono::seconds> charge_hit(call& of) {
  constexpr auto price = lookup_cost_taken - lookup_hit_refund;
  const auto spent = of.session->lookups().admit(policy_of(of), nanoseconds_of(of.now()), price);
  if (spent.admitted)
    return {};
  return std::chrono::ceil<std::chrono::seconds>(spent.retry_after);
}

void show_lookup_budget(call& of) {
  const auto policy = policy_of(of);
  show_budget(of, policy, of.session->lookups().admit(policy, nanoseconds_of(of.arrived), 0));
}

}  // namespace glados::http
