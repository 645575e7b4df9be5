// The operators' console as it was built in: console/, bundled by console/build.mjs.
#pragma once

#include <span>

#include "http/static_files.hpp"

namespace glados::app {

/// Every file of the console; empty in a build without it. Constant; safe from any thread.
std::span<const http::static_file> console_files();

}  // namespace glados::app
