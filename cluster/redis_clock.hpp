// Cluster time on this node: Redis TIME at the last reading, plus the steady time since.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

#include "actors/lease_guard.hpp"
#include "actors/node_context.hpp"

namespace glados::cluster {

/// Read by all threads, set by the member agent; made by app/ before both. Never goes back: when
/// Redis' clock was set back, time stands still here until that catches up.
class redis_clock final : public actors::cluster_clock {
 public:
  /// `steady` is CLOCK_BOOTTIME but in tests.
  explicit redis_clock(std::function<std::int64_t()> steady = {});

  instant now() const override;

  /// Redis' answer, just arrived. Its clock shows `at` plus the way back by now; so this one runs
  /// late by that, never early.
  void set(instant at);

  /// Whether time was read within `span`.
  bool fresh(std::chrono::microseconds span) const;
  std::int64_t steady_us() const { return steady_ ? steady_() : actors::boot_time().count(); }

 private:
  std::function<std::int64_t()> steady_;
  std::atomic<std::uint64_t> turn_{0};  ///< odd while `set` changes the two below
  std::atomic<std::int64_t> offset_{0};
  std::atomic<std::int64_t> floor_{0};
  std::atomic<std::int64_t> read_at_{INT64_MIN / 2};
};

}  // namespace glados::cluster
