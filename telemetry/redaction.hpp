// Recognises strings that must not reach the log. It errs on the side of hiding: a harmless string
// that looks like a secret is replaced, too.
#pragma once

#include <string_view>

namespace glados::telemetry {

inline constexpr std::string_view redacted_text = "[redacted]";

/// True for a string that contains
/// - `tel:`, `mailto:` or `sip:` in any case, `@`, or their percent-encoded forms;
/// - a plus sign and then 7 or more digits, visual separators between them ignored;
/// - 7 or more digits in a row that do not continue a word;
/// - exactly 6 digits that stand alone, as a verification code does;
/// - 32 or more base64url characters in a row, a digit or an upper-case letter among them.
bool looks_personal(std::string_view text);

}  // namespace glados::telemetry
