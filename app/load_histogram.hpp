// Latencies in few bytes: how many fell into each of some thousand buckets.
#pragma once

#include <cstdint>
#include <vector>

namespace glados::app {

/// Log-linear histogram of nanoseconds: every power of two is cut into 128 equal buckets, so a
/// percentile is at most 1/128 (0.8 %) above the true value and never below it. Values from 2^40 ns
/// (18 minutes) on share the last bucket. One a thread while measuring, merged at the end; no
/// locks.
class latency_histogram {
 public:
  latency_histogram();

  void record(std::uint64_t nanoseconds);
  void merge(const latency_histogram& other);

  std::uint64_t count() const { return count_; }
  /// Exact; 0 when nothing was recorded.
  std::uint64_t max() const { return max_; }
  double mean() const;

  /// The smallest value that at least `percent` (0 to 100) of all recorded ones do not exceed,
  /// rounded up to its bucket's end, never above `max`; 0 when nothing was recorded.
  std::uint64_t percentile(double percent) const;

 private:
  static std::size_t bucket_of(std::uint64_t value);
  static std::uint64_t end_of(std::size_t bucket);

  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace glados::app
