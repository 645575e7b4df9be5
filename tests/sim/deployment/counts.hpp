// How many seeds a test of the simulation runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

namespace glados::testing {

/// `fully` with GLADOS_TEST_FULL, else `usually`, divided by GLADOS_FEWER_SEEDS: sanitizers make a
/// seed ten times as slow.
inline std::uint64_t count_of_seeds(std::uint64_t usually, std::uint64_t fully) {
  if (std::getenv("GLADOS_TEST_FULL") != nullptr)
    return fully;
  const char* fewer = std::getenv("GLADOS_FEWER_SEEDS");
  const auto part = std::max(1ull, fewer != nullptr ? std::strtoull(fewer, nullptr, 10) : 1ull);
  return std::max<std::uint64_t>(1, usually / part);
}

}  // namespace glados::testing
