// Where unpredictable bytes come from, and what is made of them.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace glados::crypto {

/// Port for random bytes: the operating system's in the service, a seeded one in simulations.
class random_source {
 public:
  virtual ~random_source() = default;
  /// Fills all of it or throws; never leaves a byte predictable.
  virtual void fill(std::span<std::uint8_t> out) = 0;
};

/// OpenSSL's generator. Lives for the whole process; any thread may use it concurrently.
random_source& system_random();

/// `bytes` random bytes as base64url: 32 for tokens and client secrets.
std::string random_token(random_source& random, std::size_t bytes);

/// Uniform in [0, bound); `bound` is not 0. Draws again instead of folding, so there is no bias.
std::uint32_t random_below(random_source& random, std::uint32_t bound);

/// Six decimal digits, every one of the million equally likely.
std::string random_code(random_source& random);

}  // namespace glados::crypto
