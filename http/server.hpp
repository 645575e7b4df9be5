// A TLS listener with its workers: our acceptor and framing around Pistache's reactor and
// transport. Several servers live in one process (provider, admin), each with workers of its own.
//
// Life: construct (reads the certificate files, throws std::runtime_error if they are unusable) →
// start() → reload()* → drain() or stop(). The owner's thread calls these; `counters` and `port`
// may be called from any thread. The handler runs on a worker's thread, must not block, and answers
// through the exchange, at once or later.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "http/counters.hpp"
#include "http/exchange.hpp"
#include "http/message.hpp"
#include "http/tls_files.hpp"
#include "http/worker.hpp"

namespace glados::http {

/// Whether and how far a request's body is read, judged by its head.
struct body_permit {
  enum class verdict : std::uint8_t {
    read,    ///< up to `limit`
    wait,    ///< nothing is read until `exchange::judge_again`
    refuse,  ///< answered with `code`, and closed
  };
  verdict what = verdict::read;
  std::size_t limit = 0;
  errc code = errc::none;
  std::string_view detail;  ///< a literal of ours
};

/// Limits and deadlines of one server. Every one has a row in the configuration.
struct server_options {
  std::string name = "http";  ///< thread names and TLS session context; differs per server
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;  ///< 0: any free one
  std::size_t threads = 2;

  std::size_t max_connections = 10'000;
  std::size_t max_handshakes = 1'000;            ///< over it the oldest unfinished is given up
  std::size_t max_handshakes_per_address = 100;  ///< over it the new one is closed
  std::size_t head_limit = 16 * 1024;            ///< bytes of request line and headers
  std::size_t body_limit = 64 * 1024;            ///< bytes, unless `permit_body` says otherwise

  std::chrono::milliseconds handshake_deadline{10'000};
  std::chrono::milliseconds idle_deadline{75'000};       ///< between two requests
  std::chrono::milliseconds header_deadline{10'000};     ///< first byte to end of head
  std::chrono::milliseconds body_deadline{30'000};       ///< end of head to end of body
  std::chrono::milliseconds request_deadline{35'000};    ///< for the handler to answer
  std::chrono::milliseconds write_deadline{20'000};      ///< for a client to take a response, plus
  std::size_t slow_reader_bytes_per_second = 64 * 1024;  ///< ... its size at this rate
  std::chrono::milliseconds linger_deadline{2'000};      ///< dropping input after the last answer
  std::chrono::milliseconds drain_idle_grace{500};       ///< idle connections live on in a drain

  /// Judges the head of a request that has a body (which is still empty); empty: `body_limit`.
  std::function<body_permit(const request& head, const exchange& here)> permit_body;
  problem_maker framing_problem = &bare_problem;
};

class server {
 public:
  using handler = std::function<void(exchange, const request&)>;

  server(server_options options, tls_files files, handler on_request,
         pinned_lookup pinned = nullptr);
  ~server();  ///< stops if it still runs
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Binds, listens, starts the threads. Throws std::runtime_error if the address is not free.
  void start();
  std::uint16_t port() const;  ///< after start()

  /// Reads certificate, key, CA and CRL anew and changes the ticket keys; open connections go on.
  /// Returns false and keeps the old ones if a file is unusable; `why` then says which.
  bool reload(std::string* why = nullptr);
  bool reload(tls_files files, std::string* why = nullptr);

  /// Accepts no more, lets requests in flight finish (each answer closes its connection), then
  /// stops. Returns true if everything finished before the deadline.
  bool drain(std::chrono::milliseconds deadline);
  void stop();  ///< closes everything at once

  std::size_t workers() const;
  worker& worker_at(std::size_t index);  ///< valid from construction to destruction
  server_counters counters() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

/// Once a process, before any thread: ignores SIGPIPE and raises the descriptor limit to the hard
/// limit. Servers call it themselves.
void prepare_process();

}  // namespace glados::http
