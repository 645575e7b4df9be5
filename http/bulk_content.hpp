// The content of one part of a bulk job (api.md section 8), read line by line in slices: which rows
// are valid in form, under which keys they are stored, and why the others are rejected. The only
// place where a part's identifiers exist in clear. Used by one worker; nothing here waits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "actors/bulk_messages.hpp"
#include "crypto/key_ring.hpp"
#include "http/api.hpp"
#include "storage/bulk_codec.hpp"

namespace glados::http {

/// Which part it is.
struct part_name {
  job_name job;
  std::uint32_t part = 0;
};

/// How valid rows lie in memory: tens of thousands of them wait for their shard's turn.
struct content_row {
  sii_key key;
  std::uint32_t line = 0;
  std::uint32_t user_at = 0;  ///< of the sealed user in one long string
  std::uint16_t user_size = 0;
  shard_id shard = 0;
};

class bulk_content {
 public:
  /// Without `sealed` (a dry run) rows have neither key nor user.
  bulk_content(const crypto::key_ring& keys, part_name name, const bulk_limits& limits,
               bool sealed);

  /// Takes some lines off the front of `rest`. False: there are more than a part may have.
  bool read(std::string_view& rest, std::size_t most_lines);

  /// After the last line: at most so many rows are let through, those over it are rejected in the
  /// order of lines; then the rows are put in order of their shards.
  void admit(std::size_t granted);

  /// Layers of the rows' names.
  std::uint8_t layers() const { return layers_; }
  std::uint32_t lines() const { return lines_; }
  std::size_t rows() const { return rows_.size(); }
  /// By line, whatever the order in which they were found.
  const std::vector<storage::row_result>& rejects() const { return rejects_; }
  /// Of everything read so far; the same content in the same slices has the same.
  bytes16 fingerprint() const { return fingerprint_; }

  /// The rows of the next shard that has any, as one message each of at most `most` rows; empty at
  /// the end. Route and rule are the caller's to set.
  std::vector<actors::register_rows> next_share(std::size_t most);

 private:
  void take(std::string_view line);
  void reject(errc why);
  void keep(std::string_view canonical, std::string_view user);

  const crypto::key_ring& keys_;
  const std::uint8_t layers_;  ///< of all names of the part, whatever comes into use meanwhile
  const part_name name_;
  const bulk_limits limits_;
  const bool sealed_;
  std::vector<content_row> rows_;
  std::string users_;
  std::vector<storage::row_result> rejects_;
  std::uint32_t lines_ = 0;
  std::size_t next_ = 0;
  bytes16 fingerprint_{};
};

}  // namespace glados::http
