// Messages of bulk registration. The first two pairs go to shards, from any node; the others never
// leave their node: they ask the desk that keeps jobs (bulk_desk.hpp).
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "actors/messages.hpp"
#include "domain/bulk.hpp"
#include "storage/bulk_store.hpp"

namespace glados::actors {

/// One row of a part, valid in form.
struct bulk_row {
  sii_key key;
  std::string user;        ///< sealed
  std::uint32_t salt = 0;  ///< for the mapping, should one be made
  std::uint32_t line = 0;
};

/// Registers a part's rows of one shard. HTTP worker -> shard, which writes them itself: no row
/// gets an actor. The same rows again change nothing and are answered as before.
struct register_rows {
  route via;
  std::string provider_id;
  conflict_rule rule = conflict_rule::skip;
  std::uint64_t job = 0;
  std::uint32_t part = 0;
  std::vector<bulk_row> rows;
};

struct row_outcome {
  row_status status = row_status::created;
  bool has_claim = false;
  std::uint32_t salt = 0;
};

/// `code`: none, or a failure; then some rows may be written. Rows in the order they were sent.
struct register_answer {
  errc code = errc::none;
  std::vector<row_outcome> rows;
};

/// Takes back what a job registered in one shard, as far as it was not proven since. Admin worker
/// -> shard.
struct retract_rows {
  route via;
  std::string provider_id;
  std::uint64_t job = 0;
  std::vector<sii_key> keys;
  std::vector<std::uint32_t> salts;  ///< one a key
};
struct retract_answer {
  errc code = errc::none;
  std::uint64_t retracted = 0;
};

/// The record was written by the shard itself: forget it. Shard -> mapping.
struct record_changed {};

// --- the desk ------------------------------------------------------------------------------------

struct find_job {
  job_name job;
};
struct find_results {
  job_name job;
  std::uint32_t part = 0;
};
using bulk_operation = std::variant<storage::job_creation, find_job, storage::part_opening,
                                    storage::part_progress, find_results, storage::job_ending>;
struct bulk_call {
  bulk_operation what;
};
/// Which member is set follows from the operation.
struct bulk_answer {
  errc code = errc::none;
  storage::created_job made;
  bulk_job job;
  storage::part_state part;
  storage::part_results results;
};

template <class Inspector>
auto inspect(Inspector& f, bulk_row& x) {
  return f(x.key, x.user, x.salt, x.line);
}
template <class Inspector>
auto inspect(Inspector& f, register_rows& x) {
  return f(x.via, x.provider_id, x.rule, x.job, x.part, x.rows);
}
template <class Inspector>
auto inspect(Inspector& f, row_outcome& x) {
  return f(x.status, x.has_claim, x.salt);
}
template <class Inspector>
auto inspect(Inspector& f, register_answer& x) {
  return f(x.code, x.rows);
}
template <class Inspector>
auto inspect(Inspector& f, retract_rows& x) {
  return f(x.via, x.provider_id, x.job, x.keys, x.salts);
}
template <class Inspector>
auto inspect(Inspector& f, retract_answer& x) {
  return f(x.code, x.retracted);
}
template <class Inspector>
auto inspect(Inspector& f, record_changed&) {
  return f();
}

}  // namespace glados::actors
