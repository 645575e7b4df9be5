// Port: what belongs to one provider ({p:<id>}) and to one destination ({d:<tag>}): tokens, call
// reservations, send budgets, guesses, user counts. Every limit is one atomic step. Same rules as
// directory_store.hpp.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/lookup_lease.hpp"
#include "domain/usage.hpp"
#include "storage/directory_store.hpp"

namespace glados::storage {

struct access_token {
  bytes32 hash{};        ///< SHA-256 of the token
  bytes32 thumbprint{};  ///< of the client certificate it is bound to
  std::vector<std::string> scopes;
  instant issued_at;
  instant expires_at;
};

/// A refusal by a limit: which one, and when to come back.
struct refusal {
  std::string policy;  ///< "sends", "country", "spend", "breaker", "guesses", "tokens", "sessions"
  std::chrono::seconds retry_after{0};
};

/// Reservation of an Idempotency-Key before the work it names begins.
struct call_reservation {
  std::string provider_id;
  bytes16 key_tag{};                     ///< HMAC of the key
  bytes16 fingerprint{};                 ///< HMAC of method, path and body
  shard_id shard = 0;                    ///< where its answer will be stored
  std::chrono::seconds running_for{15};  ///< after that a repeat looks at the shard instead of 409
};

struct call_state {
  enum class kind : std::uint8_t { proceed, replay, look, in_progress, reused };
  /// look: an earlier call may have died; its shard knows. The caller has taken the reservation
  /// over: when no answer is there it goes on as with `proceed`, else it ends the call as `kept`.
  kind what = kind::proceed;
  shard_id shard = 0;  ///< of the first call (replay, look)
};

/// One code message to be counted before it is sent.
struct send_debit {
  std::string provider_id;
  std::string verification_id;  ///< names the debit, to give it back
  destination to;
  std::uint64_t daily_limit = 1000;  ///< over all destinations, users included
  /// To this region, before one more for each of the provider's proven users there; 0: unlimited.
  std::uint64_t region_limit = 200;
  std::uint64_t breaker_min = 200;    ///< codes within the hour before conversion counts
  std::uint32_t breaker_percent = 5;  ///< confirmed share below which the breaker opens
  channel way = channel::sms;         ///< for the ledger, as the next two
  micro_units price = 0;
  micro_units spend_cap = 0;  ///< what the month may cost in all; 0: any
};

/// What was used of one provider's account since the writer's last batch.
struct usage_batch {
  std::string provider_id;
  std::string writer;        ///< a node, or a bulk job
  std::string incarnation;   ///< of the writer; no blanks
  std::uint64_t number = 0;  ///< grows within the incarnation
  std::uint64_t hits = 0, misses = 0, bulk_rows = 0;
  micro_units cost = 0;  ///< counts towards the spend cap
};

/// A provider's users with a settled mapping, and what of them counts (domain/quota.hpp).
struct user_counts {
  std::int64_t sms = 0, voice = 0, email = 0, asserted = 0;  ///< all, by how they were proven
  std::int64_t phone_due = 0;                                ///< of sms and voice
  std::int64_t counted_email = 0;      ///< fresh ones under the cap of each domain
  std::int64_t counted_email_due = 0;  ///< due ones
};

/// What a provider used of its UTC day.
struct provider_day {
  std::uint64_t sends = 0, wrong_codes = 0, right_codes = 0;
  std::chrono::seconds left{0};
};

/// Far more than the ladder has steps, with a million changes made in 90 days.
inline constexpr std::size_t strikes_kept = 25'000;
/// Changes made are kept by day for so many days.
inline constexpr std::int64_t changes_counted_days = 91;

class provider_store {
 public:
  virtual ~provider_store() = default;

  // --- tokens
  /// `rate_limited` when `limit` live ones exist.
  virtual void put_token(const std::string& provider, const access_token& token, std::size_t limit,
                         reply<bool> done) = 0;
  virtual void load_token(const std::string& provider, const bytes32& hash,
                          reply<access_token> done) = 0;
  /// Removes one token / all; also appends to the change feed that every node reads (see
  /// registry_store::changes). Removing what is not there is no error.
  virtual void revoke_token(const std::string& provider, const bytes32& hash, reply<bool> done) = 0;
  virtual void revoke_all_tokens(const std::string& provider, reply<bool> done) = 0;

  // --- idempotent calls
  virtual void begin_call(const call_reservation& call, reply<call_state> done) = 0;
  /// `kept`: the answer is stored, repeats replay it for 24 h. Else the key is free again.
  virtual void end_call(const call_reservation& call, bool kept, reply<bool> done) = 0;

  // --- sending codes
  /// Counts one send against the provider's day, its region and its hour to the prefix; nothing is
  /// counted on a refusal. The empty policy means admitted.
  virtual void debit_send(const send_debit& debit, reply<refusal> done) = 0;
  /// Gives back the last debit of this verification, once.
  virtual void return_send(const send_debit& debit, reply<bool> done) = 0;
  /// A code was confirmed: feeds the conversion breaker.
  virtual void count_confirmed(const std::string& provider, const destination& to,
                               reply<bool> done) = 0;

  // --- guesses: wrong codes of a provider in a day
  /// Counts a guess as wrong in advance if wrong < base + right / 2; else refuses.
  virtual void reserve_guess(const std::string& provider, std::uint64_t base,
                             reply<refusal> done) = 0;
  enum class guess : std::uint8_t { wrong, right, not_compared };
  virtual void settle_guess(const std::string& provider, guess how, reply<bool> done) = 0;

  /// Sends and guesses of today.
  virtual void load_day(const std::string& provider, reply<provider_day> done) = 0;

  // --- lookups
  /// A node's turn at the daily budget; see domain/lookup_lease.hpp. What is returned and what is
  /// granted are one step. After an unknown outcome all of it counts as spent.
  virtual void lease_lookups(const std::string& provider, const lease_request& ask,
                             reply<lease_grant> done) = 0;

  // --- users
  /// Adds `change` unless entry `outbox_id` of `shard` was taken already (a high-water mark a
  /// shard).
  virtual void count_users(shard_id shard, const std::string& outbox_id,
                           const user_count_change& change, reply<bool> done) = 0;
  /// `listed`: tags of mail domains without a cap.
  virtual void load_users(const std::string& provider, const std::vector<std::uint64_t>& listed,
                          reply<user_counts> done) = 0;

  // --- standing
  /// Takes a note about `what.provider_id`, unless entry `outbox_id` of `shard` was taken already.
  /// A strike after a restore does not replace one that is there; no more than `strikes_kept` stay.
  virtual void take_note(shard_id shard, const std::string& outbox_id, const standing_note& what,
                         reply<bool> done) = 0;
  /// Strikes in the order of their ids.
  virtual void load_standing(const std::string& provider, reply<standing_facts> done) = 0;
  /// Adds what a back-up has of it. What stands there already stays as it is.
  virtual void restore_standing(const std::string& provider, const standing_facts& kept,
                                reply<bool> done) = 0;

  // --- the ledger: what was used, by UTC day, kept for ledger_kept. Sends are entered by the step
  // --- that debits them, and taken back by the one that returns them.
  /// Enters a batch unless it, or a later one of its writer's incarnation, was entered (then
  /// false).
  virtual void enter_usage(const usage_batch& batch, reply<bool> done) = 0;
  /// The sum over `days` days (at most 31) from `first_day` (since 1970-01-01).
  virtual void load_usage(const std::string& provider, std::int64_t first_day, std::uint32_t days,
                          reply<usage_counts> done) = 0;
};

}  // namespace glados::storage
