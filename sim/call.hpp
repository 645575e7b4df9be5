// One call of a provider, from the moment it is sent until its answer, or until nobody waits for
// one any more.
#pragma once

#include <cstdint>
#include <string>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"
#include "sim/timeline.hpp"

namespace glados::sim {

enum class deed : std::uint8_t {
  lookup,
  open,
  check,
  decide,
  remove,
  report,
  rows,
  issue_token,
  use_token,
  revoke_token,
};

inline constexpr std::size_t deed_count = 10;

constexpr std::string_view to_string(deed what) {
  constexpr std::array<std::string_view, deed_count> names{
      "lookup", "open", "check",       "decide",    "remove",
      "report", "rows", "issue token", "use token", "revoke token"};
  return names[static_cast<std::size_t>(what)];
}

/// Identifiers and providers are numbers, tokens too.
struct call {
  std::uint64_t number = 0;
  deed what = deed::lookup;
  unsigned node = 0;
  unsigned provider = 0;
  unsigned who = 0;     ///< the identifier
  std::string subject;  ///< verification, change or report
  std::uint32_t salt = 0;
  decision choice = decision::keep;
  std::uint64_t token = 0;
  bool probe = false;  ///< after everything healed

  moment asked_at = 0, answered_at = 0;
  std::uint64_t asked = 0, answered = 0;  ///< places in the run's one order of what happened
  instant clock_low, clock_high;  ///< what the nodes' clocks showed meanwhile, at the outside
  unsigned answers = 0;
  bool abandoned = false;  ///< its node died, or the caller's patience ended

  errc code = errc::none;
  std::string found_provider, found_user;  ///< lookup
  bool compared = false;                   ///< check
  mapping_view mapping;                    ///< check, decide
  std::uint32_t written = 0;               ///< rows that were created
};

/// What a provider's caller is told with 5xx: it may try again.
constexpr bool is_failure(errc code) {
  return code == errc::overloaded || code == errc::storage_unavailable ||
         code == errc::outcome_unknown || code == errc::internal || code == errc::moved ||
         code == errc::fenced || code == errc::deadline || code == errc::stale_version;
}

/// Whether a change may have happened although it was not acknowledged.
constexpr bool is_unknown(errc code) {
  return code == errc::outcome_unknown || code == errc::deadline || code == errc::internal;
}

}  // namespace glados::sim
