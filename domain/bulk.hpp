// Bulk registration (api.md section 8), as pure rules: what a row does to the record of its SII,
// what undoing it does, the life of a job, how lines and ids read. No clock, no store, no actor.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"

namespace glados {

/// What a row does when another provider has a claim on its SII: store nothing, or a claim without
/// preference.
enum class conflict_rule : std::uint8_t { skip, contest };

/// open: takes parts; running: complete was asked for while a part was under way; the others are
/// ends. failed: operators took back what it had registered.
enum class bulk_state : std::uint8_t { open, running, completed, cancelled, failed };

enum class row_status : std::uint8_t { created, unchanged, conflict, rejected };

std::string_view to_string(conflict_rule rule);
std::string_view to_string(bulk_state state);
std::string_view to_string(row_status status);
std::optional<conflict_rule> parse_conflict_rule(std::string_view name);
std::optional<bulk_state> parse_bulk_state(std::string_view name);

/// A job's numbers are those of finished shares of its parts: they grow while a part runs.
struct bulk_job {
  std::string provider_id;
  std::uint64_t number = 0;  ///< random; with the provider it makes the public id
  conflict_rule on_conflict = conflict_rule::skip;
  bool dry_run = false;
  bulk_state state = bulk_state::open;
  std::uint64_t lines = 0, created = 0, unchanged = 0, conflicts = 0, rejected = 0;
  std::uint64_t parts = 0;           ///< finished ones
  std::vector<std::uint32_t> begun;  ///< numbers of all parts, finished or not
};

/// "j" + 16 hex digits + "." + provider: whoever has the id finds the job without an index.
std::string job_id(std::string_view provider_id, std::uint64_t number);
struct job_name {
  std::string provider_id;
  std::uint64_t number = 0;
};
std::optional<job_name> parse_job_id(std::string_view id);

/// The number of a part as it stands in a path: 0 to 999,999 without leading zeros.
std::optional<std::uint32_t> parse_part(std::string_view text);

// --- lines ---------------------------------------------------------------------------------------

/// Takes one line off `rest`, without its end (LF, or CR LF). The last one needs no end.
std::string_view take_line(std::string_view& rest);

/// The members of `{"sii":"…","user_id":"…"}` as most callers write it: without escapes, in this or
/// the other order, blanks only between tokens. Nothing for every other line: those need a parser.
struct plain_row {
  std::string_view sii;
  std::string_view user_id;
};
std::optional<plain_row> read_plain_row(std::string_view line);

// --- rows ----------------------------------------------------------------------------------------

/// One row, valid in form. `user` is sealed; `origin.contested` is the decision's to set.
struct assertion {
  std::string provider_id;
  std::string user;
  std::uint32_t salt = 0;  ///< for the claim, should one be made
  bulk_origin origin;
};

/// `next` is to be stored if `changed`. `salt` names the provider's claim, if `has_claim`.
struct assertion_outcome {
  row_status status = row_status::created;
  bool has_claim = false;
  std::uint32_t salt = 0;
  bool changed = false;
  directory_record next;
  std::vector<user_count_change> counts;  ///< if `changed`: what to count with it
};

/// What the row does to `record` at `now`.
/// - The claim that this very row made before: the same answer again, nothing changes.
/// - Any other claim of the provider, for whichever user, proven or asserted: `unchanged`.
/// - A claim of another provider, also an undecided one: `conflict`. With `contest` a claim without
///   preference is added; an assertion never takes one.
/// - Else a claim is added and is preferred: among assertions the oldest.
assertion_outcome assert_claim(const directory_record& record, const assertion& row,
                               conflict_rule rule, instant now);

/// Takes back what job `job` registered under `salt`; nothing if it was proven since or is gone.
struct retraction_outcome {
  bool changed = false;
  directory_record next;
  std::vector<user_count_change> counts;
};
retraction_outcome retract_claim(const directory_record& record, std::string_view provider_id,
                                 std::uint64_t job, std::uint32_t salt, instant now);

/// Whether the provider is asked to prove this one anew: one in 1,000. The key is a keyed hash, so
/// nobody outside can tell which.
bool is_sampled(const sii_key& key);

}  // namespace glados
