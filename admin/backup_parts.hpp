// What the frames of a back-up hold (backup_file.hpp), and calls that are made again while a
// service is busy moving its shards.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "admin/backup_file.hpp"
#include "admin/session.hpp"
#include "domain/ids.hpp"
#include "storage/backup_codec.hpp"

namespace glados::admin {

/// Types of frames. Of a shard's sections only the last whole one counts: one that is not ended was
/// left by a crash, or its snapshot was.
namespace part_type {
inline constexpr char facts = 'H';      ///< JSON: keys, and where the change log was
inline constexpr char begin = 'B';      ///< shard_mark: a section begins
inline constexpr char rows = 'R';       ///< rows_part
inline constexpr char end = 'E';        ///< shard_mark: it is whole
inline constexpr char records = 'P';    ///< storage::encode_records
inline constexpr char standings = 'N';  ///< storage::encode_standings
inline constexpr char links = 'A';      ///< storage::encode_links
inline constexpr char log = 'L';        ///< storage::encode_log
inline constexpr char seen = 'S';       ///< JSON: the log was read up to its end
inline constexpr char keys = 'K';       ///< JSON: of the log: the keys of the service from here on
}  // namespace part_type

struct shard_mark {
  shard_id shard = 0;
  std::uint64_t epoch = 0, version = 0;
  std::uint8_t names = 1;
  std::uint64_t rows = 0;  ///< at the end
};
std::string encode(const shard_mark& mark);
/// Throws `stop` (untrue), as everything that reads a frame whose seal is good.
shard_mark read_mark(std::string_view content);

struct rows_part {
  shard_id shard = 0;
  std::string rows;  ///< storage::encode_rows
};
std::string encode(const rows_part& part);
rows_part read_rows(std::string_view content);

/// The audit's chain as it is read on: every link follows the one before.
struct chain_end {
  std::uint64_t sequence = 0;
  bytes32 hash{};

  /// Drops the links that were read before, and goes on to the last one. Throws `stop` (untrue)
  /// when one does not follow.
  void follow(std::vector<storage::audit_entry>& links, const std::string& where);
};

value read_json(std::string_view content);
[[noreturn]] void not_ours();

/// A change that may be repeated: made again while the service answers that it is busy or moving,
/// for half a minute; also on the refusals whose status is `also`.
value insist(session& s, const std::string& path, const value& body, int also = 0);
/// Whether a command was ended by this status.
bool refused_with(const stop& why, int status);

/// What stands in the member `content` of an answer.
std::string content_of(const value& answer);

/// Lets a moment pass between two looks at a remote state; nothing could wake it earlier.
void pause(std::chrono::milliseconds time);

/// Refuses a service that lacks one of the first `names` keys by which a file's records are named
/// and sealed, or has another instead.
void need_same_keys(const value& file, const value& service, std::size_t names);

/// The key of --key-file.
crypto::secret32 backup_key(const session& s);

// The commands (commands.cpp).
void back_up(session& s);
void follow_changes(session& s);
void restore_backup(session& s);

}  // namespace glados::admin
