#include "app/load_connection.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace glados::app {
namespace {

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

}  // namespace

bool load_connection::open(std::uint64_t now) {
  close();
  since_ = now;
  fd_ = socket(target_.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0)
    return false;
  const int yes = 1;
  setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  const auto* address = reinterpret_cast<const sockaddr*>(&target_.address);
  epoll_event asked{};
  asked.data.ptr = this;
  asked.events = waited_ = EPOLLOUT;
  if ((connect(fd_, address, target_.address_size) != 0 && errno != EINPROGRESS) ||
      epoll_ctl(poller_, EPOLL_CTL_ADD, fd_, &asked) != 0) {
    close();
    return false;
  }
  at_ = state::connecting;
  return true;
}

void load_connection::close() {
  ssl_.reset();
  if (fd_ >= 0)
    ::close(fd_);
  fd_ = -1;
  at_ = state::closed;
  unwritten_ = false;
}

load_connection::event load_connection::fail(event how) {
  was_ = at_;
  close();
  ERR_clear_error();
  return how;
}

void load_connection::wait_for(std::uint32_t events) {
  if (events == waited_)
    return;
  epoll_event asked{};
  asked.data.ptr = this;
  asked.events = waited_ = events;
  epoll_ctl(poller_, EPOLL_CTL_MOD, fd_, &asked);
}

load_connection::event load_connection::shake_hands() {
  if (at_ == state::connecting) {
    int fault = 0;
    socklen_t size = sizeof fault;
    if (getsockopt(fd_, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault != 0)
      return fail(event::failed);
    ssl_.reset(SSL_new(context_));
    SSL_set_fd(ssl_.get(), fd_);
    SSL_set_connect_state(ssl_.get());
    auto* wanted = SSL_get0_param(ssl_.get());
    if (is_address(target_.host)) {
      X509_VERIFY_PARAM_set1_ip_asc(wanted, target_.host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_host(wanted, target_.host.c_str(), target_.host.size());
      SSL_set_tlsext_host_name(ssl_.get(), target_.host.c_str());
    }
    at_ = state::handshaking;
  }
  const int got = SSL_do_handshake(ssl_.get());
  if (got == 1) {
    at_ = state::idle;
    wait_for(EPOLLIN);
    return event::ready;
  }
  const int why = SSL_get_error(ssl_.get(), got);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    return fail(event::failed);
  wait_for(why == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
  return event::none;
}

bool load_connection::send(std::uint64_t intended, std::uint64_t now) {
  intended_ = intended;
  since_ = now;
  reader_.reset();
  at_ = state::waiting;
  return write();
}

bool load_connection::write() {
  const int got = SSL_write(ssl_.get(), text_.data(), static_cast<int>(text_.size()));
  unwritten_ = got <= 0;
  if (got > 0) {
    wait_for(EPOLLIN);
    return true;
  }
  if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_WRITE) {
    fail(event::failed);
    return false;
  }
  wait_for(EPOLLIN | EPOLLOUT);
  return true;
}

load_connection::event load_connection::receive() {
  static thread_local std::array<char, 16384> buffer;
  for (;;) {
    const int got = SSL_read(ssl_.get(), buffer.data(), buffer.size());
    if (got <= 0) {
      const int why = SSL_get_error(ssl_.get(), got);
      return why == SSL_ERROR_WANT_READ ? event::none : fail(event::failed);
    }
    if (at_ != state::waiting)
      return fail(event::malformed);  // an answer nobody asked for
    const auto now = reader_.feed({buffer.data(), static_cast<std::size_t>(got)});
    if (now == response_reader::progress::malformed)
      return fail(event::malformed);
    if (now == response_reader::progress::done) {
      at_ = state::idle;
      return event::answered;
    }
  }
}

load_connection::event load_connection::on_ready() {
  if (at_ == state::closed)
    return event::none;  // closed while handling an earlier event of the same batch
  if (at_ == state::connecting || at_ == state::handshaking)
    return shake_hands();
  if (unwritten_ && !write())
    return event::failed;
  return receive();
}

}  // namespace glados::app
