#include "load/stages.hpp"

#include <pthread.h>

#include <algorithm>
#include <cstdio>

#include "load/poller.hpp"

namespace glados::load {
namespace {

constexpr std::uint64_t look_gap = second_ns / 50;
/// By then every worker has told what it saw within a second.
constexpr std::uint64_t line_delay = second_ns / 5;

double milliseconds(std::uint64_t ns) { return static_cast<double>(ns) / 1e6; }

}  // namespace

stage_watch::stage_watch(bool lines) : lines_(lines) {
  sigemptyset(&signals_);
  sigaddset(&signals_, SIGINT);
  sigaddset(&signals_, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals_, &before_);  // inherited by the workers
}

stage_watch::~stage_watch() {
  const timespec none{0, 0};
  while (sigtimedwait(&signals_, nullptr, &none) > 0) {
  }
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

void stage_watch::wait(std::uint64_t time, const std::function<bool()>& over) {
  while (!progress_.interrupted && !over() && steady_ns() < time) {
    const auto left = std::min(time - std::min(time, steady_ns()), look_gap);
    const timespec patience{0, static_cast<long>(left)};
    if (sigtimedwait(&signals_, nullptr, &patience) > 0)
      progress_.interrupted = true;
    if (lines_ && start_ != 0)
      show();
  }
}

void stage_watch::show() {
  const auto now = steady_ns();
  if (now < start_ + (next_ + 1) * second_ns + line_delay)
    return;
  const auto seen = progress_.second(next_);
  const auto count = [](std::uint64_t n) { return static_cast<unsigned long long>(n); };
  std::fprintf(stderr,
               "%6llu s %8llu/s  p50 %8.2f ms  p99 %8.2f ms  max %8.2f ms  refused %llu  "
               "failed %llu\n",
               count(next_ + 1), count(seen.all()), milliseconds(seen.latency.percentile(50)),
               milliseconds(seen.latency.percentile(99)), milliseconds(seen.latency.max()),
               count(seen.refused), count(seen.failed));
  ++next_;
}

stage_times plan(const options& asked) {
  stage_times out;
  out.start = steady_ns() + second_ns / 50;
  out.counted = out.start + static_cast<std::uint64_t>(asked.warm_up * 1e9);
  out.end = asked.requests > 0 ? far_away
                               : out.counted + static_cast<std::uint64_t>(asked.duration * 1e9);
  return out;
}

}  // namespace glados::load
