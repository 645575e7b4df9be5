// What the change log has to know of a step, and what a record of a back-up is when it comes back
// (docs/decisions/0007). Pure.
#pragma once

#include <vector>

#include "domain/mapping.hpp"

namespace glados {

/// Whether the step takes something from somebody: a claim that goes, or a preference. Brought back
/// from an older copy, that would be wrong; anything else would only be missing.
bool takes_away(const directory_record& before, const directory_record& after);

/// A record of a back-up as it is to be stored, and the users that it brings.
struct restored_record {
  directory_record record;
  std::vector<user_count_change> counts;
  /// Claims whose providers are asked for a fresh proof, with the sequence of that notice.
  std::vector<mapping> due;
};

/// `refresh`: nobody knows what was taken away since, so every proven claim counts as one whose
/// proof has become old: lookups go on, it counts half until it is proven again.
restored_record restored(const directory_record& kept, bool refresh);

}  // namespace glados
