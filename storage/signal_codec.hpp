// A finding as bytes, to be sealed before it is stored. Same format rules as codec.hpp; id and
// version are kept beside the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/signal.hpp"

namespace glados::storage {

std::string encode(const signal_record& record);
std::optional<signal_record> decode_signal(std::string_view bytes);

}  // namespace glados::storage
