// Port: everything that belongs to a shard. One commit is one atomic step in Redis (one hash tag),
// fenced by owner and epoch; see docs/architecture.md. Two implementations keep one contract
// (tests/contract/storage): the Redis adapter and the simulated store.
//
// Rules for every call of every port in storage/:
//  - `done` is called exactly once, from the store's own thread (Redis) or from the test driver
//    (simulation), never from inside the call; it must be short and must not throw.
//  - Every call ends by its deadline (redis.command_timeout): `storage_unavailable` when it
//  certainly
//    did not happen, `outcome_unknown` when it was sent and no answer came.
//  - Strings named `…_tag` or `sealed` are opaque bytes; no port ever sees an identifier.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/change.hpp"
#include "domain/errc.hpp"
#include "domain/event.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"
#include "domain/standing.hpp"
#include "domain/verification.hpp"

namespace glados::storage {

/// Who writes: must equal the shard's owner record, or the commit is refused with `fenced`.
struct fence {
  shard_id shard = 0;
  std::string incarnation;
  std::uint64_t epoch = 0;
};

/// Names the outbox of the registry where a shard's is named.
inline constexpr shard_id registry_outbox = shard_count;

/// What a commit leaves to be done elsewhere, at least once, in order per shard.
struct outbox_entry {
  enum class kind : std::uint8_t {
    send_code,    ///< subject: verification id; a message is to be sent
    count_users,  ///< change: a provider's user count moved
    event,        ///< notice: a provider is to be told; its id is given later
    note,         ///< note: something that a provider's standing is made of
    report,       ///< filed: a report, for the abuse desk
    taken,        ///< subject: what the change log is to say (backup_codec.hpp)
  };
  std::string id;  ///< "<version>-<n>", given by the store; grows within a shard
  kind what = kind::send_code;
  std::string subject;
  user_count_change change;
  glados::event notice;
  standing_note note;
  glados::report filed;
};

/// A strike on its way to the provider it is against.
inline outbox_entry entry_of(const std::string& accused, strike due) {
  outbox_entry out;
  out.what = outbox_entry::kind::note;
  out.note = {accused, standing_note::kind::strike, due.at, std::move(due)};
  return out;
}

/// A change that counts for whoever made it.
inline outbox_entry entry_of(const change_record& made) {
  outbox_entry out;
  out.what = outbox_entry::kind::note;
  out.note = {made.by_provider, standing_note::kind::change_made, made.at, {}};
  return out;
}

/// The answer of an idempotent call, stored with the commit under provider and key.
struct stored_answer {
  std::string provider_id;
  bytes16 key_tag{};  ///< HMAC of the Idempotency-Key
  std::string body;   ///< encoded answer; sealed where it holds a user id
  std::chrono::seconds kept = std::chrono::hours(24);
};

/// Sessions per SII, counted in the same step that opens one (api.md section 5): per provider from
/// its first one on for `window`; over all providers in a bucket of `ceiling` that refills evenly
/// over `window`. A provider's first one is opened even over the ceiling. See
/// domain/send_policy.hpp.
struct session_limit {
  sii_key key;
  std::string provider_id;
  std::uint32_t per_provider = 5;
  std::uint32_t ceiling = 15;
  std::chrono::seconds window = std::chrono::hours(24);
};

/// One atomic step on one shard. Absent members do nothing.
struct commit {
  fence by;
  /// Replaces the record if its stored version equals `mapping->version`; no mappings: removed.
  std::optional<directory_record> mapping;
  /// The same for a verification. While pending, `code_tag` and `message` go to a key that Redis
  /// expires at `expires_at`; otherwise that key is removed. The record itself stays a day.
  std::optional<verification> proof;
  /// The same for a change, kept for `changes_kept` from its `at`.
  std::optional<change_record> change;
  /// A second change, that `change` undid or whose report this is.
  std::optional<change_record> amended;
  std::vector<outbox_entry> outbox;         ///< to append
  std::vector<std::string> outbox_done;     ///< ids to remove
  std::optional<stored_answer> answer;      ///< refused with `replayed` if one is there
  std::optional<bytes16> answer_withdrawn;  ///< with `withdrawn_provider`: forget a stored answer
  std::string withdrawn_provider;
  std::optional<session_limit> sessions;
  bool sessions_returned = false;  ///< gives one session of `sessions` back instead
};

struct commit_result {
  errc code = errc::none;  ///< none, stale_version, fenced, rate_limited, storage_unavailable,
                           ///< outcome_unknown
  bool replayed = false;   ///< an answer was stored already: nothing changed, `replay` has its body
  std::string replay;
  std::uint64_t version = 0;  ///< of every record written: max(last + 1, cluster time, us)
  std::vector<std::string> outbox_ids;  ///< of `commit::outbox`, in order
  std::chrono::seconds retry_after{0};  ///< with rate_limited (policy "sessions")
  /// The session was opened over the ceiling, as its provider's first one of the day: one send
  /// only.
  bool session_reserved = false;
};

/// Some of a shard's mapping records, for those who walk through all of them.
struct mapping_page {
  std::vector<directory_record> records;
  std::string next;  ///< cursor of the next page; empty after the last
};

/// A record to be written by itself, as `commit::mapping`, and what to append with it.
struct row_write {
  directory_record record;
  std::vector<outbox_entry> outbox;
};

/// At most so many rows in one step: it holds up everybody else's.
inline constexpr std::size_t rows_per_step = 256;

/// Many records of one shard in one step: each row is written if its stored version equals
/// `record.version`, whatever becomes of the others.
struct rows_commit {
  fence by;
  std::vector<row_write> rows;
  /// The user count that each row written moves by `delta`, 1 or -1: one entry in the outbox for
  /// all of them. Delta 0: none.
  user_count_change each;
};

struct rows_result {
  errc code = errc::none;     ///< none, fenced, storage_unavailable, outcome_unknown
  std::uint64_t version = 0;  ///< of every record written
  bool left = false;          ///< something was appended to the outbox
  /// The rows that were not written: index, and the record as it stands.
  std::vector<std::pair<std::size_t, directory_record>> refused;
};

template <class T>
using reply = std::function<void(result<T>)>;

class directory_store {
 public:
  virtual ~directory_store() = default;

  /// Applies all of `step` or nothing. Read the rules above for unknown outcomes: the caller must
  /// raise the shard's epoch before it reads again, so that a late copy is fenced.
  virtual void apply(commit step, std::function<void(commit_result)> done) = 0;

  /// The same for many records, each by itself; see rows_commit.
  virtual void apply_rows(rows_commit step, std::function<void(rows_result)> done) = 0;

  /// The record under `key`; version 0 and no mappings when there is none.
  virtual void load_mapping(shard_id shard, const sii_key& key, reply<directory_record> done) = 0;

  /// The records under names of so many layers, after `cursor` ("" for the start), about `limit` of
  /// them; an empty page may have a next one. In no order. A record that is there during the whole
  /// walk is met at least once; of one that comes or goes meanwhile nothing is promised.
  virtual void load_mappings(shard_id shard, std::uint8_t layers, const std::string& cursor,
                             std::size_t limit, reply<mapping_page> done) = 0;

  /// How far the walk of this name through the shard is: what was saved last, or "". Saving is
  /// refused with `fenced` unless `by` owns the shard; "" ends the walk.
  virtual void load_walk(shard_id shard, const std::string& name, reply<std::string> done) = 0;
  virtual void save_walk(const fence& by, const std::string& name, const std::string& cursor,
                         reply<bool> done) = 0;

  /// `not_found` when there never was one or it is older than a day. When the code's key has
  /// expired `code_tag` is zero and `message` empty.
  virtual void load_verification(shard_id shard, const std::string& id,
                                 reply<verification> done) = 0;

  /// `not_found` when there never was one or it is older than `changes_kept`.
  virtual void load_change(shard_id shard, const std::string& id, reply<change_record> done) = 0;

  /// Body of a stored answer; `not_found`.
  virtual void load_answer(shard_id shard, const std::string& provider_id, const bytes16& key_tag,
                           reply<std::string> done) = 0;

  /// Oldest entries after `after` ("" for the start), at most `limit`.
  virtual void load_outbox(shard_id shard, const std::string& after, std::size_t limit,
                           reply<std::vector<outbox_entry>> done) = 0;

  /// Removes entries that were carried out. Not fenced: removing a done entry twice is harmless.
  virtual void trim_outbox(shard_id shard, std::vector<std::string> ids, reply<bool> done) = 0;
};

}  // namespace glados::storage
