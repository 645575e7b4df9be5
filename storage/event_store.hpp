// Port: the notices of one provider ({p:<id>}): its stream of events, its webhook, and what the
// courier remembers. Same rules as directory_store.hpp. What is named `sealed` is opaque.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/event.hpp"
#include "domain/webhook.hpp"
#include "storage/directory_store.hpp"

namespace glados::storage {

/// Events and attempts are kept at least so long, and go some time after.
inline constexpr std::chrono::hours events_kept{30 * 24};
/// Attempts are bounded also by their number.
inline constexpr std::uint64_t attempts_kept = 10'000;

/// A provider's webhook as it is stored; version 0 and no text when there never was one.
struct stored_webhook {
  std::uint64_t version = 0;
  std::string sealed;
};

class event_store {
 public:
  virtual ~event_store() = default;

  // --- the stream
  /// Appends to the stream of `what.provider_id`; answers the id. Each call appends: after an
  /// unknown outcome the event may stand there twice.
  virtual void append(const event& what, reply<std::string> done) = 0;
  /// The same for entry `outbox_id` of `shard`, unless that or a later one of the shard was taken
  /// before (a high-water mark a shard): the answer is then "".
  virtual void append_once(shard_id shard, const std::string& outbox_id, const event& what,
                           reply<std::string> done) = 0;
  /// Oldest first, those after `after` ("" or an id older than what is kept: from the start).
  virtual void read_events(const std::string& provider, const std::string& after, std::size_t limit,
                           reply<std::vector<event>> done) = 0;
  /// One by its id; `not_found`.
  virtual void load_event(const std::string& provider, const std::string& id,
                          reply<event> done) = 0;
  /// Id of the youngest; "" when there is none.
  virtual void last_event(const std::string& provider, reply<std::string> done) = 0;

  // --- the webhook
  virtual void load_webhook(const std::string& provider, reply<stored_webhook> done) = 0;
  /// Replaces it if its stored version equals `next.version`; answers the new one. `stale_version`.
  virtual void put_webhook(const std::string& provider, const stored_webhook& next,
                           reply<std::uint64_t> done) = 0;

  // --- the courier
  /// Nothing was ever saved: the zero value.
  virtual void load_progress(const std::string& provider, reply<courier_progress> done) = 0;
  /// The fence of the courier that posts: makes `epoch` the one in which progress is saved, and
  /// reads it, in one step. `fenced`: a later epoch was taken before, unless `in_any_case`.
  virtual void take_courier(const std::string& provider, std::uint64_t epoch, bool in_any_case,
                            reply<courier_progress> done) = 0;
  /// `fenced`: another epoch than `epoch` was taken last; nothing changed. 0: by one that does not
  /// post, whatever was taken.
  virtual void save_progress(const std::string& provider, std::uint64_t epoch,
                             const courier_progress& now, reply<bool> done) = 0;
  /// Answers the id.
  virtual void add_attempt(const std::string& provider, const delivery_attempt& made,
                           reply<std::string> done) = 0;
  /// Oldest first, as `read_events`.
  virtual void read_attempts(const std::string& provider, const std::string& after,
                             std::size_t limit, reply<std::vector<delivery_attempt>> done) = 0;
  virtual void load_attempt(const std::string& provider, const std::string& id,
                            reply<delivery_attempt> done) = 0;
};

}  // namespace glados::storage
