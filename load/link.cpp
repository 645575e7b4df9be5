#include "load/link.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace glados::load {
namespace {

bool is_address(const std::string& host) {
  in6_addr any{};
  return inet_pton(AF_INET, host.c_str(), &any) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &any) == 1;
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR; }

}  // namespace

std::string place::authority() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" + port;
}

target find_target(const place& at) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(at.host.c_str(), at.port.c_str(), &wanted, &found) != 0)
    throw std::runtime_error("the host " + at.host + " is unknown");
  target out;
  std::memcpy(&out.address, found->ai_addr, found->ai_addrlen);
  out.address_size = found->ai_addrlen;
  out.host = at.host;
  out.authority = at.authority();
  freeaddrinfo(found);
  return out;
}

std::shared_ptr<SSL_CTX> make_context(const std::string& authority_file) {
  std::shared_ptr<SSL_CTX> out(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  if (SSL_CTX_load_verify_file(out.get(), authority_file.c_str()) != 1) {
    ERR_clear_error();
    throw std::runtime_error(authority_file + ": no authority can be read");
  }
  SSL_CTX_set_min_proto_version(out.get(), TLS1_2_VERSION);
  SSL_CTX_set_verify(out.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_read_ahead(out.get(), 1);  // one system call a record, not two
  SSL_CTX_set_session_cache_mode(out.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(out.get(), SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  return out;
}

bool tls_link::open(const target& to, const identity& who, int receive_buffer) {
  close();
  to_ = &to;
  who_ = &who;
  descriptor_ = socket(to.address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (descriptor_ < 0)
    return false;
  const int yes = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  if (receive_buffer > 0)
    setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  const auto* address = reinterpret_cast<const sockaddr*>(&to.address);
  waited_ = EPOLLOUT;
  if ((connect(descriptor_, address, to.address_size) != 0 && errno != EINPROGRESS) ||
      !poller_.add(descriptor_, owner_, waited_)) {
    close();
    return false;
  }
  return true;
}

void tls_link::close() {
  ssl_.reset();
  if (descriptor_ >= 0)
    ::close(descriptor_);
  descriptor_ = -1;
}

void tls_link::reset() {
  const linger none{1, 0};
  if (descriptor_ >= 0)
    setsockopt(descriptor_, SOL_SOCKET, SO_LINGER, &none, sizeof none);
  close();
}

tls_link::step tls_link::fail() {
  close();
  ERR_clear_error();
  return step::broken;
}

void tls_link::wait_for(std::uint32_t events) {
  if (events == waited_)
    return;
  waited_ = events;
  poller_.change(descriptor_, owner_, events);
}

tls_link::step tls_link::connected() {
  int fault = 0;
  socklen_t size = sizeof fault;
  if (getsockopt(descriptor_, SOL_SOCKET, SO_ERROR, &fault, &size) != 0 || fault != 0)
    return fail();
  return step::done;
}

tls_link::step tls_link::shake_hands() {
  if (!ssl_) {
    if (connected() == step::broken)
      return step::broken;
    ssl_.reset(SSL_new(context_));
    if (!who_->give_to(ssl_.get()))
      return fail();
    SSL_set_fd(ssl_.get(), descriptor_);
    SSL_set_connect_state(ssl_.get());
    auto* wanted = SSL_get0_param(ssl_.get());
    if (is_address(to_->host)) {
      X509_VERIFY_PARAM_set1_ip_asc(wanted, to_->host.c_str());
    } else {
      X509_VERIFY_PARAM_set1_host(wanted, to_->host.c_str(), to_->host.size());
      SSL_set_tlsext_host_name(ssl_.get(), to_->host.c_str());
    }
  }
  const int got = SSL_do_handshake(ssl_.get());
  if (got == 1) {
    wait_for(EPOLLIN);
    return step::done;
  }
  const int why = SSL_get_error(ssl_.get(), got);
  if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE)
    return fail();
  wait_for(why == SSL_ERROR_WANT_READ ? EPOLLIN : EPOLLOUT);
  return step::blocked;
}

tls_link::step tls_link::write(std::string_view bytes) {
  const int got = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (got > 0) {
    wait_for(EPOLLIN);
    return step::done;
  }
  if (SSL_get_error(ssl_.get(), got) != SSL_ERROR_WANT_WRITE)
    return fail();
  wait_for(EPOLLIN | EPOLLOUT);
  return step::blocked;
}

tls_link::step tls_link::read(std::string_view& out, std::size_t most) {
  static thread_local std::array<char, 16384> buffer;
  const auto room = static_cast<int>(std::min(most, buffer.size()));
  const int got = SSL_read(ssl_.get(), buffer.data(), room);
  if (got > 0) {
    out = {buffer.data(), static_cast<std::size_t>(got)};
    return step::done;
  }
  return SSL_get_error(ssl_.get(), got) == SSL_ERROR_WANT_READ ? step::blocked : fail();
}

tls_link::step tls_link::write_raw(std::string_view bytes) {
  const auto got = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (got < 0 && !would_block())
    return fail();
  wait_for(EPOLLIN);
  return step::done;
}

tls_link::step tls_link::read_raw() {
  std::array<char, 512> dropped;
  const auto got = ::recv(descriptor_, dropped.data(), dropped.size(), 0);
  if (got > 0)
    return step::done;
  return got < 0 && would_block() ? step::blocked : fail();
}

}  // namespace glados::load
