#include "load/poller.hpp"

#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

namespace glados::load {

std::uint64_t steady_ns() {
  timespec at{};
  clock_gettime(CLOCK_MONOTONIC, &at);
  return static_cast<std::uint64_t>(at.tv_sec) * second_ns + static_cast<std::uint64_t>(at.tv_nsec);
}

poller::poller() : set_(epoll_create1(EPOLL_CLOEXEC)) {
  if (set_ < 0)
    throw std::runtime_error("no epoll set");
}

poller::~poller() { ::close(set_); }

bool poller::add(int descriptor, wakeable& owner, std::uint32_t events) {
  epoll_event asked{};
  asked.data.ptr = &owner;
  asked.events = events;
  return epoll_ctl(set_, EPOLL_CTL_ADD, descriptor, &asked) == 0;
}

void poller::change(int descriptor, wakeable& owner, std::uint32_t events) {
  epoll_event asked{};
  asked.data.ptr = &owner;
  asked.events = events;
  epoll_ctl(set_, EPOLL_CTL_MOD, descriptor, &asked);
}

void poller::wait(std::uint64_t patience_ns) {
  std::array<epoll_event, 64> seen;
  const timespec patience{static_cast<time_t>(patience_ns / second_ns),
                          static_cast<long>(patience_ns % second_ns)};
  const int count = epoll_pwait2(set_, seen.data(), seen.size(), &patience, nullptr);
  for (int i = 0; i < count; ++i)
    static_cast<wakeable*>(seen[static_cast<std::size_t>(i)].data.ptr)->on_ready();
}

}  // namespace glados::load
