// The generator's own chance: the same seed makes the same requests.
#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glados::load {

/// SplitMix64: nine operations, passes the usual tests; nothing here is secret. One stream each for
/// whoever draws, used by one thread.
class chance {
 public:
  chance(std::uint64_t seed, std::uint64_t stream)
      : state_(seed ^ (0x9E3779B97F4A7C15ULL * (stream + 1))) {}

  std::uint64_t next() {
    auto z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Gaps of a Poisson process with this mean.
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }

 private:
  std::uint64_t state_;
};

/// How long a user thinks, in seconds.
struct pause_law {
  double low = 0, high = 0;  ///< equal: exponential with that mean; else uniform between them

  bool none() const { return high <= 0; }
  double draw(chance& from) const {
    return low == high ? from.exponential(low) : low + (high - low) * from.uniform();
  }
};

/// "0.5": exponential with that mean; "0.2..3": uniform between. At most 3,600. Nothing when
/// malformed.
std::optional<pause_law> parse_pause(std::string_view text);

}  // namespace glados::load
