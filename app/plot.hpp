// Plots of what a run did over time, for a page and for a terminal: `glados sim` and `glados load`
// draw theirs here. Pure functions of the numbers: no clock, no file, no chance.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace glados::app {

struct plot_series {
  std::string name;  ///< in the legend: "p99", "budget"
  std::vector<double>
      values;  ///< one a step. NaN: nothing was measured then, and the line has a gap
};

/// All series of a plot have one scale. Values below zero are drawn as zero.
struct plot {
  std::string title;         ///< "Latency"
  std::string unit;          ///< of the values: "ms", "calls/s"
  double step = 1;           ///< from one value to the next, in `x_unit`
  double first = 0;          ///< where the first value stands
  std::string x_unit = "s";  ///< of the time below
  bool logarithmic = false;  ///< decades instead of a scale from zero; zeros stand at its bottom
  std::vector<plot_series> series;
};

/// One <svg> element without scripts, fonts or addresses. Its colours are classes of the page that
/// `html_of` writes. Where values are more than points of the picture, a point is a line from the
/// least to the greatest of its values, so that no peak gets lost.
std::string svg_of(const plot& what);

/// Lines for a terminal of at least `columns` (20 or more), without line ends or colours: one field
/// of block characters a series, each `rows` high. A column shows the greatest of its values.
std::vector<std::string> blocks_of(const plot& what, unsigned columns = 78, unsigned rows = 4);

struct report_table {
  std::string title;
  std::vector<std::string> head;  ///< may be empty
  std::vector<std::vector<std::string>> rows;
};

/// A report as one file: nothing in it asks for another address.
struct report_page {
  std::string title;
  std::string about;  ///< a paragraph
  std::vector<report_table> tables;
  std::vector<plot> plots;
};
std::string html_of(const report_page& page);

/// "0", "0.25", "1,200", "3,400,000": three digits that count, or all of a larger whole number.
std::string number_text(double value);

}  // namespace glados::app
