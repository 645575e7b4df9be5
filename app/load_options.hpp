// What one run of `glados load` is to do, and what it found. Plain data.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "app/load_histogram.hpp"
#include "app/load_keys.hpp"

namespace glados::app {

/// One node that is asked.
struct load_place {
  std::string host, port;
};

struct load_options {
  std::vector<load_place> places;  ///< connections go to each in turn
  std::string path = "/v1/lookup";
  std::string method = "POST";
  std::string certificate, key, authority;  ///< PEM files
  std::string token;                        ///< bearer token, empty: none
  std::string body;                         ///< the same for every request, unless `numbers` is set
  std::optional<key_space> numbers;
  unsigned connections = 32, threads = 1;
  double rate = 0;       ///< requests a second; 0: closed loop
  double duration = 10;  ///< seconds; not used when `requests` is set
  double warm_up = 0;    ///< seconds of the same load before, not counted
  std::uint64_t requests = 0;
  double timeout = 10;  ///< seconds for one answer, and for a handshake
  std::uint64_t seed = 1;
  std::vector<int> pids;  ///< server processes whose CPU time is taken
  bool json = false;
};

/// Found by one thread, then merged. Whatever was to start within the measured time is in here.
struct load_result {
  latency_histogram latency;  ///< answered, timed out and never sent ones
  std::array<std::uint64_t, 600> by_status{};
  std::uint64_t answered = 0;
  std::uint64_t closed = 0;     ///< connection ended before the answer did
  std::uint64_t timed_out = 0;  ///< no answer within the timeout
  std::uint64_t malformed = 0;  ///< not an HTTP answer
  std::uint64_t unsent = 0;     ///< fixed rate: due, but no connection was free until the end
  std::uint64_t reconnects = 0;
  double client_cpu = 0;  ///< seconds of the generating threads
  double seconds = 0;     ///< from the first intended start to the last answer

  void merge(const load_result& other);
};

}  // namespace glados::app
