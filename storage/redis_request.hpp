// A command on its way through the client.
#pragma once

#include <chrono>
#include <cstdint>

#include "storage/redis_client.hpp"

namespace glados::storage {

/// `done` is taken when the command ends; what stays until hiredis has answered is only a mark of
/// its place in the order of answers.
struct redis_request {
  using clock = std::chrono::steady_clock;

  redis_command command;
  answer_handler done;
  clock::time_point sent_at{};
  clock::time_point deadline{};
  std::uint32_t tries = 0;  ///< how often it was sent elsewhere
  bool counted = false;     ///< a caller's, not the client's own
  bool reloaded = false;    ///< its script was loaded once already
  bool repeated = false;    ///< its connection broke once already
  bool asking = false;      ///< goes behind ASKING
  bool covered = false;     ///< its answer counts only after WAIT
  std::uint64_t wait = 0;   ///< not zero: this is a WAIT, and its number
};

/// How a command ends that was sent and has no answer: only a write is in doubt.
inline redis_answer unanswered(const redis_request& what) {
  return {what.command.write ? errc::outcome_unknown : errc::storage_unavailable};
}

}  // namespace glados::storage
