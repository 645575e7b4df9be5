// Applications and providers as bytes, to be sealed before they are stored. Same format rules as
// codec.hpp; id and version are kept beside the value.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/enrolment.hpp"
#include "domain/provider.hpp"

namespace glados::storage {

std::string encode(const application& form);
std::optional<application> decode_application(std::string_view bytes);

std::string encode(const provider& who);
std::optional<provider> decode_provider(std::string_view bytes);

}  // namespace glados::storage
