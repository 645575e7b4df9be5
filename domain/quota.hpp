// A provider's daily budget of lookups: what its users weigh, what standing and operators make of
// it, what a lookup costs. Pure arithmetic; lookup_lease.hpp spends the budget.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace glados {

/// What lookups cost: a miss costs twice a hit, so the dear price is taken before the read and the
/// difference comes back after a hit. (Whoever scans numbers mostly misses.)
inline constexpr std::uint64_t lookup_cost_taken = 2;
inline constexpr std::uint64_t lookup_hit_refund = 1;

/// At most so many users of one registrable mail domain count, unless an operator lists the domain.
inline constexpr std::uint64_t counted_users_per_mail_domain = 20;

/// A provider's users proven by email in one registrable domain. Sub-addresses (`a+x@`) are never
/// among them, whoever listed the domain: they cost nothing to make.
struct mail_domain_users {
  std::uint64_t fresh = 0;
  std::uint64_t due = 0;

  friend bool operator==(const mail_domain_users&, const mail_domain_users&) = default;
};

/// How many of a domain's users count: all if it is listed, else the first twenty, fresh ones
/// first. That depends on the numbers alone, so a user who leaves takes away what an equal one
/// brought.
constexpr mail_domain_users counted_in_domain(const mail_domain_users& of, bool listed) {
  if (listed)
    return of;
  const auto fresh =
      of.fresh < counted_users_per_mail_domain ? of.fresh : counted_users_per_mail_domain;
  const auto room = counted_users_per_mail_domain - fresh;
  return {fresh, of.due < room ? of.due : room};
}

/// A provider's users by how they were proven. "Due" are proofs older than 12 months; they count
/// half until renewed and are not among the fresh ones. `email` holds only users that count (see
/// above).
struct user_counts {
  std::uint64_t phone = 0;  ///< sms and voice
  std::uint64_t phone_due = 0;
  std::uint64_t email = 0;
  std::uint64_t email_due = 0;
  std::uint64_t asserted = 0;  ///< by bulk registration, never proven

  friend bool operator==(const user_counts&, const user_counts&) = default;
};

/// Users by weight in thousandths of a user: sms and voice 1.0, email 0.1, asserted 0; half when
/// due. Whole numbers, so that every place that computes it agrees.
std::uint64_t weighted_thousandths(const user_counts& users);

/// The same in users, for display.
double weighted_users(const user_counts& users);

struct quota_rule {
  std::uint64_t base = 100;
  double per_user = 1.0;
};

/// (base + per_user x weighted users) x standing factor, rounded down; an operator's override
/// replaces the product. Negative factors count as 0, results over 1e15 as 1e15.
std::uint64_t daily_lookup_budget(const quota_rule& rule, double weighted, double standing_factor,
                                  std::optional<std::uint64_t> override_budget = std::nullopt);

}  // namespace glados
