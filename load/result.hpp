// What a run found. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "load/errand.hpp"
#include "load/histogram.hpp"
#include "load/misbehaviour.hpp"
#include "load/series.hpp"
#include "workload/traffic.hpp"

namespace glados::load {

/// Of one operation, or of all. Whatever was to start within the measured time is in here.
struct tally {
  latency_histogram latency;  ///< answered, timed out and never sent ones
  std::array<std::uint64_t, 600> by_status{};
  std::uint64_t answered = 0;
  std::uint64_t closed = 0;     ///< connection refused, or ended before the answer did
  std::uint64_t timed_out = 0;  ///< no answer within the timeout
  std::uint64_t malformed = 0;  ///< not an HTTP answer
  std::uint64_t unsent = 0;     ///< open loop: due, but no connection was free until the end

  void merge(const tally& other);
};

/// Found by one thread, then merged.
struct result {
  std::array<tally, operation_count> operations;
  std::uint64_t reconnects = 0;     ///< connections that were lost and made anew
  std::uint64_t codes_missing = 0;  ///< verify: no code came within five seconds
  /// Of a scenario: what nobody could do, for want of something that it could be about.
  std::array<std::uint64_t, workload::action_count> not_done{};
  latency_histogram handshakes;  ///< of connections that were made while measuring
  double client_cpu = 0;         ///< seconds of the generating threads
  double seconds = 0;            ///< from the first intended start to the last answer

  void merge(const result& other);
  tally all() const;
};

/// What became of the tries of one kind of misbehaviour.
struct misbehaviour_result {
  unsigned connections = 0;
  std::uint64_t tries = 0;
  std::map<int, std::uint64_t> by_status;  ///< answers of the server
  std::uint64_t ended = 0;                 ///< ended by the server without an answer
  std::uint64_t unreachable = 0;           ///< not even connected
};

struct outcome {
  result found;
  std::array<misbehaviour_result, misbehaviour_count> misbehaved;
  interval_series over_time;
  std::size_t callers = 0, callers_used = 0;
  double server_cpu = -1;  ///< seconds over the counted time; below 0: nobody asked
};

}  // namespace glados::load
