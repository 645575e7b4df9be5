// How long users think and type.
#pragma once

#include <optional>
#include <string_view>

#include "workload/draw.hpp"

namespace glados::load {

/// How long a user thinks, in seconds.
struct pause_law {
  double low = 0, high = 0;  ///< equal: exponential with that mean; else uniform between them

  bool none() const { return high <= 0; }
  double draw(workload::draw& from) const {
    return low == high ? from.exponential(low) : low + (high - low) * from.uniform();
  }
};

/// "0.5": exponential with that mean; "0.2..3": uniform between. At most 3,600. Nothing when
/// malformed.
std::optional<pause_law> parse_pause(std::string_view text);

}  // namespace glados::load
