// Which seeds a property test runs.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <utility>

namespace glados::testing {

/// First and one past the last. GLADOS_SEED runs that one alone, GLADOS_SEEDS so many.
inline std::pair<std::uint64_t, std::uint64_t> seeds(std::uint64_t usually) {
  if (const char* one = std::getenv("GLADOS_SEED")) {
    const auto seed = std::strtoull(one, nullptr, 10);
    return {seed, seed + 1};
  }
  const char* many = std::getenv("GLADOS_SEEDS");
  return {1, 1 + (many ? std::strtoull(many, nullptr, 10) : usually)};
}

}  // namespace glados::testing
