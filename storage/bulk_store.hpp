// Port: the bulk jobs of one provider ({p:<id>}): their state, how far each part is, the results of
// every row. The rows themselves are written by directory_store::apply_rows. Same rules as
// directory_store.hpp.
//
// A part is worked off in shares, one a shard: a share's results are kept once, in the step that
// counts them, and a repeated part only does the shares that are missing.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/bulk.hpp"
#include "domain/event.hpp"
#include "storage/directory_store.hpp"

namespace glados::storage {

/// How long a job and its results are kept after their last change.
inline constexpr std::chrono::hours jobs_kept{7 * 24};

struct job_creation {
  bulk_job job;
  bytes16 key_tag{};          ///< HMAC of the Idempotency-Key, kept for a day
  std::size_t most_open = 5;  ///< of the provider
};
struct created_job {
  std::uint64_t number = 0;  ///< of the job that stands under the key
  bool replayed = false;     ///< it was made by an earlier call
};

struct part_opening {
  job_name job;
  std::uint32_t part = 0;
  bytes16 fingerprint{};      ///< HMAC of the part's content
  std::uint32_t rows = 0;     ///< valid in form
  std::uint64_t ceiling = 0;  ///< of the provider's asserted rows, over all its jobs
};
struct part_state {
  bool done = false;
  std::uint32_t lines = 0, rejected = 0, stored = 0;  ///< if done
  std::uint32_t granted = 0;                          ///< rows that the ceiling leaves room for
  std::uint32_t credit = 0;     ///< conflicts that were paid for and not yet shown
  std::vector<shard_id> saved;  ///< shares that are done
};

/// The rows of one shard, and what became of them; `results` is encoded by bulk_codec.hpp.
struct part_share {
  shard_id shard = 0;
  std::string results;
  std::uint32_t created = 0, unchanged = 0, conflicts = 0;
  std::uint32_t stored = 0;  ///< claims made: they use up the grant
};
struct part_progress {
  job_name job;
  std::uint32_t part = 0;
  std::uint32_t credit = 0;
  std::vector<part_share> shares;
  bool last = false;  ///< with these the part is done
  std::uint32_t lines = 0, rejected = 0;
  std::string rejects;  ///< results of the rejected lines
  event notice;         ///< should the job end with this part
};

struct saved_part {
  bool ended = false;        ///< this ended the job, and its notice is in the stream
  std::uint32_t stored = 0;  ///< claims that the part has made so far
};

/// All results of a part: rejects and shares, each encoded, in no order.
struct part_results {
  bool done = false;
  std::vector<std::pair<shard_id, std::string>> shares;
  std::string rejects;
};

struct job_ending {
  job_name job;
  bulk_state wanted = bulk_state::completed;  ///< completed, cancelled or failed (reverted)
  event notice;                               ///< with completed
  std::uint64_t retracted = 0;                ///< with failed: rows that no longer stand
};

class bulk_store {
 public:
  virtual ~bulk_store() = default;

  /// `rate_limited` when too many are open; `conflict` should the number be taken.
  virtual void create_job(const job_creation& what, reply<created_job> done) = 0;
  /// `not_found`, as all of the following.
  virtual void load_job(const job_name& job, reply<bulk_job> done) = 0;
  /// `conflict`: the job takes no new part any more, or the part has other content.
  virtual void open_part(const part_opening& what, reply<part_state> done) = 0;
  /// `conflict`: the job has ended. Its shares are kept and counted all the same: their rows stand.
  virtual void save_part(const part_progress& what, reply<saved_part> done) = 0;
  virtual void load_results(const job_name& job, std::uint32_t part, reply<part_results> done) = 0;
  /// Completing a job with an unfinished part makes it `running`; the part's end completes it.
  /// `conflict`: it ended in another way; or, for failed, it has not ended. True: this ended it,
  /// and its notice is in the stream.
  virtual void end_job(const job_ending& what, reply<bool> done) = 0;
};

}  // namespace glados::storage
