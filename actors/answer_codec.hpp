// The stored form of the answer to an idempotent create: a version byte and the members of the
// verification object. Holds neither identifier nor user id, so it needs no seal.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/verification.hpp"

namespace glados::actors {

/// At most 128 bytes; ids longer than 64 bytes are cut (none are made).
std::string encode(const verification_view& view);

/// None when `body` is not what `encode` writes.
std::optional<verification_view> decode_view(std::string_view body);

}  // namespace glados::actors
