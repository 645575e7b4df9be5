// Port: the rotation of the index key (domain/index_rotation.hpp). Same rules as
// directory_store.hpp. What all members agree on lies in the slot of the member table; how far a
// shard is, with its owner record.
#pragma once

#include <string>
#include <vector>

#include "domain/index_rotation.hpp"
#include "storage/directory_store.hpp"

namespace glados::storage {

/// A record that is to have another name.
struct renamed_record {
  sii_key from;
  directory_record record;  ///< under the new name, its users sealed for it; the version expected
};

/// Some records of one shard, at most `rows_per_step`. From the first such step on the shard counts
/// as being renamed, until `end_renaming`: only its owner's word keeps others from reading it.
struct renaming {
  fence by;
  std::uint8_t layers = 0;  ///< of the new names
  std::vector<renamed_record> records;
};

class names_store {
 public:
  virtual ~names_store() = default;

  /// Gives each record that is still there, in the version expected, its new name and body; its
  /// version stays. The others are left alone. Answers how many were renamed; `fenced`: none.
  virtual void rename_records(renaming step, reply<std::size_t> done) = 0;

  /// Once no record of the shard has a name of `from` layers: all have `to` from now on. False:
  /// there are some left. A walk through the records begins anew.
  virtual void end_renaming(const fence& by, std::uint8_t from, std::uint8_t to,
                            reply<bool> done) = 0;

  /// What a member says of its index keys, when it has more than at its join. `not_found`: it is no
  /// member.
  virtual void report_keys(const std::string& incarnation, const index_checks& keys,
                           reply<bool> done) = 0;

  /// Decides as `may_activate` does, over the member table as it stands, and makes the key the
  /// active one if that is the answer: one step.
  virtual void activate_key(std::uint8_t version, const index_checks& mine,
                            reply<activation_answer> done) = 0;

  /// No shard has older names: from now on callers use those of this key. `conflict`: it is not the
  /// active one. That no shard has older names is the caller's to know.
  virtual void settle_key(std::uint8_t version, reply<bool> done) = 0;
};

}  // namespace glados::storage
