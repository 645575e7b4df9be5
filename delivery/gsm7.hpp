// Says whether a text fits the GSM 7-bit alphabet (3GPP TS 23.038), which decides how an SMS is
// coded.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace glados::delivery {

/// Septets the text takes in the default alphabet, extension characters counting two; none if it
/// has a character outside it (or is not UTF-8) and must go as UCS-2. 160 septets make one message.
std::optional<std::size_t> gsm7_septets(std::string_view utf8);

}  // namespace glados::delivery
