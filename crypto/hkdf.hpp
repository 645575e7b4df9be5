// Keys from keys: HKDF with SHA-256 (RFC 5869).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "crypto/digest.hpp"

namespace glados::crypto {

/// `length` bytes (at most 8,160) that look independent for every `info`. `salt` may be empty.
/// The caller cleanses the string when it is a key.
std::string hkdf(bytes_view key, std::string_view info, std::size_t length, bytes_view salt = {});

/// A key of 32 bytes.
secret32 derive_key(bytes_view key, std::string_view info);

}  // namespace glados::crypto
