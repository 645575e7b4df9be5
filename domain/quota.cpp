#include "domain/quota.hpp"

#include <algorithm>
#include <cmath>

namespace glados {

std::uint64_t weighted_thousandths(const user_counts& users) {
  return 1000 * users.phone + 500 * users.phone_due + 100 * users.email + 50 * users.email_due;
}

double weighted_users(const user_counts& users) {
  return static_cast<double>(weighted_thousandths(users)) / 1000.0;
}

std::uint64_t daily_lookup_budget(const quota_rule& rule, double weighted, double standing_factor,
                                  std::optional<std::uint64_t> override_budget) {
  constexpr double largest = 1e15;
  if (override_budget)
    return std::min(*override_budget, static_cast<std::uint64_t>(largest));
  const double product =
      (static_cast<double>(rule.base) + rule.per_user * weighted) * standing_factor;
  // 0.1 and its like are not exact in binary: 300 x 0.1 must not come out as 29.
  const double rounded = std::floor(product + 1e-6);
  return rounded > 0 ? static_cast<std::uint64_t>(std::min(rounded, largest)) : 0;
}

}  // namespace glados
