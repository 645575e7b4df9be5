// When the requests of a fixed rate are to start.
#pragma once

#include <cstdint>

namespace glados::app {

/// The intended start times of one lane (thread) of an open loop, in nanoseconds since the run's
/// start. Request n of the whole run is due at n / rate; lane i of k takes the requests i, i + k,
/// i + 2k ... The times do not depend on how the server keeps up: a late answer delays no later
/// request's intended start, and latency counts from there, so that a stall is seen by every
/// request that should have been sent meanwhile (no coordinated omission). Pure arithmetic, no
/// clock.
class send_schedule {
 public:
  /// `rate` requests a second over all lanes, above 0.
  send_schedule(double rate, unsigned lane, unsigned lanes)
      : gap_ns_(1e9 / rate), number_(lane), step_(lanes) {}

  /// When the next request is due.
  std::uint64_t due() const {
    return static_cast<std::uint64_t>(static_cast<double>(number_) * gap_ns_);
  }
  /// The next request was sent, or given up.
  void advance() { number_ += step_; }

 private:
  double gap_ns_;
  std::uint64_t number_;
  unsigned step_;
};

}  // namespace glados::app
