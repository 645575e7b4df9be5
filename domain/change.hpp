// What is kept of a change that took a mapping, or its preference, from somebody: enough to tell
// everybody concerned, and to put things back for whoever proves within the restore window that it
// should not have been (api.md section 6). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"

namespace glados {

/// So long after a change its loss can be restored by fresh proof.
inline constexpr std::chrono::hours restore_window{7 * 24};
/// So long a change is kept, and can be reported.
inline constexpr std::chrono::hours changes_kept{30 * 24};

enum class change_kind : std::uint8_t { replaced, preferred };

/// One provider's loss.
struct displaced_mapping {
  std::string provider_id;
  std::uint32_t salt = 0;
  std::string user;            ///< sealed, as in the mapping
  bool removed = false;        ///< else only the preference is gone
  std::uint64_t sequence = 0;  ///< of the notice about it
  instant restore_until;
};

/// One change. It stands in the shard of its record, under an id that names the shard.
struct change_record {
  std::string id;
  std::uint64_t version = 0;  ///< 0: not stored yet
  sii_key key;
  std::uint8_t index_version = 0;  ///< how many layers `key` has: a rotation may rename the record
  std::string by_provider;
  std::uint32_t by_salt = 0;  ///< the mapping that won
  instant at;
  change_kind kind = change_kind::replaced;
  std::vector<mapping> before;  ///< all claims on the SII
  std::vector<displaced_mapping> displaced;
  std::map<std::string, std::string> reports;  ///< by reporter: id of its report
};

/// The record of a decision that was made: `id`, `key`, `index_version`, `by_provider` and `at` are
/// the caller's; `before` is what the decision was made over.
change_record describe(change_record of, const directory_record& before,
                       const decision_outcome& made, decision what);

/// One notice to each displaced mapping's provider, in the order of the record.
std::vector<event> notices_of(const change_record& change, shard_id shard);

/// CAF prints messages that nobody handled; these types must not tell what they hold.
inline std::string to_string(const change_record&) { return "[change]"; }

}  // namespace glados
