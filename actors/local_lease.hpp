// The part of a provider's daily budget of lookups that this node has leased
// (domain/lookup_lease.hpp) and spends without asking anybody. Owned by the provider's
// session_view. HTTP workers spend and give back from any thread, without a lock; the session actor
// fills it up and takes from it (session_lease.hpp); the registrar revokes it when an operator
// changes the terms. Its view is of the node; what it tells of the whole budget is what storage
// said last.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "domain/ids.hpp"
#include "domain/lookup_lease.hpp"

namespace glados::actors {

class local_lease {
 public:
  /// Tells apart what was leased before and after a change of terms, so that units of an old and
  /// perhaps far larger budget never come back as units of the new one.
  using era = std::uint16_t;

  // --- workers
  /// Takes all of `units` or nothing.
  std::optional<era> spend(std::uint64_t units) {
    auto seen = state_.load(std::memory_order_relaxed);
    do {
      if ((seen & units_mask) < units)
        return {};
    } while (!state_.compare_exchange_weak(seen, seen - units, std::memory_order_relaxed));
    return static_cast<era>(seen >> units_bits);
  }
  /// What was taken and not used. Units of an earlier era are gone: they stay spent.
  bool give_back(era of, std::uint64_t units) {
    auto seen = state_.load(std::memory_order_relaxed);
    do {
      if (static_cast<era>(seen >> units_bits) != of)
        return false;
    } while (!state_.compare_exchange_weak(seen, seen + units, std::memory_order_relaxed));
    if (empty_until_.load(std::memory_order_relaxed) != 0)
      empty_until({});
    return true;
  }
  /// True once whenever the session actor should see to the lease: too little left, or too much.
  bool wants_care() {
    const auto left = units(), most = limit();
    const bool fine = left <= most && left >= low_water(most);
    return !fine && !cared_for_.exchange(true, std::memory_order_acq_rel);
  }
  /// Storage said a moment ago that there is nothing, here or anywhere.
  bool known_empty(instant now) const {
    return now.us < empty_until_.load(std::memory_order_relaxed);
  }
  void count_refusal() { refused_.fetch_add(1, std::memory_order_relaxed); }

  /// The budget a day, as users, standing and operators have it.
  std::uint64_t budget() const { return budget_.load(std::memory_order_relaxed); }
  /// What could be spent at `now`, as far as this node knows.
  std::uint64_t remaining(instant now) const {
    const auto budget_seen = granted_budget();
    const auto all = units() + in_transit_.load(std::memory_order_relaxed) +
                     units_left(budget_seen != 0 ? budget_seen : budget(), tat(), now);
    return std::min(all, std::max(budget_seen, budget()));
  }
  /// Until the whole budget is there again.
  std::chrono::microseconds reset(instant now) const {
    return std::chrono::microseconds(std::max<std::int64_t>(0, tat() - now.us));
  }
  /// Until `units` can be spent.
  std::chrono::microseconds wait(instant now, std::uint64_t units) const {
    const auto budget_seen = granted_budget();
    return wait_for_units(budget_seen != 0 ? budget_seen : budget(), tat(), now, units);
  }

  // --- whoever changes the terms
  void budget(std::uint64_t units) { budget_.store(units, std::memory_order_relaxed); }
  /// Ends the era, whose units then wait for `take_revoked`. Returns the new one.
  era revoke() {
    auto seen = state_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      next = ((seen >> units_bits) + 1) & era_mask;
    } while (!state_.compare_exchange_weak(seen, next << units_bits, std::memory_order_relaxed));
    revoked_.fetch_add(seen & units_mask, std::memory_order_relaxed);
    empty_until({});
    return static_cast<era>(next);
  }

  // --- the session actor
  era now_era() const {
    return static_cast<era>(state_.load(std::memory_order_relaxed) >> units_bits);
  }
  std::uint64_t units() const { return state_.load(std::memory_order_relaxed) & units_mask; }
  std::uint64_t limit() const { return limit_.load(std::memory_order_relaxed); }
  static std::uint64_t low_water(std::uint64_t limit) {
    return std::min(limit, std::max<std::uint64_t>(2, limit / 2));
  }
  /// False, and nothing added, when these were granted in an earlier era.
  bool add(era of, std::uint64_t units) { return give_back(of, units); }
  std::uint64_t take_up_to(std::uint64_t units) {
    auto seen = state_.load(std::memory_order_relaxed);
    std::uint64_t taken = 0;
    do {
      taken = std::min(units, seen & units_mask);
    } while (!state_.compare_exchange_weak(seen, seen - taken, std::memory_order_relaxed));
    return taken;
  }
  std::uint64_t take_revoked() { return revoked_.exchange(0, std::memory_order_relaxed); }
  void in_transit(std::uint64_t units) { in_transit_.store(units, std::memory_order_relaxed); }
  /// `now` by this node's clock: if that is behind storage's, what is left must not look less.
  void told(const lease_grant& by, instant now) {
    limit_.store(by.limit, std::memory_order_relaxed);
    tat_.store(by.tat - std::max<std::int64_t>(0, by.at.us - now.us), std::memory_order_relaxed);
    granted_budget_.store(by.budget, std::memory_order_relaxed);
    in_transit(0);
  }
  void empty_until(instant at) { empty_until_.store(at.us, std::memory_order_relaxed); }
  void caring() { cared_for_.store(false, std::memory_order_release); }
  /// Differs from an earlier one if anything was spent in between.
  std::uint64_t mark() const { return state_.load(std::memory_order_relaxed); }
  std::uint64_t take_refusals() { return refused_.exchange(0, std::memory_order_relaxed); }

 private:
  static constexpr unsigned units_bits = 48;  // 1 % of the largest budget has 44
  static constexpr std::uint64_t units_mask = (std::uint64_t{1} << units_bits) - 1;
  static constexpr std::uint64_t era_mask = 0xFFFF;

  std::int64_t tat() const { return tat_.load(std::memory_order_relaxed); }
  std::uint64_t granted_budget() const { return granted_budget_.load(std::memory_order_relaxed); }

  std::atomic<std::uint64_t> state_{0};  ///< era and units
  std::atomic<std::uint64_t> revoked_{0}, in_transit_{0}, limit_{0};
  std::atomic<std::uint64_t> budget_{0}, granted_budget_{0}, refused_{0};
  std::atomic<std::int64_t> tat_{0}, empty_until_{0};
  std::atomic<bool> cared_for_{false};
};

}  // namespace glados::actors
