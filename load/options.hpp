// What one run of `glados load` is to do. Plain data, checked by whoever made it.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "load/errand.hpp"
#include "load/keys.hpp"
#include "load/link.hpp"
#include "load/misbehaviour.hpp"
#include "load/pause.hpp"
#include "workload/traffic.hpp"

namespace glados::load {

/// Where a sandbox keeps the messages that carry codes: an admin listener, as an operator.
struct outbox_options {
  place at;
  std::string certificate, key;
};

struct options {
  std::vector<place> places;  ///< connections go to each in turn
  std::string authority;      ///< PEM file

  // Who calls: one caller by files, or a folder of many.
  std::string certificate, key, token_file, client_file;
  std::string callers;

  // What for.
  purpose_mix mix{purpose::request};
  std::optional<workload::traffic> traffic;  ///< instead of the mix: a scenario
  std::string path = "/v1/lookup", method = "POST", body;
  std::optional<key_space> numbers;      ///< of lookup and find
  std::optional<key_space> provable;     ///< of verify and guess: one after the other
  std::optional<outbox_options> outbox;  ///< where the codes are; needed by verify
  pause_law thinking;                    ///< closed loop: between two errands of a connection
  pause_law typing;                      ///< between a code's arrival and its check

  // How.
  unsigned connections = 32, threads = 1;
  std::uint64_t requests_each = 0;  ///< then a connection is made anew; 0: it is kept
  double rate = 0;                  ///< errands a second; 0: closed loop
  bool poisson = false;
  double duration = 10;  ///< seconds; not used when `requests` is set
  double warm_up = 0;    ///< seconds of the same load before, not counted
  std::uint64_t requests = 0;
  double timeout = 10;  ///< seconds for one answer, and for a handshake
  std::uint64_t seed = 1;

  std::array<unsigned, misbehaviour_count> misbehaving{};  ///< connections of each kind
  double misbehaving_pause = 0.1;                          ///< seconds between two tries of one

  std::vector<int> pids;  ///< server processes whose CPU time is taken
};

}  // namespace glados::load
