// The rotation of the index key (docs/decisions/0005): a further key adds a layer to every record's
// name. Pure rules about who may begin one, who may take part, and when it is over.
//
//   settled ──activated: every member has the key──> pending ──no shard has old names──> settled
//   in_use = active                                  in_use + 1 = active
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"
#include "domain/membership.hpp"

namespace glados {

/// How many layers names have. `in_use`: so many callers give, and every shard has at least.
/// `active`: to so many the shards rename their records.
struct index_state {
  std::uint8_t in_use = 1;
  std::uint8_t active = 1;

  bool pending() const { return in_use != active; }
  friend bool operator==(const index_state&, const index_state&) = default;
};

/// One value a key, the first key first. Two nodes whose first n keys are equal, and only they,
/// have n equal values. They tell nothing about the keys.
using index_checks = std::vector<bytes16>;

/// What the members say of their keys.
struct member_keys {
  std::string node;
  index_checks checks;
};

enum class activation : std::uint8_t {
  active,      ///< it is the active key, now or since before
  not_next,    ///< its number is not that of the active key + 1
  unfinished,  ///< the rotation before it is under way: there would be two pending layers
  lacking,     ///< a member does not have it
  differing,   ///< a member has another one of that number
};

std::string_view to_string(activation outcome);

struct activation_answer {
  activation outcome = activation::active;
  std::string node;  ///< with lacking, differing
};

/// Whether key number `version` may become the active one, asked by a node with the keys `mine`.
/// Decided in the step that also writes it (storage/scripts/activate_key.lua mirrors it).
activation_answer may_activate(const index_state& now, std::uint8_t version,
                               const index_checks& mine, std::span<const member_keys> members);

/// Says in one sentence why a node with the keys `mine` may not join a directory whose names are
/// made with keys of `needed`; empty if it may. More keys than needed are welcome.
std::string keys_mismatch(const index_checks& needed, const index_checks& mine);

/// Shards that have records under names of fewer layers than `active`.
std::size_t shards_behind(std::span<const shard_owner> records, std::uint8_t active);

}  // namespace glados
