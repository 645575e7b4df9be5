// Port: the registry {g}: applications, providers, the audit chain, and the feed of changes by
// which every node learns of revocations. One commit is one atomic step. Same rules as
// directory_store.hpp.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "storage/directory_store.hpp"

namespace glados::storage {

/// A record of the registry. `body` is sealed by the caller (contacts are personal data).
struct registry_record {
  enum class kind : std::uint8_t { application, provider, signal, report };
  kind what = kind::provider;
  std::string id;
  std::uint64_t version = 0;  ///< 0: not stored
  std::string body;           ///< empty in a write: the record is removed
};

/// One link of the audit chain: `hash` = SHA-256(previous hash, sequence, body), made by the
/// caller.
struct audit_entry {
  std::uint64_t sequence = 0;  ///< 1, 2, 3 …
  bytes32 previous{};
  bytes32 hash{};
  std::string body;  ///< JSON, no identifier, no user id
};

struct registry_commit {
  std::vector<registry_record> writes;  ///< each replaces the version it names
  std::optional<audit_entry> audit;     ///< must follow the stored head, else `stale_version`
  std::vector<std::string> changed_providers;  ///< told to every node by the change feed
  std::vector<outbox_entry> outbox{};          ///< to append to the registry's outbox
};

struct change_notice {
  enum class kind : std::uint8_t { provider, token, all_tokens };
  kind what = kind::provider;
  std::string provider_id;
  bytes32 token_hash{};
};

struct change_page {
  std::vector<change_notice> notices;
  std::string next;  ///< cursor for the next read
  bool gap =
      false;  ///< notices before these may be missing: forget what was cached, go on from `next`
};

struct audit_head {
  std::uint64_t sequence = 0;
  bytes32 hash{};
};

class registry_store {
 public:
  virtual ~registry_store() = default;
  /// All of `step` or nothing; `stale_version` when a record or the head is not the one named. The
  /// written records get a new version: load them before the next write.
  virtual void apply(registry_commit step, reply<bool> done) = 0;
  virtual void load(registry_record::kind what, const std::string& id,
                    reply<registry_record> done) = 0;
  /// All records of a kind in the order of their ids.
  virtual void load_all(registry_record::kind what, reply<std::vector<registry_record>> done) = 0;
  /// Adds a report unless one of its id is there; of more than `kept` the first ones go.
  virtual void file(const registry_record& fresh, std::size_t kept, reply<bool> done) = 0;
  /// Reports in the order of their ids, those after `after`.
  virtual void list(registry_record::kind what, const std::string& after, std::size_t limit,
                    reply<std::vector<registry_record>> done) = 0;
  virtual void load_head(reply<audit_head> done) = 0;
  virtual void load_audit(std::uint64_t after, std::size_t limit,
                          reply<std::vector<audit_entry>> done) = 0;
  /// Notices after `cursor`; "" answers none and the cursor of the end.
  virtual void changes(const std::string& cursor, reply<change_page> done) = 0;
};

}  // namespace glados::storage
