// What a run was like over time: load, latency, errors, lookups and their budget, for a report.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/invariant.hpp"

namespace glados::sim {

/// Latencies in bins of at most 9 % of their value.
class latency_bins {
 public:
  void add(moment latency);
  void add(const latency_bins& other);
  /// The least value that `percent` of all are not above, as far as bins tell; -1 without any.
  moment percentile(double percent) const;
  std::uint64_t count() const { return count_; }
  moment greatest() const { return greatest_; }

 private:
  static constexpr std::size_t in_octave = 8, octaves = 26;
  std::array<std::uint32_t, in_octave * octaves> bins_{};
  std::uint64_t count_ = 0;
  moment greatest_ = -1;
};

/// One step of time.
struct series_step {
  std::uint64_t asked = 0, answered = 0, failed = 0, abandoned = 0;
  std::int64_t units = 0;  ///< of lookup budgets: spent, less what came back
  latency_bins latencies;

  void add(const series_step& other);
};

/// Steps of one length, which doubles whenever there would be too many.
class run_series {
 public:
  series_step& at(moment when);
  moment step() const { return step_; }
  const std::vector<series_step>& steps() const { return steps_; }

 private:
  static constexpr std::size_t most_steps = 1'500;
  moment step_ = second;
  std::vector<series_step> steps_;
};

/// Hears of everything as an invariant does, writes it down, and breaks never.
std::unique_ptr<invariant> make_recorder(run_series& into);

}  // namespace glados::sim
