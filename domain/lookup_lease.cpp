#include "domain/lookup_lease.hpp"

#include <algorithm>
#include <cmath>

namespace glados {
namespace {

constexpr double window_us = 86'400'000'000.0;
constexpr double most_spent = 50'000 * window_us;  // TAT stays a whole number in a double
constexpr std::int64_t lifetime_us = 30'000'000;
static_assert(std::chrono::microseconds(lookup_window).count() == 86'400'000'000);
static_assert(std::chrono::microseconds(lease_lifetime).count() == lifetime_us);

double price(std::uint64_t units, std::uint64_t budget) {
  return static_cast<double>(units) * window_us / static_cast<double>(budget);
}

/// What is spent, in microseconds: 0 to a window, more after the budget shrank.
double spent(std::int64_t tat, std::int64_t now) {
  return static_cast<double>(std::max<std::int64_t>(0, tat - now));
}

void take_back(lookup_account& account, const lease_request& ask, std::int64_t now) {
  // Granted under another budget than today's they count as the less of the two.
  const auto budget = std::max(ask.returned_budget, account.terms.budget);
  if (ask.returned == 0 || budget == 0)
    return;
  const auto back =
      static_cast<std::int64_t>(std::floor(std::min(window_us, price(ask.returned, budget))));
  account.tat = std::max(account.tat - back, now);
}

void adopt(lookup_account& account, const budget_terms& next, std::int64_t now) {
  auto& terms = account.terms;
  if (next.version < terms.version)
    return;
  const bool share_stays = (next.fixed || terms.fixed) && next.budget < terms.budget;
  if (next.budget != terms.budget && next.budget != 0 && terms.budget != 0 && !share_stays) {
    const double scaled = spent(account.tat, now) * static_cast<double>(terms.budget) /
                          static_cast<double>(next.budget);
    account.tat = now + static_cast<std::int64_t>(std::ceil(std::min(scaled, most_spent)));
  }
  terms = next;
}

}  // namespace

std::uint64_t units_left(std::uint64_t budget, std::int64_t tat, instant now) {
  const double room = window_us - spent(tat, now.us);
  if (budget == 0 || room <= 0)
    return 0;
  return static_cast<std::uint64_t>(std::floor(room * static_cast<double>(budget) / window_us));
}

std::chrono::microseconds wait_for_units(std::uint64_t budget, std::int64_t tat, instant now,
                                         std::uint64_t units) {
  if (units > budget)
    return lookup_window;
  if (units == 0)
    return {};
  const double over = spent(tat, now.us) + std::ceil(price(units, budget)) - window_us;
  return std::chrono::microseconds(static_cast<std::int64_t>(std::max(0.0, over)));
}

lease_grant lease(lookup_account& account, const lease_request& ask, instant at) {
  const std::int64_t now = at.us;
  take_back(account, ask, now);
  adopt(account, ask.terms, now);
  std::erase_if(account.held,
                [&](const auto& one) { return one.second.until <= now || one.first == ask.node; });
  std::uint64_t others = 0;
  for (const auto& [node, holding] : account.held) others += holding.units;

  const auto budget = account.terms.budget;
  const auto bound = lease_bound(budget);
  lease_grant out;
  out.budget = budget;
  if (ask.hold) {
    const auto free = bound - std::min(bound, others);
    const auto share = std::min(bound / (account.held.size() + 1), free / 2);
    out.limit = std::min(std::max<std::uint64_t>(2, share), free);
  }
  const auto top_up = out.limit - std::min(out.limit, ask.held);
  out.granted = std::min(units_left(budget, account.tat, at), ask.wanted + top_up);
  if (out.granted > 0)
    account.tat = std::max(account.tat, now) +
                  static_cast<std::int64_t>(std::ceil(price(out.granted, budget)));
  const auto kept = ask.held + out.granted - std::min(out.granted, ask.wanted);
  if (ask.hold || kept > 0)
    account.held[ask.node] = {kept, now + lifetime_us};
  out.tat = account.tat;
  out.at = at;
  return out;
}

}  // namespace glados
