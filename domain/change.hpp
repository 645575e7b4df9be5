// What is kept of a change that took a mapping, or its preference, from somebody: enough to tell
// everybody concerned, and to put things back for whoever proves within the restore window that it
// should not have been (api.md section 6). Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"
#include "domain/standing.hpp"

namespace glados {

/// So long after a change its loss can be restored by fresh proof.
inline constexpr std::chrono::hours restore_window{7 * 24};
/// So long a change is kept, and can be reported.
inline constexpr std::chrono::hours changes_kept{30 * 24};

/// A report, as its change remembers it.
struct change_report {
  std::string id;
  report_reason reason = report_reason::mistake;
  bool struck = false;  ///< its strike against `by_provider` has gone out
};

enum class change_kind : std::uint8_t { replaced, preferred, restored };

/// One provider's loss. Without `restore_until` it lost nothing: it is only told that its change
/// was undone.
struct displaced_mapping {
  std::string provider_id;
  std::uint32_t salt = 0;
  std::string user;            ///< sealed, as in the mapping
  bool removed = false;        ///< else only the preference is gone
  std::uint64_t sequence = 0;  ///< of the notice about it
  instant restore_until;
  bool restored = false;  ///< its provider has put it back, with fresh proof
};

/// One change. It stands in the shard of its record, under an id that names the shard.
struct change_record {
  std::string id;
  std::uint64_t version = 0;  ///< 0: not stored yet
  sii_key key;                ///< as the record was called then
  std::string by_provider;
  std::uint32_t by_salt = 0;  ///< the mapping that won
  instant at;
  change_kind kind = change_kind::replaced;
  std::vector<mapping> before;  ///< all claims on the SII
  std::vector<displaced_mapping> displaced;
  std::string undone_provider;                   ///< with `restored`: whose change this one undid
  std::map<std::string, change_report> reports;  ///< by reporter
};

/// What a decision that takes from others is called.
constexpr change_kind kind_of(decision what) {
  return what == decision::replace ? change_kind::replaced : change_kind::preferred;
}

/// The record of a change that was made: all members but those about the mappings are the
/// caller's; `before` is what it was made over.
change_record describe(change_record of, const directory_record& before,
                       const decision_outcome& made);

/// What the provider lost by the change, or null.
const displaced_mapping* loss_of(const change_record& change, std::string_view provider_id);

/// May the provider ask for a restore at `now`? `not_found` unless it lost something,
/// `restore_window_closed` from `restore_until` on, `conflict` when it has its mapping back.
errc can_restore(const change_record& change, std::string_view provider_id, instant now);

/// A loss put back. `undone` is the change it was lost by, to be stored with its mark; `made` is
/// what becomes of the record, `change` what that tells of, unless nobody is to be told.
struct restoration {
  change_record undone;
  decision_outcome made;
  std::optional<change_record> change;
};

/// Puts back what `by.provider_id` lost by `undone`, which must name such a loss. `of` brings the
/// new change's `id`, `key` and `at`. A loss comes back under its old id if it was
/// removed, and never came back before: notices about one mapping keep counting.
restoration restore(const directory_record& before, const change_record& undone, const proof& by,
                    change_record of);

/// Adds a report to the change: `not_found` unless its reporter lost something by it, `conflict`
/// when there is one of that reporter. Fills in what the report says of the change.
errc add_report(change_record& change, report& fresh);

/// The strikes that a change of `shard` has come to at `now`: one for each malicious report of
/// another provider, once somebody has put the change's loss back. Marks them as made.
std::vector<strike> take_strikes(change_record& change, shard_id shard, instant now);

/// One notice to each displaced mapping's provider, in the order of the record.
std::vector<event> notices_of(const change_record& change, shard_id shard);

/// CAF prints messages that nobody handled; these types must not tell what they hold.
inline std::string to_string(const change_record&) { return "[change]"; }

}  // namespace glados
