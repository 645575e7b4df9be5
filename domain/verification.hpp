// The proof that a user holds an SII, as a pure state machine (api.md section 5).
//
//   open ──> pending ──right code──> verified
//              │ ├──5 wrong codes──> exhausted      (derived: checks used up)
//              │ ├──lifetime over──> expired        (derived: clock)
//              │ ├──DELETE─────────> cancelled
//              └──no gateway────────> delivery_failed
//
// An attempt is counted, and the count stored, before the code is compared.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"

namespace glados {

enum class verification_state : std::uint8_t {
  pending,
  verified,
  expired,
  exhausted,
  cancelled,
  delivery_failed,
};

std::string_view to_string(verification_state state);

/// Limits and waits; one row each in the configuration (`verification.*`).
struct verification_policy {
  std::chrono::microseconds lifetime = std::chrono::minutes(10);
  std::uint8_t max_checks = 5;
  std::uint8_t max_sends = 4;
  /// Wait before check n + 1, counted from check n.
  std::array<std::chrono::microseconds, 5> check_waits{
      std::chrono::seconds(0), std::chrono::seconds(0), std::chrono::seconds(0),
      std::chrono::seconds(60), std::chrono::seconds(120)};
  /// Wait before send n + 2, counted from send n + 1.
  std::array<std::chrono::microseconds, 3> send_waits{
      std::chrono::seconds(60), std::chrono::seconds(120), std::chrono::seconds(300)};
  double wait_scale = 1.0;  ///< sandbox only: shortens the waits, never the lifetime
  std::chrono::microseconds decision_window = std::chrono::minutes(15);
  std::chrono::microseconds refresh_after = std::chrono::hours(24 * 365);  ///< a proof's age
};

/// What a right code puts back, if the verification is for a restore (api.md section 6).
struct restore_order {
  std::string change_id;      ///< the change to be undone; empty: no restore
  std::string new_change_id;  ///< of the change that this is
};

/// One verification as it is stored. `state` holds only what cannot be derived: pending, verified,
/// cancelled or delivery_failed; ask `state_at` for the state that a caller sees.
struct verification {
  std::string id;
  std::uint64_t version = 0;  ///< 0: not stored yet
  sii_key key;
  std::string provider_id;
  std::string user;    ///< sealed, as the mapping will hold it
  bytes16 user_tag{};  ///< HMAC of id and user id: compares the user of a check
  channel way = channel::sms;
  destination to;
  std::uint64_t mail_domain = 0;  ///< for the mapping that may come of it
  verification_state state = verification_state::pending;
  instant created_at;
  instant expires_at;
  std::uint8_t checks_used = 0;
  instant last_check_at;
  std::uint8_t sends_used = 0;
  instant last_send_at;
  restore_order restores;
  mapping_view outcome;  ///< what the proof made; meaningful once verified
  /// Live only while pending, in a key of their own that Redis expires (empty afterwards):
  bytes16 code_tag{};   ///< HMAC of id and code
  std::string message;  ///< sealed: address, code, locale, provider name
};

/// What a provider sees of a verification at one moment.
struct verification_view {
  std::string id;
  verification_state state = verification_state::pending;
  channel way = channel::sms;
  instant expires_at;
  std::uint8_t checks_left = 0;
  instant next_check_at;
  std::uint8_t sends_left = 0;
  instant next_send_at;
};

verification_state state_at(const verification& v, instant now, const verification_policy& policy);
/// `checks_left` and `sends_left` are 0 unless pending; the two instants then say nothing more.
/// `sends_left` is also 0 when the next send's time would not come before the code expires.
verification_view view_at(const verification& v, instant now, const verification_policy& policy);

/// Earliest instant of the next check / send; not before `created_at`. With none left: of the last.
instant next_check_at(const verification& v, const verification_policy& policy);
instant next_send_at(const verification& v, const verification_policy& policy);

/// May a code be compared now? On `none` the caller stores `next` (one more check used) and only
/// then compares. Else `too_early` (nothing counted), `conflict` (verified already),
/// `attempts_exhausted`, `verification_expired` (also cancelled and failed ones), and `next` is `v`
/// unchanged.
struct check_decision {
  errc code = errc::none;
  verification next;
};
check_decision decide_check(const verification& v, instant now, const verification_policy& policy);

/// May the code be sent once more now? Errors as for a check; `rate_limited` when all sends are
/// used, or when the next one's time would come too late to leave the code any lifetime.
struct send_decision {
  errc code = errc::none;
  verification next;
};
send_decision decide_resend(const verification& v, channel way, instant now,
                            const verification_policy& policy);

/// Both tags equal? In constant time; meant for the right code of the right user.
bool tags_equal(const bytes16& a, const bytes16& b);

/// Ends a verification: sets the state, erases code and message.
verification ended(const verification& v, verification_state state);

template <class Inspector>
auto inspect(Inspector& f, restore_order& x) {
  return f(x.change_id, x.new_change_id);
}
template <class Inspector>
auto inspect(Inspector& f, verification& x) {
  return f(x.id, x.version, x.key, x.provider_id, x.user, x.user_tag, x.way, x.to, x.mail_domain,
           x.state, x.created_at, x.expires_at, x.checks_used, x.last_check_at, x.sends_used,
           x.last_send_at, x.restores, x.outcome, x.code_tag, x.message);
}
template <class Inspector>
auto inspect(Inspector& f, verification_view& x) {
  return f(x.id, x.state, x.way, x.expires_at, x.checks_left, x.next_check_at, x.sends_left,
           x.next_send_at);
}

/// CAF prints messages that nobody handled; these types must not tell what they hold.
inline std::string to_string(const verification&) { return "[verification]"; }

}  // namespace glados
