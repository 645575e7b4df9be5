#include "app/plot_scale.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <limits>

namespace glados::app {
namespace {

constexpr double nothing = std::numeric_limits<double>::quiet_NaN();
constexpr int most_decades = 9;

/// The next of 1, 2, 5 times a power of ten.
double rounded_up(double value) {
  const double power = std::pow(10.0, std::floor(std::log10(value)));
  for (const double factor : {1.0, 2.0, 5.0})
    if (value <= factor * power * (1 + 1e-9))
      return factor * power;
  return 10 * power;
}

}  // namespace

plot_scale::plot_scale(const plot& of) : logarithmic_(of.logarithmic) {
  double greatest = 0, least = std::numeric_limits<double>::infinity();
  for (const auto& one : of.series)
    for (const double value : one.values) {
      if (!std::isfinite(value))
        continue;
      greatest = std::max(greatest, value);
      if (value > 0)
        least = std::min(least, value);
    }
  if (logarithmic_ && greatest > 0)
    decades(least, greatest);
  else
    from_zero(greatest);
}

void plot_scale::decades(double least, double greatest) {
  const double high = std::ceil(std::log10(greatest) - 1e-9);
  const double low =
      std::max(std::min(std::floor(std::log10(least) + 1e-9), high - 1), high - most_decades);
  for (double power = low; power <= high; power += 1) marks_.push_back(std::pow(10.0, power));
  bottom_ = low;
  top_ = marks_.back();
}

void plot_scale::from_zero(double greatest) {
  logarithmic_ = false;
  const double step = greatest > 0 ? rounded_up(greatest / 4) : 0.25;
  const double count = greatest > 0 ? std::ceil(greatest / step - 1e-9) : 4;
  for (double i = 0; i <= count; i += 1) marks_.push_back(i * step);
  top_ = marks_.back();
}

double plot_scale::height(double value) const {
  if (!logarithmic_)
    return std::clamp(value / top_, 0.0, 1.0);
  if (value <= 0)
    return 0;
  return std::clamp((std::log10(value) - bottom_) / (std::log10(top_) - bottom_), 0.0, 1.0);
}

std::vector<plot_span> spans_of(const std::vector<double>& values, std::size_t points) {
  const auto groups = std::min(points, values.size());
  std::vector<plot_span> out(groups, plot_span{nothing, nothing});
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (!std::isfinite(values[i]))
      continue;
    auto& into = out[i * groups / values.size()];
    into.least = std::fmin(into.least, values[i]);
    into.greatest = std::fmax(into.greatest, values[i]);
  }
  return out;
}

std::size_t length_of(const plot& what) {
  std::size_t out = 0;
  for (const auto& one : what.series) out = std::max(out, one.values.size());
  return out;
}

std::string number_text(double value) {
  if (!std::isfinite(value))
    return "-";
  std::array<char, 64> line{};
  const double size = std::fabs(value);
  if (size >= 100 || value == std::floor(value)) {
    std::snprintf(line.data(), line.size(), "%.0f", value);
    std::string out = line.data();
    const std::size_t digits_from = out[0] == '-' ? 1 : 0;
    for (auto at = static_cast<std::ptrdiff_t>(out.size()) - 3;
         at > static_cast<std::ptrdiff_t>(digits_from) && size < 1e15; at -= 3)
      out.insert(static_cast<std::size_t>(at), ",");
    return out;
  }
  std::snprintf(line.data(), line.size(), "%.3g", value);
  return line.data();
}

}  // namespace glados::app
