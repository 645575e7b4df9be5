// The ways to be a bad client.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace glados::load {

enum class misbehaviour : std::uint8_t {
  slow_reader,   ///< asks for the longest answer there is many times over, reads 64 bytes at a time
  half_request,  ///< sends a head and a part of the body, then nothing
  junk,          ///< sends random bytes, by turns below TLS and within
  reset,         ///< resets the connection while the request is under way
  guess,         ///< opens a verification and tries five codes, on and on
  scrape,        ///< looks up one number after the other
};
inline constexpr std::size_t misbehaviour_count = 6;
inline constexpr unsigned most_misbehaving = 10'000;  ///< connections of one kind

constexpr std::string_view to_string(misbehaviour what) {
  constexpr std::array<std::string_view, misbehaviour_count> names{
      "slow-reader", "half-request", "junk", "reset", "guess", "scrape"};
  return names[static_cast<std::size_t>(what)];
}

/// "junk=5,scrape=1": connections of each kind. Nothing when malformed or too many.
std::optional<std::array<unsigned, misbehaviour_count>> parse_misbehaviour(std::string_view text);

}  // namespace glados::load
