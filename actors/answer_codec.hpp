// The stored forms of the answers to idempotent calls: a byte that tells which, then the members in
// a fixed order. The answer to a create holds neither identifier nor user id; the one to a decision
// holds the user id as it stands in the mapping: sealed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/mapping.hpp"
#include "domain/verification.hpp"

namespace glados::actors {

/// What a decision answered.
struct decided_mapping {
  mapping_view mapping;   ///< without a conflict: it is decided
  std::string change_id;  ///< at most 64 bytes
};

/// At most 128 bytes; ids longer than 64 bytes are cut (none are made).
std::string encode(const verification_view& view);

/// None when `body` is not what `encode` writes.
std::optional<verification_view> decode_view(std::string_view body);

std::string encode(const decided_mapping& made);
std::optional<decided_mapping> decode_decided(std::string_view body);

}  // namespace glados::actors
