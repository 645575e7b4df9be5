// The id that every answer carries (api.md section 1): the caller's own, or a new one.
#pragma once

#include <string>
#include <string_view>

#include "crypto/random.hpp"

namespace glados::http {

/// `given` if it is 1 to 64 of [A-Za-z0-9._-], else a new id, unique over processes. Any thread.
std::string request_id_for(std::string_view given, crypto::random_source& random);

}  // namespace glados::http
