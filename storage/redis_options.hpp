// How to reach Redis, and how the owner of a connection hears of its state.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/redirection.hpp"

namespace glados::storage {

struct redis_options {
  /// Some processes of a Redis Cluster, "host:port" each; the others are learnt from them. When not
  /// empty, the three below are not used.
  std::vector<std::string> seeds;
  std::string unix_socket;  ///< wins over host and port when not empty
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string user;      ///< ACL user; empty: the default user
  std::string password;  ///< empty: no AUTH
  /// From `send` to the answer, time in the queue included.
  std::chrono::milliseconds command_timeout{2000};
  /// From connect to the answer of the first PING.
  std::chrono::milliseconds connect_timeout{1000};
  /// Wait between two attempts to connect: doubles between these, each with up to half of jitter.
  std::chrono::milliseconds backoff_first{20};
  std::chrono::milliseconds backoff_most{1000};
  /// An idle connection is tried this often.
  std::chrono::milliseconds ping_interval{1000};
  /// A whole cluster is asked this often who owns what; one that is not, all the time.
  std::chrono::milliseconds topology_interval{1000};
  /// Writes count only when a replica has them.
  bool replicated = false;
  /// How long a replica may take; less than command_timeout.
  std::chrono::milliseconds replica_wait{1500};
  /// Commands that wait for their answer, sent or not; more are refused at once.
  std::size_t queue_limit = 20'000;
  /// The same for one process, so that one that is away does not take the room of all.
  std::size_t node_queue_limit = 20'000;
  /// Commands sent to one process without an answer. Those beyond wait unsent, so that their
  /// outcome stays known.
  std::size_t in_flight_limit = 2'000;
};

/// `connection`: whether every slot can be reached.
/// Called on the I/O thread; must be short and must not throw. Empty ones are skipped.
struct redis_observer {
  std::function<void(bool up)> connection;
  std::function<void(std::chrono::microseconds)> latency;  ///< of each answered command
  /// First word of an error answer, such as LOADING or NOPERM.
  std::function<void(std::string_view word)> error_answer;
  /// A command was sent elsewhere, or later, without having been executed.
  std::function<void(next_try::kind)> redirected;
  /// No replica had what was written in time.
  std::function<void()> wait_failed;
};

/// One process, for metrics and operators.
struct redis_node_figures {
  std::string address;
  bool primary = false, up = false;
  std::size_t slots = 0;
  std::size_t queue = 0;  ///< commands without an answer
  std::uint64_t answers = 0;
  std::chrono::microseconds latency{0};  ///< of all answers together
  /// How long its replica took for what was written last, or for how long none has answered;
  /// negative while nothing was waited for.
  std::chrono::microseconds lag{-1};
};

/// What is known of the cluster; of plain Redis one process and every slot.
struct redis_view {
  std::uint64_t epoch = 0;    ///< the highest configuration epoch of any slot
  std::size_t covered = 0;    ///< slots with a known owner
  std::size_t processes = 0;  ///< replicas included
};

}  // namespace glados::storage
