// Webhooks of a provider (api.md section 6): the settings, the schedule of tries, which notices
// must go out one after the other. Pure: no clock, no store, no actor, no keys in clear.
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/address_guard.hpp"
#include "domain/event.hpp"

namespace glados {

/// Where an event stands in its provider's stream; written "<ms>-<number>", which is its id and a
/// cursor. Grows. Zero is before the first.
struct event_place {
  std::uint64_t ms = 0;
  std::uint64_t number = 0;
  friend auto operator<=>(const event_place&, const event_place&) = default;
};

std::string to_string(const event_place& at);
/// Nothing for a text that no stream ever gave. The empty text is the start.
std::optional<event_place> parse_event_place(std::string_view text);

/// A signing key of one provider's notices.
struct webhook_key {
  bytes32 public_key{};
  std::string seed;    ///< sealed
  instant retired_at;  ///< zero: the key in use
};

/// How long a retired key signs beside the one in use.
inline constexpr std::chrono::hours webhook_key_overlap{24};

enum class webhook_state : std::uint8_t {
  active,
  disabled,  ///< the receiver said 410, or failed for too long
  removed,   ///< kept for its keys only
};

struct webhook {
  std::uint64_t version = 0;  ///< 0: never stored
  webhook_state state = webhook_state::removed;
  std::string url;
  std::vector<event_type> types;  ///< empty: all
  std::vector<webhook_key> keys;  ///< the newest first
};

/// The key in use; none while there is none.
const webhook_key* current_key(const webhook& settings);
/// The keys that sign at `now`: the one in use first, then retired ones of the last 24 h.
std::vector<webhook_key> signing_keys(const webhook& settings, instant now);
/// Forgets keys that sign no more.
void drop_old_keys(webhook& settings, instant now);

/// Whether a notice goes out: its type is wanted, or somebody asked for just this one.
bool wanted(const webhook& settings, event_type type);

inline constexpr std::size_t webhook_url_max = 2000;

/// Why a URL cannot be a webhook: not https, user information, a host that is no name, a literal
/// address that `guard` refuses. Nothing: it can.
std::optional<std::string> webhook_url_fault(std::string_view url, const address_guard& guard);

/// Notices with the same lane, other than 0, go out one after the other: those about one mapping.
std::uint64_t lane_of(const event& notice);

// --- tries -------------------------------------------------------------------------------------

/// The wait before each try, as Standard Webhooks recommends; each begins when the try before
/// ended.
inline constexpr std::array<std::chrono::seconds, 10> webhook_waits{
    std::chrono::seconds(0),  std::chrono::seconds(5), std::chrono::minutes(5),
    std::chrono::minutes(30), std::chrono::hours(2),   std::chrono::hours(5),
    std::chrono::hours(10),   std::chrono::hours(14),  std::chrono::hours(20),
    std::chrono::hours(24)};

/// A receiver that took nothing for so long is disabled at its next failure.
inline constexpr std::chrono::hours webhook_failing_max{5 * 24};

enum class attempt_outcome : std::uint8_t {
  delivered,
  will_retry,
  given_up,  ///< that was the last try; the feed still has it
  disabled,  ///< and with it the webhook
};

std::string_view to_string(attempt_outcome outcome);

/// What came of one POST.
struct attempt_answer {
  int status = 0;  ///< 0: no answer
  std::optional<std::chrono::seconds> retry_after;
};

struct attempt_verdict {
  attempt_outcome what = attempt_outcome::delivered;
  instant next_try;  ///< with will_retry
};

/// Judges try number `tries` (1 is the first), which ended at `now`. `chance`, from 0 to 1, draws
/// the jitter of 20 % either way; `failing_since` is when the receiver began to fail, zero if it
/// did not.
attempt_verdict judge_attempt(unsigned tries, const attempt_answer& got, instant now, double chance,
                              instant failing_since);

/// One POST that was made.
struct delivery_attempt {
  std::string id;  ///< given by the store; also its cursor
  std::string event_id;
  event_type type = event_type::webhook_test;
  instant at;
  unsigned tries = 1;  ///< the how manieth of this notice
  int status = 0;      ///< 0: no answer
  std::uint32_t latency_ms = 0;
  attempt_outcome what = attempt_outcome::delivered;
  instant next_try;  ///< zero: none
};

/// A notice that was taken from the stream and is not over.
struct open_notice {
  event_place at;
  std::uint64_t lane = 0;
  std::uint32_t tries = 0;
  instant next_try;
};

/// How far a courier is; all that it needs after a restart.
struct courier_progress {
  event_place cursor;  ///< everything up to here is over or in `open`
  instant failing_since;
  std::vector<open_notice> open;
};

}  // namespace glados
