// What happens at a point of virtual time, in the order of time, then of planning.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace glados::sim {

/// Microseconds since the start of a run: the one true time, which no node can read.
using moment = std::int64_t;

inline constexpr moment never = INT64_MAX;
inline constexpr moment second = 1'000'000;
inline constexpr moment millisecond = 1'000;

class timeline {
 public:
  void at(moment when, std::function<void()> what) {
    planned_.emplace(std::pair{when, ++number_}, std::move(what));
  }
  moment next() const { return planned_.empty() ? never : planned_.begin()->first.first; }
  /// Does what is due, also what that plans for no later than `now`.
  void run_due(moment now) {
    while (!planned_.empty() && planned_.begin()->first.first <= now) {
      const auto what = std::move(planned_.begin()->second);
      planned_.erase(planned_.begin());
      what();
    }
  }
  void clear() { planned_.clear(); }

 private:
  std::map<std::pair<moment, std::uint64_t>, std::function<void()>> planned_;
  std::uint64_t number_ = 0;
};

}  // namespace glados::sim
