// One TLS connection to the service, without blocking.
#pragma once

#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "load/callers.hpp"
#include "load/poller.hpp"

namespace glados::load {

/// One node that is asked, as it was written.
struct place {
  std::string host, port;
  /// For the head of a request.
  std::string authority() const;
};

/// Where to connect. Made once by the run, read by every connection.
struct target {
  sockaddr_storage address{};
  socklen_t address_size = 0;
  std::string host;       ///< name or address that the server's certificate must carry
  std::string authority;  ///< for the head of a request
};

/// Looks the host up. Throws std::runtime_error.
target find_target(const place& at);

/// What all connections of a run share: trusted authorities (a PEM file), versions. Certificates
/// come from each connection's identity. Throws std::runtime_error.
std::shared_ptr<SSL_CTX> make_context(const std::string& authority_file);

/// Owned by a connection and used by its thread alone; wakes `owner`. Ends with its destructor, or
/// with `close` until the next `open`.
class tls_link {
 public:
  enum class step : std::uint8_t { blocked, done, broken };

  tls_link(SSL_CTX* context, poller& waits, wakeable& owner)
      : context_(context), poller_(waits), owner_(owner) {}
  ~tls_link() { close(); }
  tls_link(const tls_link&) = delete;
  tls_link& operator=(const tls_link&) = delete;

  /// Starts connecting. `receive_buffer`: bytes that the kernel takes for a reader who does not
  /// read; 0: as it likes. `to` and `who` outlive the connection.
  bool open(const target& to, const identity& who, int receive_buffer = 0);
  void close();
  /// Ends it with a reset instead of a farewell.
  void reset();
  bool is_open() const { return descriptor_ >= 0; }

  /// After `open`, whenever it is ready: done once the handshake is over, of which `connected` only
  /// waits for the first half. A broken one is closed.
  step shake_hands();
  /// The TCP connection alone: to write bytes that are not TLS.
  step connected();

  step write(std::string_view bytes);
  /// At least one byte is `done`; they are in `out`, which is valid until the next call on this
  /// thread. At most `most` bytes.
  step read(std::string_view& out, std::size_t most = 16384);
  /// Below TLS.
  step write_raw(std::string_view bytes);
  step read_raw();

  void wait_for(std::uint32_t events);

 private:
  step fail();

  SSL_CTX* context_;
  poller& poller_;
  wakeable& owner_;
  const target* to_ = nullptr;
  const identity* who_ = nullptr;
  int descriptor_ = -1;
  std::uint32_t waited_ = 0;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, &SSL_free};
};

}  // namespace glados::load
