#include "http/descriptors.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <mutex>

#include "http/server.hpp"

namespace glados::http {

namespace {

constexpr int highest_number = 262'144;

/// The range that connections move through: the upper part of what the limit allows.
struct number_range {
  int first = 0, last = 0;
};

number_range range_now() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  const auto top =
      static_cast<int>(std::min<rlim_t>(limit.rlim_cur, static_cast<rlim_t>(highest_number)));
  return {std::min(1024, top / 4), top - top / 8};
}

std::atomic<int> next_number{0};

}  // namespace

int move_to_fresh_number(int descriptor) {
  static const number_range range = range_now();
  int wanted = next_number.load(std::memory_order_relaxed);
  if (wanted < range.first || wanted >= range.last)
    wanted = range.first;
  int moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, wanted);
  if (moved < 0)
    moved = ::fcntl(descriptor, F_DUPFD_CLOEXEC, range.first);
  if (moved < 0)
    return descriptor;
  next_number.store(moved + 1, std::memory_order_relaxed);
  ::close(descriptor);
  return moved;
}

void reserve_descriptor_table() {
  const int probe = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, range_now().last);
  if (probe >= 0)
    ::close(probe);
}

void prepare_process() {
  static std::once_flag once;
  std::call_once(once, [] {
    std::signal(SIGPIPE, SIG_IGN);
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
      limit.rlim_cur = limit.rlim_max;
      ::setrlimit(RLIMIT_NOFILE, &limit);
    }
    reserve_descriptor_table();
  });
}

}  // namespace glados::http
