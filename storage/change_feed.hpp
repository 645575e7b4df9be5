// How the change feed {g} is read; see registry_store::changes.
#pragma once

#include <cstddef>

namespace glados::storage {

/// A page that has so many notices may not be the last one.
inline constexpr std::size_t most_notices = 1000;

}  // namespace glados::storage
