#include "domain/gcra.hpp"

#include <algorithm>

namespace glados {

namespace {

/// A policy in whole nanoseconds. `burst` is at most twice the window, so that no sum overflows.
struct terms {
  std::int64_t budget;
  std::int64_t interval;  ///< nanoseconds for one unit to come back, rounded up
  std::int64_t burst;
  std::int64_t window;
};

constexpr std::int64_t second_ns = 1'000'000'000;
constexpr std::int64_t longest_window_s = 1'000'000'000;

terms terms_of(const gcra_policy& policy) {
  const std::int64_t window =
      std::clamp<std::int64_t>(policy.window.count(), 0, longest_window_s) * second_ns;
  const auto budget = static_cast<std::int64_t>(
      std::min<std::uint64_t>(policy.budget, static_cast<std::uint64_t>(window)));
  if (budget == 0)
    return {0, 0, 0, window};
  const std::int64_t interval = (window + budget - 1) / budget;
  return {budget, interval, interval * budget, window};
}

}  // namespace

gcra_decision decide(const gcra_policy& policy, std::int64_t tat, std::int64_t now,
                     std::uint64_t cost) {
  const terms t = terms_of(policy);
  gcra_decision out;
  out.tat = tat;
  if (t.budget == 0) {
    out.admitted = cost == 0;
    out.retry_after = std::chrono::nanoseconds(out.admitted ? 0 : t.window);
    return out;
  }
  const std::int64_t start = std::max(tat, now);
  const bool too_dear = cost > static_cast<std::uint64_t>(t.budget);
  const std::int64_t next = too_dear ? start : start + static_cast<std::int64_t>(cost) * t.interval;
  out.admitted = !too_dear && next - now <= t.burst;
  if (out.admitted)
    out.tat = next;
  else
    out.retry_after = std::chrono::nanoseconds(too_dear ? t.window : next - now - t.burst);
  const std::int64_t spent = (out.admitted ? next : start) - now;
  out.remaining = spent >= t.burst ? 0 : static_cast<std::uint64_t>((t.burst - spent) / t.interval);
  out.reset = std::chrono::nanoseconds(spent);
  return out;
}

std::int64_t give_back(const gcra_policy& policy, std::int64_t tat, std::uint64_t cost) {
  const terms t = terms_of(policy);
  const auto units = static_cast<std::int64_t>(
      std::min<std::uint64_t>(cost, static_cast<std::uint64_t>(t.budget)));
  return tat - units * t.interval;
}

gcra_decision atomic_gcra::admit(const gcra_policy& policy, std::int64_t now, std::uint64_t cost) {
  std::int64_t seen = tat_.load(std::memory_order_relaxed);
  for (;;) {
    const gcra_decision out = decide(policy, seen, now, cost);
    if (!out.admitted || cost == 0 ||
        tat_.compare_exchange_weak(seen, out.tat, std::memory_order_relaxed))
      return out;
  }
}

void atomic_gcra::refund(const gcra_policy& policy, std::uint64_t cost) {
  // Subtracting what an earlier admit added commutes with every other admit and refund.
  tat_.fetch_add(give_back(policy, 0, cost), std::memory_order_relaxed);
}

}  // namespace glados
