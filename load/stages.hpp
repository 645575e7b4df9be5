// The thread that starts the others, waits for them, takes signals and shows how it goes.
#pragma once

#include <signal.h>

#include <atomic>
#include <functional>
#include <thread>
#include <vector>

#include "load/options.hpp"
#include "load/progress.hpp"

namespace glados::load {

/// Made and used by the thread that called; SIGINT and SIGTERM are its own until its destructor.
class stage_watch {
 public:
  explicit stage_watch(bool lines);
  ~stage_watch();

  progress& shown() { return progress_; }
  /// Live lines count their seconds from here.
  void begin(std::uint64_t start) { start_ = start; }
  /// Until `time`, or until `over` says so, or a signal came.
  void wait(std::uint64_t time, const std::function<bool()>& over);

 private:
  void show();

  const bool lines_;
  progress progress_;
  sigset_t signals_{}, before_{};
  std::uint64_t start_ = 0, next_ = 0;
};

/// The threads of a run. Joins all of them however the run ends.
class crew {
 public:
  ~crew() { join(); }

  template <class Job>
  void start(unsigned count, Job job) {
    at_work_ = count;
    for (unsigned i = 0; i < count; ++i)
      threads_.emplace_back([this, job, i] {
        job(i);
        --at_work_;
      });
  }
  bool done() const { return at_work_ == 0; }
  void join() {
    for (auto& each : threads_) each.join();
    threads_.clear();
  }

 private:
  std::vector<std::thread> threads_;
  std::atomic<unsigned> at_work_{0};
};

/// When a run that begins now goes through its stages.
stage_times plan(const options& asked);

inline constexpr std::uint64_t far_away = 1ULL << 62;

}  // namespace glados::load
