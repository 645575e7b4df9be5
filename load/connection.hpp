// One HTTPS connection that carries one request at a time, without blocking.
#pragma once

#include <cstdint>
#include <string_view>

#include "load/link.hpp"
#include "load/response.hpp"

namespace glados::load {

/// Owned by a load worker and used by its thread alone.
class connection {
 public:
  enum class state : std::uint8_t { closed, connecting, idle, waiting };
  enum class event : std::uint8_t { none, ready, answered, failed, malformed };

  connection(SSL_CTX* context, poller& waits, wakeable& owner) : link_(context, waits, owner) {}

  /// Starts connecting at `now` (ns). False when not even that is possible.
  bool open(const target& to, const identity& who, std::uint64_t now);
  void close();

  /// Sends `text`, which stays as it is until the answer; the connection must be idle. False when
  /// the connection broke. `keep_body`: the answer's body will be asked for.
  bool send(std::string_view text, std::uint64_t now, bool keep_body = false);

  /// Its descriptor is ready. `ready`: the handshake is over; `answered`: see `reader`; `failed`
  /// and `malformed`: it is closed now, and `was` tells what it was doing.
  event on_ready();

  state at() const { return at_; }
  state was() const { return was_; }
  const response_reader& reader() const { return reader_; }
  /// When the request was sent, or connecting began.
  std::uint64_t since() const { return since_; }
  /// Requests sent since it was opened.
  std::uint64_t used() const { return used_; }

 private:
  event fail(event how);
  event receive();
  bool write();

  tls_link link_;
  state at_ = state::closed, was_ = state::closed;
  bool unwritten_ = false;
  std::uint64_t since_ = 0, used_ = 0;
  std::string_view text_;
  response_reader reader_;
};

}  // namespace glados::load
