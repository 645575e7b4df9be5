// Port: what a back-up reads, and what a restore begins with (docs/decisions/0007). Same rules as
// directory_store.hpp.
//
// A snapshot of a shard is all of its mapping records as they were at one version, read page by
// page while the shard goes on. Whoever changes or removes a record of that version or an older one
// keeps what it was, in the same step. Nobody waits for a snapshot: it ends by its last page, or
// when nobody has asked for a page for `snapshot_kept`.
//
// The change log ({g}) is where the outboxes of all shards leave what was taken away; its entries
// have numbers without gaps.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "storage/registry_store.hpp"

namespace glados::storage {

inline constexpr std::chrono::seconds snapshot_kept{60};
/// Of the change log at least so many entries are kept, of any age.
inline constexpr std::uint64_t changes_logged = 1'000'000;

struct shard_snapshot {
  std::uint64_t version = 0;  ///< the shard's last one when it was taken
  std::uint64_t epoch = 0;
  std::uint8_t names = 1;  ///< layers of the names of all records
};

struct logged_change {
  std::uint64_t number = 0;  ///< 1, 2, 3 …
  instant at;                ///< when it was logged
  std::string body;          ///< see taken_change in backup_codec.hpp
};

struct log_page {
  std::uint64_t first = 0;  ///< number of the oldest entry that is kept; 0: there is none
  std::uint64_t last = 0;   ///< of the youngest one there ever was
  std::vector<logged_change> entries;
};

/// The restore into this directory; no name: there never was one.
struct restore_state {
  std::string name;
  bool open = false;
  std::uint8_t names = 1;  ///< layers of the names that it writes
};

class backup_store {
 public:
  virtual ~backup_store() = default;

  /// Takes a snapshot of this name, instead of one of the same name. `conflict`: there is one of
  /// another name, or the shard's records are being given other names.
  virtual void begin_snapshot(shard_id shard, const std::string& name,
                              reply<shard_snapshot> done) = 0;

  /// The records of the snapshot under names of so many layers, after `cursor` ("" for the start),
  /// about `limit` of them, in no order; a record may be met twice, and is then the same. The page
  /// without a next one ends the snapshot. `not_found`: it has ended, or names have changed.
  virtual void read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                             const std::string& cursor, std::size_t limit,
                             reply<mapping_page> done) = 0;

  /// Appends entry `outbox_id` of `shard` to the change log, unless that or a later one of the
  /// shard was taken (a high-water mark a shard). False: it was.
  virtual void log_change(shard_id shard, const std::string& outbox_id, const std::string& body,
                          reply<bool> done) = 0;
  /// Entries with numbers above `after`, at most `limit`.
  virtual void read_log(std::uint64_t after, std::size_t limit, reply<log_page> done) = 0;

  /// Opens the restore of this name, whose records have names of so many layers, or of as many as
  /// index keys are active, if those are more; meanwhile no further key can be activated. One that
  /// is open goes on as it was begun. `conflict`: there was another one, or it has ended, or there
  /// are providers, applications or audit records, or records are being given other names.
  virtual void begin_restore(const std::string& name, std::uint8_t names, reply<bool> done) = 0;
  virtual void load_restore(reply<restore_state> done) = 0;
  /// `registry_store::apply` for the restore of this name; for anybody else that one answers
  /// `conflict` while a restore is open. `conflict`: this one is not.
  virtual void apply_restored(const std::string& name, registry_commit step, reply<bool> done) = 0;
  /// `conflict`: no restore of this name is open.
  virtual void end_restore(const std::string& name, reply<bool> done) = 0;
};

}  // namespace glados::storage
