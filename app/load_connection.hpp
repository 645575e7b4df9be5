// One keep-alive HTTPS connection that carries one request at a time, without blocking.
#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>

#include "app/load_response.hpp"

namespace glados::app {

/// Where to connect. Made once by the run, read by every connection.
struct load_target {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  std::string host;  ///< name or address that the server's certificate must carry
};

/// Owned by a load worker and used by its thread alone. Registers itself with the worker's epoll
/// set (user data: this). Ends with its destructor, or with `close` until the next `open`.
class load_connection {
 public:
  enum class state : std::uint8_t { closed, connecting, handshaking, idle, waiting };
  enum class event : std::uint8_t { none, ready, answered, failed, malformed };

  load_connection(SSL_CTX* context, const load_target& target, int poller)
      : context_(context), target_(target), poller_(poller) {}
  ~load_connection() { close(); }
  load_connection(const load_connection&) = delete;
  load_connection& operator=(const load_connection&) = delete;

  /// Starts connecting at `now` (ns). False when not even that is possible.
  bool open(std::uint64_t now);
  void close();

  /// Sends `text()`; the connection must be idle. False when the connection broke.
  bool send(std::uint64_t intended, std::uint64_t now);

  /// Its descriptor is ready. `ready`: the handshake is over; `answered`: see `reader`; `failed`
  /// and `malformed`: it is closed now, and `was` tells what it was doing.
  event on_ready();

  state at() const { return at_; }
  state was() const { return was_; }
  const response_reader& reader() const { return reader_; }
  std::uint64_t intended() const { return intended_; }
  /// When the request was sent, or connecting began.
  std::uint64_t since() const { return since_; }
  /// The request, ready to be sent; its owner changes the identifier in place.
  std::string& text() { return text_; }

 private:
  event fail(event how);
  event shake_hands();
  event receive();
  bool write();
  void wait_for(std::uint32_t events);

  SSL_CTX* context_;
  const load_target& target_;
  int poller_;
  int fd_ = -1;
  std::uint32_t waited_ = 0;
  state at_ = state::closed, was_ = state::closed;
  bool unwritten_ = false;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
  std::uint64_t intended_ = 0, since_ = 0;
  std::string text_;
  response_reader reader_;
};

}  // namespace glados::app
