// What reports do to the provider that made a change (api.md section 6): strikes, how they fade,
// and the ladder that they climb. Pure.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

/// Why a displaced provider says that a change should not have been.
enum class report_reason : std::uint8_t { malicious, mistake, recycled };

std::string_view to_string(report_reason reason);

enum class report_state : std::uint8_t { open, upheld, dismissed };

std::string_view to_string(report_state state);

/// A provider's report of a change, as the abuse desk keeps it.
struct report {
  std::string id;  ///< "r" and the time: the order of ids is that of the reports
  std::uint64_t version = 0;
  std::string change_id;
  std::string reporter;
  std::string accused;  ///< who made the change
  report_reason reason = report_reason::mistake;
  std::string note;  ///< sealed for the reporter
  instant at;
  // Which identifier; nobody is shown it.
  shard_id shard = 0;
  sii_key key;
  report_state state = report_state::open;
  // How an operator settled it.
  std::string resolved_by, resolution;
  instant resolved_at;
};

enum class strike_kind : std::uint8_t {
  restored,   ///< a malicious change, undone with fresh proof
  upheld,     ///< an operator agreed with the report
  dismissed,  ///< an operator did not: it counts against the reporter
};

std::string_view to_string(strike_kind kind);

/// One strike against a provider.
struct strike {
  std::string id;  ///< of the report it comes from
  strike_kind kind = strike_kind::restored;
  std::string change_id;
  std::string reporter;
  instant at;
  shard_id shard = 0;
  sii_key key;  ///< once all have equally many layers, equal ones are of one identifier
};

/// What a provider's standing is made of ({p:<id>}).
struct standing_facts {
  std::vector<strike> strikes;
  std::map<std::int64_t, std::uint64_t> changes;  ///< made, by day (since 1970, UTC)
};

/// One thing to be added to them.
struct standing_note {
  enum class kind : std::uint8_t {
    change_made,  ///< at `at`
    strike,       ///< `what`; it replaces the one with the same id
    lifted,       ///< the strike with the id of `what` goes
  };
  std::string provider_id;
  kind what = kind::change_made;
  instant at;
  glados::strike about;
};

enum class standing_level : std::uint8_t {
  good,
  warned,
  quota_half,
  quota_tenth,
  no_new_mappings,
  suspended,
};

std::string_view to_string(standing_level level);

/// The last level that is reached without an operator.
inline constexpr auto last_automatic = standing_level::quota_tenth;

/// Strikes per started 1,000 changes at which each level but `good` begins, and how they count; one
/// row each in the configuration (`abuse.*`).
struct ladder {
  std::array<std::uint32_t, 5> steps{3, 5, 8, 12, 20};
  std::chrono::hours half_life{90 * 24};
  /// So many strikes of one reporter count in `window` without an operator.
  std::uint32_t per_reporter = 2;
  std::chrono::hours window{90 * 24};
};

/// Where a provider stands. Kept with its registry record, so that every node sees it.
struct provider_standing {
  standing_level level = standing_level::good;
  /// Waits for an operator; `good` when nothing does.
  standing_level proposed = standing_level::good;
  std::uint64_t strikes = 0;  ///< thousandths, as they weighed at `as_of`
  instant as_of;
  instant forgiven_until;  ///< strikes up to here do not count any more

  friend bool operator==(const provider_standing&, const provider_standing&) = default;
};

/// What every level makes of the lookup budget.
double quota_factor(standing_level level);

/// Whether the provider may make mappings.
constexpr bool may_map(standing_level level) { return level < standing_level::no_new_mappings; }

/// The thousandths of `strikes` that are left of them at `now`: they halve evenly.
std::uint64_t strikes_at(const provider_standing& standing, const ladder& rules, instant now);

/// Which of the strikes count: not those that were forgiven, of one identifier the youngest, and of
/// one reporter's, unless an operator upheld them, the first `per_reporter` in each `window`. In
/// the order of `strikes`.
std::vector<bool> counted(const std::vector<strike>& strikes, const ladder& rules,
                          instant forgiven_until);

/// What the facts make of a standing at `now`. Up to `last_automatic` the level follows the rate;
/// what is above is proposed, unless an operator confirmed it before.
provider_standing review(const provider_standing& was, const standing_facts& facts,
                         const ladder& rules, instant now);

/// An operator lets the proposed level take effect; nothing is changed when there is none.
bool confirm(provider_standing& standing);

/// Number of the day of `at`.
constexpr std::int64_t day_of(instant at) { return at.us / 86'400'000'000; }

}  // namespace glados
