// What a server counts. Each group is written by one thread only (a worker or the acceptor) and may
// be read by any; sums over groups are taken when somebody asks (server::counters).
#pragma once

#include <atomic>
#include <cstdint>

namespace glados::http {

/// A number with one writing thread: no locked instruction, no torn read.
class tally {
 public:
  void add(std::uint64_t amount = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  void sub(std::uint64_t amount = 1) { add(-amount); }
  std::uint64_t get() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

struct alignas(64) worker_counters {
  tally connections;         ///< open now
  tally requests;            ///< handed to the handler
  tally requests_in_flight;  ///< not yet answered
  tally refused;             ///< answered by the framing layer
  tally late;                ///< answered by the request deadline
  tally exceptions;          ///< thrown by handlers and tasks
  tally dropped_slow;        ///< closed by an idle, header, body or write deadline
  tally bytes_in;
  tally bytes_out;
};

struct alignas(64) acceptor_counters {
  tally accepted;
  tally refused_address;  ///< too many unfinished handshakes of one address
  tally refused_total;    ///< too many connections
  tally evicted;          ///< oldest unfinished handshake given up for a new one
  tally handshakes_ok;
  tally handshakes_resumed;
  tally handshakes_failed;
  tally handshakes_timed_out;
  tally handshakes_in_flight;
};

/// A snapshot of everything a server counts.
struct server_counters {
  std::uint64_t accepted = 0, refused_address = 0, refused_total = 0, evicted = 0;
  std::uint64_t handshakes_ok = 0, handshakes_resumed = 0, handshakes_failed = 0;
  std::uint64_t handshakes_timed_out = 0, handshakes_in_flight = 0;
  std::uint64_t connections = 0, requests = 0, requests_in_flight = 0, refused = 0, late = 0;
  std::uint64_t exceptions = 0, dropped_slow = 0, bytes_in = 0, bytes_out = 0;
};

}  // namespace glados::http
