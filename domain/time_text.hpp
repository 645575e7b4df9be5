// Instants as text: RFC 3339, UTC, milliseconds.
#pragma once

#include <string>

#include "domain/ids.hpp"

namespace glados {

/// "2026-11-23T09:41:00.123Z".
std::string rfc3339(instant at);

/// The first instant of the same UTC day: what a lookup tells of a proof's age.
instant start_of_day(instant at);

}  // namespace glados
