// The daily budget of lookups as all nodes share it, and how a node leases a part of it. Pure
// arithmetic; storage/scripts/lease.lua does the same in Redis, in one step, with the same numbers
// (doubles that hold whole microseconds), so the two agree to the unit.
//
// The budget is a generic cell rate algorithm with a burst of one day: its state is one instant,
// the theoretical arrival time (TAT). What is spent lies between now and TAT, a day of it is the
// whole budget. No span of t seconds grants more than budget x (1 + t / 86,400): a grant moves TAT
// on by its price rounded up, a return moves it back by the price rounded down.
//
// Nodes hold leased units only within a bound over all of them, so that a refusal anywhere means
// that all but 2 units, or 1 % of the budget, were spent. None leases above half of what the
// others leave of the bound, but always 2 if they are there: the next one would have to ask for
// each lookup until the first one asks again, which takes ten seconds. Units of a node that
// crashed stay spent.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

#include "domain/ids.hpp"

namespace glados {

inline constexpr std::chrono::seconds lookup_window{86'400};

/// A lease that its node has not renewed for so long counts among the held ones no more.
inline constexpr std::chrono::seconds lease_lifetime{30};

/// Most units that all nodes together may hold unspent.
constexpr std::uint64_t lease_bound(std::uint64_t budget) {
  const std::uint64_t share = budget / 100;
  return budget == 0 ? 0 : share < 2 ? 2 : share;
}

/// The budget as a node knows it. Of two nodes the one that read the provider's record in a newer
/// version is right; within a version the budget moves with users and standing.
struct budget_terms {
  std::uint64_t budget = 0;
  std::uint64_t version = 0;
  bool fixed = false;  ///< an operator's override, not the product

  friend bool operator==(const budget_terms&, const budget_terms&) = default;
};

/// What the provider's slot keeps.
struct lookup_account {
  std::int64_t tat = 0;  ///< microseconds
  budget_terms terms;
  struct holding {
    std::uint64_t units = 0;
    std::int64_t until = 0;  ///< microseconds
  };
  std::map<std::string, holding> held;  ///< by node
};

/// A node's turn: what it gives back, what it has left, what it would like.
struct lease_request {
  std::string node;
  budget_terms terms;
  std::uint64_t returned = 0;
  std::uint64_t returned_budget = 0;  ///< under which these were granted
  std::uint64_t held = 0;             ///< what it still holds unspent
  std::uint64_t wanted = 0;           ///< for requests that wait; spent at once, so not held
  bool hold = true;                   ///< also as much to hold as it may
};

struct lease_grant {
  std::uint64_t granted = 0;  ///< at most `wanted` and what may be held besides
  std::uint64_t limit = 0;    ///< what this node may hold; above it: give back
  std::uint64_t budget = 0;   ///< in force
  std::int64_t tat = 0;       ///< after this; for `units_left`
  instant at;                 ///< when, by storage's clock, which a node's may be behind
};

/// Takes back, adopts newer terms, grants. Terms change what is spent so:
/// - by users or standing, or to a larger override: as many units stay spent as were;
/// - to a smaller budget by an operator's override: the same share of it is spent as was before.
///   (Whoever had used 3,000 of a million and is cut to 100 must not wait a month.)
lease_grant lease(lookup_account& account, const lease_request& ask, instant now);

/// Units that could be granted at `now`.
std::uint64_t units_left(std::uint64_t budget, std::int64_t tat, instant now);

/// How long until so many can be; a window if that is more than the whole budget.
std::chrono::microseconds wait_for_units(std::uint64_t budget, std::int64_t tat, instant now,
                                         std::uint64_t units);

}  // namespace glados
