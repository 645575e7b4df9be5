// Where a value stands in a plot, and the round numbers written beside it.
#pragma once

#include <vector>

#include "app/plot.hpp"

namespace glados::app {

/// A span of values whose least and greatest are round numbers.
class plot_scale {
 public:
  explicit plot_scale(const plot& of);

  /// 0 at the bottom, 1 at the top; never outside.
  double height(double value) const;
  double top() const { return top_; }
  /// From the bottom to the top, both with them.
  const std::vector<double>& marks() const { return marks_; }

 private:
  void decades(double least, double greatest);
  void from_zero(double greatest);

  bool logarithmic_;
  double bottom_ = 0, top_ = 1;
  std::vector<double> marks_;
};

/// The values of one point of a picture: the least and the greatest; both NaN: there are none.
struct plot_span {
  double least, greatest;
};

/// The values in at most `points` groups of neighbours.
std::vector<plot_span> spans_of(const std::vector<double>& values, std::size_t points);

/// Of the longest series.
std::size_t length_of(const plot& what);

}  // namespace glados::app
