// What a restore would write: a back-up, and over it what was taken away since
// (docs/decisions/0007). Both files are read once as a whole before anything is written, and once
// more for the rows. In memory stay one mark a shard, the registry, the standings, and the youngest
// state of every identifier that the change log names.
#pragma once

#include <array>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "admin/backup_parts.hpp"
#include "storage/backup_codec.hpp"

namespace glados::admin {

class restore_plan {
 public:
  /// Reads the back-up, which must be whole, and the change log, if there is one. Throws `stop`:
  /// whatever is wrong is found here.
  restore_plan(const std::string& backup, const std::string& changes, const crypto::secret32& key);

  const std::string& id() const { return id_; }
  /// JSON: which keys the records are named and sealed by, as far as the files know them.
  const value& keys() const { return keys_; }
  /// By so many of them; the service must use as many.
  std::uint8_t names() const { return names_; }
  std::uint64_t rows() const { return rows_; }  ///< of the back-up
  /// Of the log, behind the back-up's beginning.
  std::uint64_t changes() const { return changes_; }
  std::size_t taken() const { return taken_.size(); }

  /// Rows of a shard under the names that the service uses.
  using renaming =
      std::function<std::vector<storage::kept_row>(shard_id, std::vector<storage::kept_row>)>;
  /// From now on all rows have names of `layers` layers, which are no fewer than names(): those
  /// that have fewer pass through `rename`, at most rows_per_step at a time.
  void use_names(std::uint8_t layers, renaming rename);

  /// The registry: applications and providers as the log's end has them.
  std::vector<storage::registry_record> records() const;

  /// What the standings are made of as the log's end has it; of a provider at most so many strikes
  /// a part as go into one call.
  std::vector<storage::kept_standing> standings() const;

  /// Every row that is to stand, shard by shard; `ended` after each of them.
  void each_row(const std::function<void(shard_id, storage::kept_row)>& row,
                const std::function<void(const shard_mark&)>& ended) const;
  /// The audit's chain, first the back-up's, then what the log has beyond it.
  void each_links(const std::function<void(const std::vector<storage::audit_entry>&)>& take) const;

 private:
  using row_name = std::pair<shard_id, sii_key>;
  struct standing {
    std::map<std::string, strike> strikes;
    std::map<std::int64_t, std::uint64_t> changes;
  };
  using record_name = std::pair<storage::registry_record::kind, std::string>;

  void take(const frame& one, std::uint64_t place);
  void take_log(std::uint64_t from);
  void take_change(const storage::logged_change& entry);
  void take_record(storage::registry_record record);
  void take_standing(storage::kept_standing part);
  void take_note(standing_note note);
  void take_links(std::string_view content, const std::string& where);
  std::vector<storage::kept_row> named(shard_id shard, std::vector<storage::kept_row> rows) const;
  const storage::kept_row* later(shard_id shard, const storage::kept_row& row,
                                 std::uint64_t version) const;

  std::string backup_, log_;
  const crypto::secret32& key_;
  std::string id_;
  value facts_, keys_;
  chain_end chain_;
  bool met_ = false;  ///< the log's audit has the record of the back-up's beginning
  std::array<std::uint64_t, shard_count> began_{};  ///< place of the last section's first frame
  std::array<shard_mark, shard_count> marks_{};     ///< of whole sections
  std::array<bool, shard_count> whole_{};
  std::uint64_t rows_ = 0, changes_ = 0;
  std::uint8_t names_ = 1;
  renaming rename_;
  std::map<record_name, storage::registry_record> records_;
  std::map<row_name, storage::kept_row> taken_;
  std::map<std::string, standing> standings_;  ///< by provider
};

}  // namespace glados::admin
