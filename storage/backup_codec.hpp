// How the parts of a back-up travel: rows of a shard, records of the registry, links of the audit,
// and what the change log says. Decoding is total, as in codec.hpp. Everything that is sealed in
// Redis stays sealed: no key is needed here.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/backup_store.hpp"
#include "storage/registry_store.hpp"

namespace glados::storage {

/// A record as it stands in Redis, under its name.
struct kept_row {
  sii_key key;
  std::uint64_t version = 0;
  std::string body;  ///< as codec.hpp encodes a record; empty: it was removed

  friend bool operator==(const kept_row&, const kept_row&) = default;
};

kept_row row_of(const directory_record& record);
std::optional<directory_record> record_of(const kept_row& row);

std::string encode_rows(const std::vector<kept_row>& rows);
std::optional<std::vector<kept_row>> decode_rows(std::string_view bytes);

std::string encode_records(const std::vector<registry_record>& records);
std::optional<std::vector<registry_record>> decode_records(std::string_view bytes);

std::string encode_links(const std::vector<audit_entry>& links);
std::optional<std::vector<audit_entry>> decode_links(std::string_view bytes);

/// A part of what a provider's standing is made of: parts of one provider are put together.
struct kept_standing {
  std::string provider_id;
  standing_facts facts;
};
std::string encode_standings(const std::vector<kept_standing>& parts);
std::optional<std::vector<kept_standing>> decode_standings(std::string_view bytes);

/// What the change log says: a record of a shard as it was left by a step that took a claim or a
/// preference from somebody, a record of the registry as it was left by any step, or a strike that
/// came, became another, or was lifted.
struct taken_change {
  enum class kind : std::uint8_t { row, record, note };
  kind what = kind::row;
  shard_id shard = 0;
  kept_row row;            ///< its version is that of the step
  registry_record record;  ///< the same
  standing_note note;
};
std::string encode(const taken_change& change);
/// For the outbox of the step that leaves a record so; its version is the step's.
outbox_entry entry_of(shard_id shard, const directory_record& left);
outbox_entry entry_of(const registry_record& left);
/// Whether an entry of an outbox belongs in the log: these two, and notes about strikes.
bool is_logged(const outbox_entry& entry);
/// What such an entry brings to the log, once it has an id; empty for what cannot be read.
std::string log_text(const outbox_entry& entry);
std::optional<taken_change> decode_taken(std::string_view bytes);

std::string encode_log(const std::vector<logged_change>& entries);
std::optional<std::vector<logged_change>> decode_log(std::string_view bytes);

}  // namespace glados::storage
