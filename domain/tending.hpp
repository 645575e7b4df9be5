// What becomes of a record by the passing of time alone; asked by the shard's sweep. Pure.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "domain/mapping.hpp"

namespace glados {

/// Whether a provider was terminated. Empty: none was.
using ended_provider = std::function<bool(const std::string&)>;

/// `changed` false: there was nothing to do, and the rest says nothing.
struct tending_outcome {
  bool changed = false;
  directory_record next;
  std::vector<user_count_change> counts;
  /// Claims whose proof has become old, with the sequence of the notice that their provider gets.
  std::vector<mapping> due;
};

/// - Decision windows that have passed are settled: silence means `keep`.
/// - A settled claim whose proof is `fresh_for` old or older is due for a new one, once: from then
///   on it counts half until it is proven again. Lookups go on. Asserted claims have no proof.
/// - Claims of providers that have ended are removed; the next one is preferred. Nobody is told:
///   nobody else did it, and the provider is gone.
tending_outcome tend(const directory_record& record, instant now,
                     std::chrono::microseconds fresh_for, const ended_provider& ended = {});

}  // namespace glados
