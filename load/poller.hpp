// One thread's set of descriptors to wait for.
#pragma once

#include <cstdint>

namespace glados::load {

/// CLOCK_MONOTONIC in nanoseconds.
std::uint64_t steady_ns();

inline constexpr std::uint64_t second_ns = 1'000'000'000;

/// Whoever has a descriptor in a poller. Outlives its descriptor's place in there.
class wakeable {
 public:
  virtual ~wakeable() = default;
  /// Its descriptor is ready, or was when this round began: it may be closed by now.
  virtual void on_ready() = 0;
};

/// An epoll set, used by one thread.
class poller {
 public:
  /// Throws std::runtime_error when there is none to be had.
  poller();
  ~poller();
  poller(const poller&) = delete;
  poller& operator=(const poller&) = delete;

  bool add(int descriptor, wakeable& owner, std::uint32_t events);
  void change(int descriptor, wakeable& owner, std::uint32_t events);
  /// Waits so long at most, then wakes who is ready.
  void wait(std::uint64_t patience_ns);

 private:
  int set_;
};

}  // namespace glados::load
