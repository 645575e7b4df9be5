// Who may open a verification session, send a code and guess codes: the limits of section 5 of the
// contract as pure functions over small counts. The scripts in storage/scripts mirror them, so the
// arithmetic is whole numbers throughout: seconds and milliseconds since the epoch, on cluster
// time.
//
// The state they work on, and where it is kept:
//
//   state            | one for each            | is
//   session_ceiling  | SII                     | a bucket of 15 that refills evenly over a day
//   own_sessions     | SII and provider        | sessions since the first one, for a day
//   day_sends        | provider, UTC day       | sends in all, sends by country
//   day_guesses      | provider, UTC day       | wrong and right codes
//   hour_counts      | provider and prefix     | codes sent and confirmed, in 5 minute slots
//   closed_until     | provider and prefix, or | when the breaker closes again; 0 never
//                    | prefix alone (everybody)|
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace glados {

/// Why a session, send or guess is refused: `429 rate-limited` with this policy's name.
struct refusal {
  std::string_view policy;
  std::chrono::seconds retry_after{0};
};

inline constexpr std::string_view policy_sessions = "sessions";
inline constexpr std::string_view policy_sends = "sends";
inline constexpr std::string_view policy_country = "country";
inline constexpr std::string_view policy_breaker = "breaker";
inline constexpr std::string_view policy_guesses = "guesses";

inline constexpr std::int64_t day_s = 86'400;
inline constexpr std::int64_t hour_s = 3'600;

/// The UTC day a count belongs to, and what is left of it.
constexpr std::int64_t day_of(std::int64_t now_s) { return now_s / day_s; }
constexpr std::chrono::seconds until_next_day(std::int64_t now_s) {
  return std::chrono::seconds(day_s - now_s % day_s);
}

// ---- sessions of one SII ----------------------------------------------------------------------

struct session_limits {
  std::uint32_t per_provider = 5;  ///< an SII, provider and day
  std::uint32_t ceiling = 15;      ///< an SII over all providers, refilled evenly over a day
  std::uint32_t sends = 4;         ///< a session
};

/// GCRA in milliseconds: `tat_ms` in the past is a full bucket, each session adds day / ceiling.
struct session_ceiling {
  std::int64_t tat_ms = 0;
  friend bool operator==(const session_ceiling&, const session_ceiling&) = default;
};

/// Counts from the first session on; a day after `since_ms` it starts anew.
struct own_sessions {
  std::int64_t since_ms = 0;
  std::uint32_t count = 0;
  friend bool operator==(const own_sessions&, const own_sessions&) = default;
};

struct session_verdict {
  std::optional<refusal> refused;
  std::uint32_t sends = 0;  ///< how many sends the session has, 0 if refused
  bool reserved = false;    ///< the one session of one send that was not taken from the ceiling
  session_ceiling ceiling;  ///< to keep; unchanged if refused
  own_sessions own;
};

/// Opens a session. A provider's first one of its day is opened even over the ceiling, with one
/// send only: so a hostile provider that empties the ceiling cannot lock the others out.
session_verdict open_session(const session_limits& limits, const session_ceiling& ceiling,
                             const own_sessions& own, std::int64_t now_ms);

/// Takes back a session that never was (refused by every gateway): nothing is counted.
session_verdict give_back_session(const session_limits& limits, const session_ceiling& ceiling,
                                  const own_sessions& own, bool reserved);

// ---- daily sends of one provider --------------------------------------------------------------

struct send_limits {
  std::uint64_t base = 1000;         ///< plus one per weighted user
  std::uint64_t country_base = 200;  ///< plus one per proven user there
};

/// Counts of the current UTC day; a day later they are 0 (the day is part of the key).
struct day_sends {
  std::uint64_t total = 0;
  std::uint64_t to_country = 0;
};

/// Who asks: its users, and the operator's `sends_daily`, which replaces the daily limit and lifts
/// that of the country. `has_country` is false for mail, which goes to no country.
struct sender {
  std::uint64_t weighted_users = 0;
  std::uint64_t proven_in_country = 0;
  std::optional<std::uint64_t> sends_daily{};
  bool has_country = true;
};

std::uint64_t daily_send_limit(const send_limits& limits, const sender& who);

/// Whether one more send fits. The caller counts it when it is admitted.
std::optional<refusal> check_sends(const send_limits& limits, const sender& who,
                                   const day_sends& today, std::int64_t now_s);

// ---- wrong codes of one provider --------------------------------------------------------------

struct day_guesses {
  std::uint64_t wrong = 0;
  std::uint64_t right = 0;
};

inline constexpr std::uint64_t guess_base = 50;

/// Whether one more code may be compared: 50 wrong ones a day, and one more for every two right
/// ones.
std::optional<refusal> check_guesses(const day_guesses& today, std::int64_t now_s,
                                     std::uint64_t base = guess_base);

// ---- the conversion breaker -------------------------------------------------------------------

/// Codes that went to one number prefix, and those of them that were confirmed.
struct conversion {
  std::uint64_t sent = 0;
  std::uint64_t confirmed = 0;
};

struct breaker_rule {
  std::uint64_t least_sent = 200;
  std::uint64_t least_percent = 5;
  std::uint32_t least_providers = 3;
  std::int64_t closed_s = hour_s;
};

/// The last hour in twelve slots of 5 minutes. A slot is `now_s / 300`; it lives at slot % 12, and
/// what lies there of another slot is old and counts as 0.
struct hour_counts {
  static constexpr std::int64_t slot_s = 300;
  static constexpr std::size_t slots = 12;
  struct slot_counts {
    std::int64_t slot = -1;
    conversion seen;
  };
  std::array<slot_counts, slots> ring{};

  void add(std::int64_t now_s, std::uint64_t sent, std::uint64_t confirmed);
  /// The sum of the slots that began within the last hour.
  conversion sum(std::int64_t now_s) const;
};

/// Whether one provider's last hour closes a prefix to it.
bool too_few_confirmed(const breaker_rule& rule, const conversion& hour);

/// Whether the last hour of all providers together closes a prefix to everybody: too few confirmed
/// over at least three providers none of which sent over half. Otherwise one hostile provider could
/// close a prefix to all.
bool too_few_confirmed_by_all(const breaker_rule& rule, std::span<const conversion> by_provider);

/// State of a breaker before a send: refused while closed, and closed now if the hour says so.
struct breaker_verdict {
  std::optional<refusal> refused;
  std::int64_t closed_until_s = 0;  ///< to keep
  bool tripped = false;             ///< it closed with this call: raise the signal
};

breaker_verdict check_breaker(const breaker_rule& rule, bool trips, std::int64_t closed_until_s,
                              std::int64_t now_s);

}  // namespace glados
