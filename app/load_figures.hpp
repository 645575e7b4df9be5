// Figures that the reports of `glados load` have in common.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "load/result.hpp"

namespace glados::app {

inline constexpr std::array<std::pair<const char*, double>, 6> load_percentiles{
    {{"p50", 50.0},
     {"p90", 90.0},
     {"p95", 95.0},
     {"p99", 99.0},
     {"p99.9", 99.9},
     {"p99.99", 99.99}}};

/// What kept requests from being answered, by name.
inline std::array<std::pair<const char*, std::uint64_t>, 4> failures_of(const load::tally& from) {
  return {{{"closed", from.closed},
           {"timeout", from.timed_out},
           {"malformed", from.malformed},
           {"unsent", from.unsent}}};
}

inline double microseconds(std::uint64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1e3;
}

/// CPU seconds as microseconds an answer.
inline double per_answer(double seconds, const load::tally& all) {
  return all.answered == 0 ? 0.0 : seconds * 1e6 / static_cast<double>(all.answered);
}

inline double rate_of(const load::result& from, const load::tally& all) {
  return from.seconds <= 0 ? 0.0 : static_cast<double>(all.answered) / from.seconds;
}

inline bool something(const load::tally& in) {
  return in.latency.count() > 0 || in.closed + in.malformed > 0;
}

}  // namespace glados::app
