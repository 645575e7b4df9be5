// Whether this node may still answer from memory: its lease, on its own steady clock.
#pragma once

#include <time.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>

namespace glados::actors {

/// Time since some start of this machine, suspended time included (CLOCK_BOOTTIME).
inline std::chrono::microseconds boot_time() {
  timespec at{};
  clock_gettime(CLOCK_BOOTTIME, &at);
  return std::chrono::microseconds(static_cast<std::int64_t>(at.tv_sec) * 1'000'000 +
                                   at.tv_nsec / 1000);
}

/// Moved on by the member agent at each renewal, read by shards and HTTP workers before every
/// answer: the clock is read anew each time, so a process that was frozen notices before anything
/// else. Made by app/ before both. Safe from any thread.
class lease_guard {
 public:
  /// `steady` is CLOCK_BOOTTIME but in tests.
  explicit lease_guard(std::function<std::chrono::microseconds()> steady = {})
      : steady_(std::move(steady)) {}

  std::chrono::microseconds now() const { return steady_ ? steady_() : boot_time(); }
  bool holds() const { return now().count() < until_.load(std::memory_order_acquire); }
  std::chrono::microseconds left() const {
    return std::chrono::microseconds(until_.load(std::memory_order_acquire)) - now();
  }

  void extend(std::chrono::microseconds until) {
    until_.store(until.count(), std::memory_order_release);
  }
  void end() { until_.store(0, std::memory_order_release); }

 private:
  std::function<std::chrono::microseconds()> steady_;
  std::atomic<std::int64_t> until_{0};
};

}  // namespace glados::actors
