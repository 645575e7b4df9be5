// Checks on text that came from outside: strict UTF-8, its length in characters, control
// characters.
#pragma once

#include <cstddef>
#include <string_view>

namespace glados {

/// True for well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates, nothing over U+10FFFF,
/// nothing cut off. The empty string is well formed.
bool valid_utf8(std::string_view text);

/// The number of code points of well-formed UTF-8; of anything else the number of non-continuation
/// bytes.
std::size_t utf8_length(std::string_view text);

/// True if well-formed UTF-8 holds a control character (C0, DEL, C1) or one of the two separators
/// that end a line (U+2028, U+2029).
bool has_control_characters(std::string_view text);

/// Text of `least` to `most` code points, well formed, without control characters.
bool plain_text(std::string_view text, std::size_t least, std::size_t most);

inline constexpr std::size_t user_id_max = 128;
inline constexpr std::size_t name_max = 64;
inline constexpr std::size_t note_max = 2000;

/// A provider's user id: 1 to 128 characters, none of them control characters.
inline bool valid_user_id(std::string_view id) { return plain_text(id, 1, user_id_max); }

/// Text that people write over several lines (notes, evidence): up to 2,000 characters, of the
/// control characters only tab, line feed and carriage return.
bool valid_note(std::string_view text);

}  // namespace glados
