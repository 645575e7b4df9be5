// Which identifier each request asks for.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "workload/draw.hpp"

namespace glados::load {

/// Phone numbers `base` to `base + count - 1` are known to the directory, the `count` numbers
/// behind them are not.
struct key_space {
  std::uint64_t base = 0;
  std::uint64_t count = 0;
  double unknown_share = 0;  ///< 0 to 1: so many of the requests ask for an unknown number
  double zipf = 0;           ///< exponent of the popularity of ranks; 0: uniform
  bool sequential = false;   ///< each once, known ones first, then from the start again
};

/// "14155550000..50000": first number, count. Nothing when malformed, empty, or when known and
/// unknown numbers together would not all have the digits of the first.
std::optional<key_space> parse_key_space(std::string_view text);

/// Popularity by rank: P(rank i) ~ 1 / (i + 1)^s. Made once, read by every thread.
class zipf_table {
 public:
  zipf_table(std::uint64_t count, double exponent);
  /// The rank, 0 to count - 1, for `uniform` in [0, 1).
  std::uint64_t rank(double uniform) const;

 private:
  std::vector<double> sums_;
};

/// The numbers that one lane (thread) of the run asks for: the same seed gives the same numbers.
class key_picker {
 public:
  key_picker(const key_space& space, std::uint64_t seed, unsigned lane, unsigned lanes,
             std::shared_ptr<const zipf_table> popularity);
  std::uint64_t next();

 private:
  key_space space_;
  workload::draw chance_;
  std::uint64_t turn_;
  unsigned step_;
  std::shared_ptr<const zipf_table> popularity_;
};

}  // namespace glados::load
