#include "http/worker.hpp"

#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

namespace glados::http {

namespace {
thread_local worker* current_worker = nullptr;
}

worker::worker(std::size_t index) : index_(index) {
  wake_fd_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  timer_fd_ = ::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (wake_fd_ < 0 || timer_fd_ < 0) {
    const int why = errno;
    if (wake_fd_ >= 0)
      ::close(wake_fd_);
    throw std::system_error(why, std::generic_category(), "worker descriptors");
  }
}

worker::~worker() {
  ::close(wake_fd_);
  ::close(timer_fd_);
}

worker* worker::current() noexcept { return current_worker; }

void worker::post(task work) {
  {
    std::lock_guard guard(mutex_);
    inbox_.push_back(std::move(work));
  }
  wake();
}

// The flag goes up before the look at `asleep_`; the worker goes to sleep before its last look at
// the flag. Whichever comes second sees the other, so no wake-up is lost, and a worker that is busy
// anyway costs no system call.
void worker::wake() noexcept {
  if (has_work_.exchange(true, std::memory_order_seq_cst))
    return;
  if (asleep_.exchange(false, std::memory_order_seq_cst)) {
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_fd_, &one, sizeof one);
  }
}

worker::timer_id worker::after(std::chrono::milliseconds delay, task work) {
  const timer_id id{clock::now() + delay, next_timer_++};
  timers_.emplace(id, std::move(work));
  if (current_worker == this && id.first < armed_)
    arm_timer();
  return id;
}

void worker::arm_timer() {
  armed_ = timers_.empty() ? clock::time_point::max() : timers_.begin()->first.first;
  itimerspec spec{};
  if (!timers_.empty()) {
    const auto left =
        std::max<std::chrono::nanoseconds>(armed_ - clock::now(), std::chrono::microseconds(1));
    spec.it_value.tv_sec = static_cast<time_t>(left.count() / 1'000'000'000);
    spec.it_value.tv_nsec = static_cast<long>(left.count() % 1'000'000'000);
  }
  ::timerfd_settime(timer_fd_, 0, &spec, nullptr);
}

void worker::begin_round() {
  current_worker = this;
  asleep_.store(false, std::memory_order_relaxed);
  now_ = clock::now();
}

void worker::end_round() {
  run_timers();
  for (;;) {
    if (has_work_.exchange(false, std::memory_order_seq_cst))
      run_tasks();
    drain_sinks();
    asleep_.store(true, std::memory_order_seq_cst);
    if (!has_work_.load(std::memory_order_seq_cst))
      return;
    asleep_.store(false, std::memory_order_seq_cst);
  }
}

void worker::drain_sinks() {
  for (auto* sink : sinks_) sink->drain(*this);
}

void worker::run_tasks() {
  {
    std::lock_guard guard(mutex_);
    running_.swap(inbox_);
  }
  for (auto& work : running_) {
    try {
      work();
    } catch (...) {
      counters_.exceptions.add();
    }
  }
  running_.clear();
}

void worker::run_timers() {
  if (timers_.empty() || timers_.begin()->first.first > now_)
    return;
  while (!timers_.empty() && timers_.begin()->first.first <= now_) {
    auto due = timers_.extract(timers_.begin());
    try {
      due.mapped()();
    } catch (...) {
      counters_.exceptions.add();
    }
  }
  arm_timer();
}

}  // namespace glados::http
