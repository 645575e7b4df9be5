// How values look in Redis: one byte of format, then fields in a fixed order; numbers are LEB128
// varints, strings carry their length, times are microseconds. No names, no JSON. What the key or a
// version prefix already says is not repeated. Decoding is total: whatever bytes it is given, it
// answers a value or nothing, and never reserves more than the input could hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "storage/directory_store.hpp"
#include "storage/membership_store.hpp"
#include "storage/provider_store.hpp"
#include "storage/registry_store.hpp"

namespace glados::storage {

/// Stored values that are compared and replaced begin with their version, 8 bytes, big endian.
inline constexpr std::size_t version_size = 8;
std::string with_version(std::uint64_t version, std::string_view body);
/// Version 0 when `value` is too short to hold one; `body` is then empty.
struct versioned {
  std::uint64_t version = 0;
  std::string_view body;
};
versioned split_version(std::string_view value);

/// The mappings of a record. Its key is the field it is stored under.
std::string encode(const directory_record& record);
std::optional<std::vector<mapping>> decode_mappings(std::string_view bytes);

/// Everything but id and version.
std::string encode(const change_record& change);
std::optional<change_record> decode_change(std::string_view bytes);

/// Everything but id, version, code tag and message.
std::string encode(const verification& proof);
std::optional<verification> decode_verification(std::string_view bytes);

/// Code tag and sealed message, kept apart because they expire sooner.
std::string encode_code(const verification& proof);
bool decode_code(std::string_view bytes, verification& into);

/// Everything but the id.
std::string encode(const outbox_entry& entry);
std::optional<outbox_entry> decode_outbox(std::string_view bytes);

/// Everything but the hash.
std::string encode(const access_token& token);
std::optional<access_token> decode_token(std::string_view bytes);

/// Everything but the sequence.
std::string encode(const audit_entry& entry);
std::optional<audit_entry> decode_audit(std::string_view bytes);

std::string encode(const change_notice& notice);
std::optional<change_notice> decode_notice(std::string_view bytes);

std::string encode(const directory_identity& identity);
std::optional<directory_identity> decode_identity(std::string_view bytes);

}  // namespace glados::storage
