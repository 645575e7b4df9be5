// How much is done, by how many, about what: the part of a scenario that a simulation and a load on
// a real service have in common. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "workload/draw.hpp"

namespace glados::workload {

/// From `low` to `high`, both included.
struct range {
  std::int64_t low = 0, high = 0;
};

/// What providers and users set out to do.
enum class action : std::uint8_t {
  lookup,    ///< who has this identifier?
  opening,   ///< a user proves one: a verification, then its code
  guess,     ///< wrong codes in a row
  decision,  ///< what becomes of the others after a proof
  removal,   ///< of a mapping of one's own
  restore,   ///< of a mapping that somebody's change took
  report,    ///< of such a change
  row,       ///< of a bulk job
  repeat,    ///< an opening of unknown outcome, under its key
  token,     ///< one is issued, revoked, or used
};
inline constexpr std::size_t action_count = 10;

constexpr std::string_view to_string(action what) {
  constexpr std::array<std::string_view, action_count> names{
      "lookup",  "opening", "guess", "decision", "removal",
      "restore", "report",  "row",   "repeat",   "token"};
  return names[static_cast<std::size_t>(what)];
}

/// As a scenario writes it. Each number is a range; a seed draws from it.
struct ranges {
  range providers{2, 4};
  range identifiers{3, 24};
  range calls_per_second{4, 24};
  range contested{50, 50};  ///< percent of the calls that are about the first three identifiers
  // Shares of the calls.
  range lookups{44, 44};
  range openings{16, 16};
  range guesses{4, 4};
  range decisions{8, 8};
  range removals{4, 4};
  range restores{3, 3};
  range reports{2, 2};
  range rows{6, 6};
  range repeats{5, 5};
  range tokens{4, 4};
};

/// What one seed makes of them.
struct traffic {
  unsigned providers = 2, identifiers = 3, calls_per_second = 4;
  unsigned contested = 0;  ///< percent
  std::array<unsigned, action_count> shares{};

  unsigned share_of(action what) const { return shares[static_cast<std::size_t>(what)]; }
  unsigned all_shares() const;
};

traffic draw_traffic(const ranges& from, draw& chance);

}  // namespace glados::workload
