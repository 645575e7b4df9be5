// Plots in block characters.
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

#include "app/plot_scale.hpp"

namespace glados::app {
namespace {

constexpr std::array<std::string_view, 9> blocks{" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr unsigned least_columns = 20;

std::string right_aligned(const std::string& text, std::size_t columns) {
  return text.size() >= columns ? text : std::string(columns - text.size(), ' ') + text;
}

/// How many eighths of a row are filled in a column; a value above the bottom shows at least one.
unsigned eighths(const plot_span& span, const plot_scale& scale, unsigned rows) {
  if (std::isnan(span.greatest))
    return 0;
  const double height = scale.height(span.greatest) * rows * 8;
  return span.greatest > 0 ? std::max(1u, static_cast<unsigned>(std::lround(height))) : 0;
}

std::string row_of(const std::vector<plot_span>& spans, const plot_scale& scale, unsigned row,
                   unsigned rows, std::size_t points) {
  std::string out;
  for (std::size_t i = 0; i < points; ++i) {
    const auto group = i * spans.size() / points;
    const auto filled = eighths(spans[group], scale, rows);
    const auto below = row * 8;
    out += blocks[filled <= below ? 0 : std::min(filled - below, 8u)];
  }
  while (!out.empty() && out.back() == ' ') out.pop_back();
  return out;
}

}  // namespace

std::vector<std::string> blocks_of(const plot& what, unsigned columns, unsigned rows) {
  const plot_scale scale{what};
  const auto length = length_of(what);
  const auto greatest = number_text(scale.top());
  const auto least = number_text(scale.marks().front());
  const auto margin = std::max(greatest.size(), least.size());
  const auto field = std::max(columns, least_columns) - std::min<std::size_t>(margin + 2, 18);
  std::vector<std::string> out{what.title + (what.unit.empty() ? "" : ", " + what.unit)};
  for (const auto& one : what.series) {
    out.push_back(std::string(margin + 2, ' ') + one.name);
    // A series that ends early ends early in the field.
    const auto points = length == 0 ? 0 : (one.values.size() * field + length - 1) / length;
    const auto spans = spans_of(one.values, points);
    for (unsigned row = rows; row-- > 0;) {
      const auto& label = row + 1 == rows ? greatest : row == 0 ? least : std::string();
      out.push_back(right_aligned(label, margin) + " │" +
                    (spans.empty() ? "" : row_of(spans, scale, row, rows, points)));
    }
  }
  if (length == 0)
    return out;
  const auto from = number_text(what.first);
  const auto to =
      number_text(what.first + static_cast<double>(length - 1) * what.step) + " " + what.x_unit;
  out.push_back(std::string(margin + 2, ' ') + from +
                right_aligned(to, field > from.size() ? field - from.size() : 0));
  return out;
}

}  // namespace glados::app
