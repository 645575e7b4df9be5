// Latencies in few bytes: how many fell into each of some thousand buckets.
#pragma once

#include <cstdint>
#include <vector>

namespace glados::load {

/// Log-linear ("high dynamic range") histogram of nanoseconds: every power of two is cut into
/// 2^precision equal buckets, so a percentile is at most 2^-precision above the true value (0.1 %
/// unless another precision is asked for) and never below it. Values from 2^40 ns (18 minutes) on
/// share the last bucket. One a thread while measuring, merged at the end; no locks.
class latency_histogram {
 public:
  static constexpr unsigned usual_precision = 10;

  explicit latency_histogram(unsigned precision = usual_precision);

  void record(std::uint64_t nanoseconds);
  /// `other` has the same precision.
  void merge(const latency_histogram& other);
  void clear();

  std::uint64_t count() const { return count_; }
  /// Exact; 0 when nothing was recorded.
  std::uint64_t max() const { return max_; }
  double mean() const;

  /// The smallest value that at least `percent` (0 to 100) of all recorded ones do not exceed,
  /// rounded up to its bucket's end, never above `max`; 0 when nothing was recorded.
  std::uint64_t percentile(double percent) const;

  /// The buckets that hold something: the largest value of each, and how many fell into it.
  struct step {
    std::uint64_t value = 0, count = 0;
  };
  std::vector<step> steps() const;

 private:
  std::size_t bucket_of(std::uint64_t value) const;
  std::uint64_t end_of(std::size_t bucket) const;

  unsigned precision_;
  std::vector<std::uint64_t> buckets_;
  std::uint64_t count_ = 0;
  std::uint64_t max_ = 0;
  double sum_ = 0;
};

}  // namespace glados::load
