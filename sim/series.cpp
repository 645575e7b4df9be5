#include "sim/series.hpp"

#include <algorithm>
#include <cmath>

namespace glados::sim {

void latency_bins::add(moment latency) {
  const auto value = std::max<moment>(latency, 1);
  const auto place = std::log2(static_cast<double>(value)) * static_cast<double>(in_octave);
  const auto bin = static_cast<std::size_t>(std::ceil(place - 1e-9));
  ++bins_[std::min(bin, bins_.size() - 1)];
  ++count_;
  greatest_ = std::max(greatest_, latency);
}

void latency_bins::add(const latency_bins& other) {
  for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += other.bins_[i];
  count_ += other.count_;
  greatest_ = std::max(greatest_, other.greatest_);
}

moment latency_bins::percentile(double percent) const {
  const auto rank = std::max(1.0, std::ceil(static_cast<double>(count_) * percent / 100.0 - 1e-9));
  double below = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    below += bins_[i];
    if (below >= rank)
      return std::min(greatest_, static_cast<moment>(std::lround(std::exp2(
                                     static_cast<double>(i) / static_cast<double>(in_octave)))));
  }
  return greatest_;
}

void series_step::add(const series_step& other) {
  asked += other.asked;
  answered += other.answered;
  failed += other.failed;
  abandoned += other.abandoned;
  units += other.units;
  latencies.add(other.latencies);
}

series_step& run_series::at(moment when) {
  while (static_cast<std::size_t>(when / step_) >= most_steps) {
    for (std::size_t i = 0; i < steps_.size(); ++i) {
      const auto one = steps_[i];
      if (i % 2 == 0)
        steps_[i / 2] = one;
      else
        steps_[i / 2].add(one);
    }
    steps_.resize((steps_.size() + 1) / 2);
    step_ *= 2;
  }
  const auto place = static_cast<std::size_t>(when / step_);
  if (steps_.size() <= place)
    steps_.resize(place + 1);
  return steps_[place];
}

namespace {

class recorder final : public invariant {
 public:
  explicit recorder(run_series& into) : into_(into) {}
  std::string_view name() const override { return "recorder"; }
  void spent(unsigned /*provider*/, std::int64_t units) override { here().units += units; }
  void asked(const call& /*made*/) override { ++here().asked; }
  void answered(const call& made) override {
    auto& at = here();
    ++(made.abandoned ? at.abandoned : is_failure(made.code) ? at.failed : at.answered);
    at.latencies.add(made.answered_at - made.asked_at);
  }

 private:
  series_step& here() { return into_.at(run().now()); }
  run_series& into_;
};

}  // namespace

std::unique_ptr<invariant> make_recorder(run_series& into) {
  return std::make_unique<recorder>(into);
}

}  // namespace glados::sim
