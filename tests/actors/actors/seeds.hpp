// Which seeds a property test runs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace glados::testing {

/// First and one past the last. GLADOS_SEED runs that one alone, GLADOS_SEEDS so many;
/// GLADOS_FEWER_SEEDS divides what is usual (sanitizers make a seed ten times as slow).
inline std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t usually) {
  if (const char* one = std::getenv("GLADOS_SEED")) {
    const auto seed = std::strtoull(one, nullptr, 10);
    return {seed, seed + 1};
  }
  if (const char* many = std::getenv("GLADOS_SEEDS"))
    return {1, 1 + std::strtoull(many, nullptr, 10)};
  const char* fewer = std::getenv("GLADOS_FEWER_SEEDS");
  const auto part = std::max(1ull, fewer ? std::strtoull(fewer, nullptr, 10) : 1ull);
  return {1, 1 + std::max(1ull, usually / part)};
}

}  // namespace glados::testing
