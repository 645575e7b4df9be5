// How to reach Redis, and how the owner of a connection hears of its state.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace glados::storage {

struct redis_options {
  std::string unix_socket;  ///< wins over host and port when not empty
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string user;      ///< ACL user; empty: the default user
  std::string password;  ///< empty: no AUTH
  /// From `send` to the answer, time in the queue included.
  std::chrono::milliseconds command_timeout{1000};
  /// From connect to the answer of the first PING.
  std::chrono::milliseconds connect_timeout{1000};
  /// Wait between two attempts to connect: doubles between these, each with up to half of jitter.
  std::chrono::milliseconds backoff_first{20};
  std::chrono::milliseconds backoff_most{1000};
  /// An idle connection is tried this often.
  std::chrono::milliseconds ping_interval{1000};
  /// Commands that wait for their answer, sent or not; more are refused at once.
  std::size_t queue_limit = 20'000;
  /// Commands sent without an answer. Those beyond wait unsent, so that their outcome stays known.
  std::size_t in_flight_limit = 2'000;
};

/// Called on the I/O thread; must be short and must not throw. Empty ones are skipped.
struct redis_observer {
  std::function<void(bool up)> connection;
  std::function<void(std::chrono::microseconds)> latency;  ///< of each answered command
  /// First word of an error answer, such as LOADING or NOPERM.
  std::function<void(std::string_view word)> error_answer;
};

}  // namespace glados::storage
