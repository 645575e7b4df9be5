#include "http/acceptor.hpp"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "http/descriptors.hpp"

namespace glados::http {

namespace {

constexpr int listen_queue = 4096;
constexpr int accepts_per_round = 64;
constexpr std::chrono::milliseconds pause_when_out_of_descriptors{100};

std::runtime_error system_problem(const std::string& what) {
  return std::runtime_error(what + ": " + std::strerror(errno));
}

void watch(int poll, int operation, int descriptor, std::uint32_t events, void* tag) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = tag;
  ::epoll_ctl(poll, operation, descriptor, &event);
}

std::string text_of(const sockaddr_storage& peer) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes =
      peer.ss_family == AF_INET6
          ? static_cast<const void*>(&reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr)
          : &reinterpret_cast<const sockaddr_in&>(peer).sin_addr;
  ::inet_ntop(peer.ss_family, bytes, text.data(), text.size());
  return text.data();
}

/// Whose handshakes count together: one IPv4 address, or one IPv6 network of 64 bits, which a
/// single customer usually has whole.
std::string group_of(const sockaddr_storage& peer, const std::string& text) {
  if (peer.ss_family != AF_INET6)
    return text;
  const auto& address = reinterpret_cast<const sockaddr_in6&>(peer).sin6_addr;
  return {reinterpret_cast<const char*>(&address), 8};
}

socklen_t socket_address(const std::string& text, std::uint16_t port, sockaddr_storage& to) {
  auto& four = reinterpret_cast<sockaddr_in&>(to);
  auto& six = reinterpret_cast<sockaddr_in6&>(to);
  if (::inet_pton(AF_INET, text.c_str(), &four.sin_addr) == 1) {
    to.ss_family = AF_INET;
    four.sin_port = htons(port);
    return sizeof four;
  }
  if (::inet_pton(AF_INET6, text.c_str(), &six.sin6_addr) == 1) {
    to.ss_family = AF_INET6;
    six.sin6_port = htons(port);
    return sizeof six;
  }
  throw std::runtime_error("not an IP address to listen on: " + text);
}

}  // namespace

acceptor::acceptor(const server_options& options, tls_context& tls,
                   std::atomic<std::size_t>& open_connections, receiver hand_over)
    : options_(options),
      tls_(tls),
      open_connections_(open_connections),
      hand_over_(std::move(hand_over)) {}

acceptor::~acceptor() { stop(); }

void acceptor::listen() {
  sockaddr_storage address{};
  auto size = socket_address(options_.address, options_.port, address);
  listener_ = ::socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (listener_ < 0)
    throw system_problem("cannot make a socket");
  const int one = 1;
  ::setsockopt(listener_, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, listen_queue) != 0)
    throw system_problem("cannot listen on " + options_.address + " port " +
                         std::to_string(options_.port));
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(reinterpret_cast<sockaddr_in&>(address).sin_port);  // same place in both families
}

void acceptor::start() {
  listen();
  poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  wake_ = ::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (poll_ < 0 || wake_ < 0)
    throw system_problem("cannot start the acceptor");
  watch(poll_, EPOLL_CTL_ADD, listener_, EPOLLIN, &listener_);
  watch(poll_, EPOLL_CTL_ADD, wake_, EPOLLIN | EPOLLET, &wake_);
  thread_ = std::thread([this] { run(); });
  ::pthread_setname_np(thread_.native_handle(), (options_.name.substr(0, 8) + "-accept").c_str());
}

void acceptor::close_listener(std::chrono::milliseconds grace) {
  closing_grace_ms_.store(grace.count());
  const std::uint64_t one = 1;
  [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
}

void acceptor::stop() {
  if (thread_.joinable()) {
    stopping_.store(true);
    const std::uint64_t one = 1;
    [[maybe_unused]] auto written = ::write(wake_, &one, sizeof one);
    thread_.join();
  }
  for (int* descriptor : {&listener_, &poll_, &wake_})
    if (*descriptor >= 0)
      ::close(std::exchange(*descriptor, -1));
}

int acceptor::wait_time(clock::time_point now) const {
  auto until = paused_ ? now + pause_when_out_of_descriptors : clock::time_point::max();
  if (!unfinished_.empty())
    until = std::min(until, unfinished_.front().deadline);
  if (until == clock::time_point::max())
    return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now).count();
  return static_cast<int>(std::max<std::int64_t>(left, 0));
}

void acceptor::run() {
  std::array<epoll_event, 256> events{};
  while (!stopping_.load()) {
    const int ready = ::epoll_wait(poll_, events.data(), static_cast<int>(events.size()),
                                   wait_time(clock::now()));
    bool knocked = paused_;
    // Handshakes before new connections: an eviction must not free what an event still names.
    for (int i = 0; i < ready; ++i) {
      void* tag = events[static_cast<std::size_t>(i)].data.ptr;
      if (tag == &listener_)
        knocked = true;
      else if (tag != &wake_)
        advance(*static_cast<handshake*>(tag));
    }
    if (knocked && listener_ >= 0)
      accept_waiting();
    const auto now = clock::now();
    if (const auto grace = closing_grace_ms_.exchange(-1); grace >= 0 && listener_ >= 0) {
      for (std::size_t seen = counters_.accepted.get() - 1; seen != counters_.accepted.get();) {
        seen = counters_.accepted.get();
        accept_waiting();
      }
      ::close(std::exchange(listener_, -1));
      for (auto& one : unfinished_)
        one.deadline = std::min(one.deadline, now + std::chrono::milliseconds(grace));
    }
    expire(now);
  }
  while (!unfinished_.empty()) finish(unfinished_.front(), ending::evicted);
}

void acceptor::pause_listener(bool pause) {
  if (pause != paused_)
    watch(poll_, EPOLL_CTL_MOD, listener_, pause ? 0U : std::uint32_t{EPOLLIN}, &listener_);
  paused_ = pause;
}

void acceptor::accept_waiting() {
  for (int i = 0; i < accepts_per_round; ++i) {
    sockaddr_storage peer{};
    socklen_t size = sizeof peer;
    const int descriptor = ::accept4(listener_, reinterpret_cast<sockaddr*>(&peer), &size,
                                     SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      admit(descriptor, peer);
      continue;
    }
    if (errno == ECONNABORTED || errno == EINTR)
      continue;
    // Out of descriptors the listener would stay ready for ever: look away for a moment.
    pause_listener(errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM);
    return;
  }
}

void acceptor::admit(int descriptor, const sockaddr_storage& peer) {
  counters_.accepted.add();
  auto text = text_of(peer);
  auto group = group_of(peer, text);
  auto& of_address = per_address_[group];
  if (of_address >= options_.max_handshakes_per_address) {
    counters_.refused_address.add();
    ::close(descriptor);
    return;
  }
  if (open_connections_.load(std::memory_order_relaxed) >= options_.max_connections) {
    counters_.refused_total.add();
    if (of_address == 0)
      per_address_.erase(group);
    ::close(descriptor);
    return;
  }
  ++of_address;
  open_connections_.fetch_add(1, std::memory_order_relaxed);
  counters_.handshakes_in_flight.add();
  if (unfinished_.size() >= options_.max_handshakes)
    finish(unfinished_.front(), ending::evicted);
  descriptor = move_to_fresh_number(descriptor);
  const int one = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  auto& entry = unfinished_.emplace_back();
  entry.self = std::prev(unfinished_.end());
  entry.what = {descriptor, tls_.fresh_session(descriptor), peer, std::move(text), {}};
  entry.address_group = std::move(group);
  entry.deadline = clock::now() + options_.handshake_deadline;
  if (!entry.what.tls)
    return finish(entry, ending::failed);
  // Both directions, edge triggered, once: no further epoll_ctl however long the handshake takes.
  watch(poll_, EPOLL_CTL_ADD, descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, &entry);
}

void acceptor::advance(handshake& one) {
  ERR_clear_error();
  const int done = SSL_do_handshake(one.what.tls.get());
  if (done == 1)
    return finish(one, tls_.identify(one.what.tls.get(), one.what.client) ? ending::handed_over
                                                                          : ending::failed);
  const int why = SSL_get_error(one.what.tls.get(), done);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    finish(one, ending::failed);
}

void acceptor::finish(handshake& one, ending how) {
  const auto count = per_address_.find(one.address_group);
  if (count != per_address_.end() && --count->second == 0)
    per_address_.erase(count);
  counters_.handshakes_in_flight.sub();
  if (how == ending::handed_over) {
    ::epoll_ctl(poll_, EPOLL_CTL_DEL, one.what.descriptor, nullptr);
    counters_.handshakes_ok.add();
    if (one.what.client.resumed)
      counters_.handshakes_resumed.add();
    hand_over_(std::move(one.what));
  } else {
    (how == ending::failed      ? counters_.handshakes_failed
     : how == ending::timed_out ? counters_.handshakes_timed_out
                                : counters_.evicted)
        .add();
    one.what.tls.reset();
    ::close(one.what.descriptor);
    open_connections_.fetch_sub(1, std::memory_order_relaxed);
  }
  unfinished_.erase(one.self);
}

void acceptor::expire(clock::time_point now) {
  while (!unfinished_.empty() && unfinished_.front().deadline <= now)
    finish(unfinished_.front(), ending::timed_out);
}

}  // namespace glados::http
