// Chance, the same on every compiler and library: what std's distributions draw differs between
// them.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace glados::workload {

/// FNV-1a over whatever is told to it. Not a hash against anybody: it tells two runs apart.
class fingerprint {
 public:
  void add(std::uint64_t number) {
    for (int i = 0; i < 8; ++i) add_byte(static_cast<std::uint8_t>(number >> (8 * i)));
  }
  void add(std::string_view text) {
    for (const char c : text) add_byte(static_cast<std::uint8_t>(c));
    add_byte(0);
  }
  std::uint64_t value() const { return value_; }

 private:
  void add_byte(std::uint8_t byte) { value_ = (value_ ^ byte) * 0x100000001b3ull; }
  std::uint64_t value_ = 0xcbf29ce484222325ull;
};

/// One stream of chance (splitmix64). Streams of one seed with different purposes know nothing of
/// each other, so that a run without one fault draws the same workload as the run with it.
class draw {
 public:
  draw(std::uint64_t seed, std::string_view purpose) {
    fingerprint mix;
    mix.add(seed);
    mix.add(purpose);
    state_ = mix.value();
  }
  /// One of several alike: a thread's, say.
  draw(std::uint64_t seed, std::string_view purpose, std::uint64_t which) {
    fingerprint mix;
    mix.add(seed);
    mix.add(purpose);
    mix.add(which);
    state_ = mix.value();
  }

  std::uint64_t next() {
    state_ += 0x9e3779b97f4a7c15ull;
    auto out = state_;
    out = (out ^ (out >> 30)) * 0xbf58476d1ce4e5b9ull;
    out = (out ^ (out >> 27)) * 0x94d049bb133111ebull;
    return out ^ (out >> 31);
  }
  /// 0 to `count` - 1; 0 for none.
  std::uint64_t below(std::uint64_t count) { return count == 0 ? 0 : next() % count; }
  /// `low` to `high`, both included.
  std::int64_t between(std::int64_t low, std::int64_t high) {
    return low >= high
               ? low
               : low + static_cast<std::int64_t>(below(static_cast<std::uint64_t>(high - low) + 1));
  }
  bool percent(std::uint64_t chance) { return below(100) < chance; }
  /// In [0, 1).
  double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }
  /// Gaps of a Poisson process with this mean. Its last bits are the library's: not for what two
  /// compilers must make the same of.
  double exponential(double mean) { return -mean * std::log1p(-uniform()); }

 private:
  std::uint64_t state_ = 0;
};

}  // namespace glados::workload
