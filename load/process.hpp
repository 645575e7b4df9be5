// What the server's processes cost.
#pragma once

#include <optional>
#include <vector>

namespace glados::load {

/// CPU seconds (user and system, all threads, not those of ended children) that the processes used
/// so far, to a clock tick (10 ms). Nothing when one of them does not exist.
std::optional<double> cpu_seconds_of(const std::vector<int>& pids);

}  // namespace glados::load
