// Stored forms of strikes, reports and notes about a provider's standing. Decoders answer nothing
// for bytes that no encoder made.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/standing.hpp"

namespace glados::storage {

/// All but the id, which is the key of its place.
std::string encode(const strike& what);
std::optional<strike> decode_strike(std::string_view bytes);

/// All but id and version.
std::string encode(const report& what);
std::optional<report> decode_report(std::string_view bytes);

std::string encode(const standing_note& what);
std::optional<standing_note> decode_note(std::string_view bytes);

}  // namespace glados::storage
