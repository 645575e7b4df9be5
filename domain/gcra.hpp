// The generic cell rate algorithm in whole nanoseconds: a budget per window with a burst of the
// whole budget. Pure arithmetic; the state is one number, the theoretical arrival time (TAT) in
// nanoseconds of any clock that does not go back. A TAT in the past, such as 0, is an untouched
// budget.
//
// No span of t admits more than budget x (1 + t / window): the time a unit takes to come back is
// rounded up to a nanosecond, which loses at most budget / window-in-nanoseconds of the rate (12 in
// a million for a budget of 1e9 a day). A unit given back may be spent again at once.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace glados {

/// `budget` units each `window`. Budgets over one unit a nanosecond and windows over 1e9 s are cut
/// down to that; a budget of 0 or a window under 1 s admits nothing that costs.
struct gcra_policy {
  std::uint64_t budget = 0;
  std::chrono::seconds window{86'400};
};

struct gcra_decision {
  bool admitted = false;
  std::uint64_t remaining = 0;              ///< units that could be spent now, after this decision
  std::chrono::nanoseconds retry_after{0};  ///< if refused: when the same cost could be admitted
  std::chrono::nanoseconds reset{0};        ///< until the whole budget is there again
  std::int64_t tat = 0;                     ///< the state to keep; unchanged if refused
};

/// Decides on `cost` units at `now` (nanoseconds). A cost over the whole budget is never admitted
/// and `retry_after` is then a window; a cost of 0 only reports.
gcra_decision decide(const gcra_policy& policy, std::int64_t tat, std::int64_t now,
                     std::uint64_t cost);

/// The state after `cost` units of an earlier decision came back.
std::int64_t give_back(const gcra_policy& policy, std::int64_t tat, std::uint64_t cost);

/// One budget shared by threads without a lock, for the path of every request. Owned by a
/// provider's snapshot; any thread calls it; lives as long as its owner. The policy may change
/// between calls: what is spent then counts as the same share of the new budget.
class atomic_gcra {
 public:
  explicit atomic_gcra(std::int64_t tat = 0) : tat_(tat) {}

  gcra_decision admit(const gcra_policy& policy, std::int64_t now, std::uint64_t cost);
  void refund(const gcra_policy& policy, std::uint64_t cost);
  std::int64_t tat() const { return tat_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::int64_t> tat_;
};

}  // namespace glados
