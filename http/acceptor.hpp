// Accepts connections and drives their TLS handshakes without ever waiting for a client, on one
// thread of its own with its own epoll. A finished handshake is handed over with its identity; an
// unfinished one ends at its deadline. Owned by a server; start() begins the thread, stop() ends
// it.
#pragma once

#include <netinet/in.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <list>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "http/counters.hpp"
#include "http/message.hpp"
#include "http/server.hpp"
#include "http/tls_context.hpp"

namespace glados::http {

/// A connection whose handshake is done. Whoever holds it closes the descriptor.
struct accepted_connection {
  int descriptor = -1;
  ssl_ptr tls;
  sockaddr_storage peer{};
  std::string remote_address;
  client_identity client;
};

class acceptor {
 public:
  using clock = std::chrono::steady_clock;
  using receiver = std::function<void(accepted_connection&&)>;

  /// `open_connections` counts every descriptor from accept to close, whoever holds it.
  acceptor(const server_options& options, tls_context& tls,
           std::atomic<std::size_t>& open_connections, receiver hand_over);
  ~acceptor();

  void start();  ///< throws std::runtime_error if it cannot listen
  std::uint16_t port() const { return port_; }
  /// Takes what already waits in the listen queue, then closes the listener; handshakes under way
  /// have until `grace`.
  void close_listener(std::chrono::milliseconds grace);
  void stop();
  const acceptor_counters& counters() const { return counters_; }

 private:
  struct handshake {
    accepted_connection what;
    std::string address_group;
    clock::time_point deadline;
    std::list<handshake>::iterator self;
  };
  enum class ending : std::uint8_t { handed_over, failed, timed_out, evicted };

  void listen();
  void run();
  void accept_waiting();
  void admit(int descriptor, const sockaddr_storage& peer);
  void advance(handshake& one);
  void finish(handshake& one, ending how);
  void expire(clock::time_point now);
  void pause_listener(bool pause);
  int wait_time(clock::time_point now) const;

  const server_options& options_;
  tls_context& tls_;
  std::atomic<std::size_t>& open_connections_;
  const receiver hand_over_;
  int listener_ = -1;
  int poll_ = -1;
  int wake_ = -1;
  std::uint16_t port_ = 0;
  bool paused_ = false;
  std::atomic<bool> stopping_{false};
  std::atomic<std::int64_t> closing_grace_ms_{-1};
  std::list<handshake> unfinished_;  ///< oldest first: all have the same time
  std::unordered_map<std::string, std::size_t> per_address_;
  acceptor_counters counters_;
  std::thread thread_;
};

}  // namespace glados::http
