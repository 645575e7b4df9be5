// What a run looked like over time.
#pragma once

#include <cstdint>
#include <vector>

#include "load/histogram.hpp"

namespace glados::load {

/// How an answer counts in plots and in the live lines.
enum class verdict : std::uint8_t {
  good,     ///< 2xx, 3xx, and 404: nobody has this number
  refused,  ///< any other 4xx
  failed,   ///< 5xx, no answer, a broken connection
};

verdict verdict_of(int status);

/// What came in within a span of time. Percentiles are at most 3 % too high.
struct interval {
  static constexpr unsigned precision = 5;
  latency_histogram latency{precision};
  std::uint64_t good = 0, refused = 0, failed = 0;

  std::uint64_t all() const { return good + refused + failed; }
  void add(verdict how, std::uint64_t latency_ns);
  void merge(const interval& other);
  void clear();
};

/// Intervals of one width from the run's start, a second to begin with. When they get more than
/// `most_rows`, neighbours are merged and the width doubles, so that a long run needs no more
/// memory than a short one. Used by one thread at a time.
class interval_series {
 public:
  static constexpr std::size_t most_rows = 1'200;

  /// What came in within second number `second` of the run; in any order.
  void add(std::uint64_t second, const interval& what);

  std::uint64_t width() const { return width_; }  ///< seconds
  const std::vector<interval>& rows() const { return rows_; }

 private:
  std::uint64_t width_ = 1;
  std::vector<interval> rows_;
};

}  // namespace glados::load
