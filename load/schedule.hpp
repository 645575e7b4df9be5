// When the requests of an open loop are to start.
#pragma once

#include <cstdint>
#include <optional>

#include "workload/draw.hpp"

namespace glados::load {

/// What one lane of `lanes` has to do of so many requests; without end for 0.
constexpr std::uint64_t share_of(std::uint64_t requests, unsigned lane, unsigned lanes) {
  return requests == 0 ? ~0ULL : requests / lanes + (lane < requests % lanes ? 1 : 0);
}

/// The intended start times of one lane (thread) of an open loop, in nanoseconds since the run's
/// start. Evenly spaced, request n of the whole run is due at n / rate; lane i of k takes the
/// requests i, i + k, i + 2k ... With chance, each lane is a Poisson process of rate / k, and so
/// all of them together are one of `rate`, as independent callers are. Either way the times do not
/// depend on how the server keeps up: a late answer delays no later request's intended start, and
/// latency counts from there, so that a stall is seen by every request that should have been sent
/// meanwhile (no coordinated omission). Pure arithmetic, no clock.
class send_schedule {
 public:
  /// `rate` requests a second over all lanes, above 0.
  send_schedule(double rate, unsigned lane, unsigned lanes,
                std::optional<workload::draw> poisson = {})
      : gap_ns_(1e9 / rate), number_(lane), step_(lanes), poisson_(poisson) {
    if (poisson_)
      advance();
  }

  /// When the next request is due.
  std::uint64_t due() const {
    return static_cast<std::uint64_t>(poisson_ ? at_ns_ : static_cast<double>(number_) * gap_ns_);
  }
  /// The next request was sent, or given up.
  void advance() {
    if (poisson_)
      at_ns_ += poisson_->exponential(gap_ns_ * step_);
    else
      number_ += step_;
  }

 private:
  double gap_ns_;
  double at_ns_ = 0;
  std::uint64_t number_;
  unsigned step_;
  std::optional<workload::draw> poisson_;
};

}  // namespace glados::load
