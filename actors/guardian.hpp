// What becomes of an actor that ended unasked: CAF has no supervision tree, so whoever spawns an
// actor monitors it and asks the guardian.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "actors/node_context.hpp"

namespace glados::actors {

/// Restart policy of one kind of actor; the rows stand in guardian.cpp.
struct restart_rule {
  std::string_view actor;
  std::size_t most = 0;               ///< restarts …
  std::chrono::seconds within{0};     ///< … in this span; one more and the node gives up
  std::chrono::milliseconds wait{0};  ///< before the restart
};

/// Counts restarts and judges the next. Owned and used by one actor that spawns others (the member
/// agent, the keeper of errands); pure but for the observer it tells.
class guardian {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  explicit guardian(actor_observer& observer) : observer_(observer) {}

  /// `actor` number `which` ended unasked at `now`: after which wait to spawn it again, or none
  /// when that was once too often. Kinds without a row are never spawned again.
  std::optional<std::chrono::milliseconds> restart_after(std::string_view actor,
                                                         std::uint32_t which, time_point now);

 private:
  actor_observer& observer_;
  std::map<std::pair<std::string_view, std::uint32_t>, std::deque<time_point>> past_;
};

}  // namespace glados::actors
