// What the threads of a run show each other while it goes on.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "load/series.hpp"

namespace glados::load {

/// When the run goes through its stages, in nanoseconds of `steady_ns`.
struct stage_times {
  std::uint64_t start = 0;  ///< first intended request, of the warm-up if there is one
  std::uint64_t counted = 0;
  std::uint64_t end = 0;  ///< no request starts from here on; far away when requests are counted
};

/// Shared by the workers and the thread that watches them.
class progress {
 public:
  std::atomic<bool> interrupted{false};

  /// What a worker saw within second number `second` of the run, or a part of it.
  void add(std::uint64_t second, const interval& what) {
    std::lock_guard guard(lock_);
    series_.add(second, what);
    auto& at = recent_[second % recent_.size()];
    if (at.second != second)
      at.seen.clear();
    at.second = second;
    at.seen.merge(what);
  }
  /// One of the last seconds.
  interval second(std::uint64_t number) const {
    std::lock_guard guard(lock_);
    const auto& at = recent_[number % recent_.size()];
    return at.second == number ? at.seen : interval{};
  }
  interval_series series() const {
    std::lock_guard guard(lock_);
    return series_;
  }

 private:
  mutable std::mutex lock_;
  interval_series series_;
  struct row {
    std::uint64_t second = 0;
    interval seen;
  };
  std::array<row, 4> recent_;
};

}  // namespace glados::load
