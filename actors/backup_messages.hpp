// Messages of back-ups and restores (docs/decisions/0007). They never leave their node: they ask
// the desk (backup_desk.hpp).
#pragma once

#include <caf/allowed_unsafe_message_type.hpp>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "actors/local_messages.hpp"
#include "storage/backup_codec.hpp"
#include "storage/registry_store.hpp"

namespace glados::actors {

struct begin_snapshot {
  shard_id shard = 0;
  std::string name;
};
struct read_snapshot {
  shard_id shard = 0;
  std::string name;
  std::uint8_t names = 1;
  std::string cursor;
};
struct read_change_log {
  std::uint64_t after = 0;
};
/// What entry `outbox_id` of the shard's outbox says is logged. Pump, registrar -> desk.
struct log_change {
  shard_id shard = 0;
  std::string outbox_id;
  std::string body;
};
struct read_records {
  storage::registry_record::kind what = storage::registry_record::kind::provider;
  std::string after;
};
struct read_links {
  std::uint64_t after = 0;
};
/// Parts of the standings of all providers, in the order of their ids; behind "" all, behind a
/// cursor what is left.
struct read_standings {
  std::string after;
};
struct begin_restore {
  std::string name;
  std::uint8_t names = 1;
};
struct find_restore {};
struct end_restore {
  std::string name;
};
/// Rows of a back-up under names of so many layers, with users that are sealed for those; rows that
/// have them are left. `malformed_request`: a row is no record, or has more.
struct rename_rows {
  shard_id shard = 0;
  std::uint8_t names = 1;
  std::vector<storage::kept_row> rows;
};
/// Writes rows of a back-up where nothing stands, at most rows_per_step; their users are counted.
/// Only while the restore is open, in whose directory nobody can ask for anything: the shard's
/// owner knows of no record, and none is given another name. `malformed_request`: a row is no
/// record. `conflict`: the shard's records have names of another number of layers.
struct restore_rows {
  shard_id shard = 0;
  bool refresh = false;  ///< their providers are asked for fresh proofs
  std::vector<storage::kept_row> rows;
};
/// Notes an act of an operator in the audit, and answers with the link.
struct note_backup {
  std::string action;  ///< "backup.read", "backup.restored"
  std::string target;  ///< name of the back-up or the restore
  std::vector<std::pair<std::string, std::string>> detail;
  caller by;
  bool restoring = false;  ///< by the open restore of this name
};
/// Records that are there already are left. `conflict`, here and below: no restore of this name is
/// open.
struct put_records {
  std::string name;
  std::vector<storage::registry_record> records;
};
/// What stands there already stays. Only while the restore is open.
struct put_standings {
  std::string name;  ///< of the restore
  std::vector<storage::kept_standing> parts;
};
/// Links of the audit's chain, in their order; those that are there already are left. `conflict`:
/// also when the chain has gone another way.
struct put_links {
  std::string name;
  std::vector<storage::audit_entry> links;
};

using backup_operation =
    std::variant<begin_snapshot, read_snapshot, read_change_log, log_change, read_records,
                 read_links, read_standings, begin_restore, find_restore, end_restore, rename_rows,
                 restore_rows, note_backup, put_records, put_standings, put_links>;
struct backup_call {
  backup_operation what;
};
/// Which member is set follows from the operation.
struct backup_answer {
  errc code = errc::none;
  storage::shard_snapshot snapshot;
  storage::mapping_page page;
  storage::log_page log;
  storage::restore_state restore;
  std::vector<storage::registry_record> records;
  std::vector<storage::audit_entry> links;
  std::vector<storage::kept_standing> standings;
  std::string next;  ///< cursor behind the standings; empty: these are the last
  std::vector<storage::kept_row> rows;
  std::uint32_t written = 0;  ///< rows
  std::uint32_t there = 0;    ///< something stood there; it was left
};

}  // namespace glados::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::backup_call)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(glados::actors::backup_answer)
