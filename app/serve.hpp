// `glados serve`: one node, from settings to a clean end.
#pragma once

#include <functional>

#include "config/load.hpp"

namespace glados::app {

/// Runs a node until SIGTERM or SIGINT, then drains and returns the exit status: 0 for a clean end,
/// 1 when it could not start. SIGHUP reads certificates, CA, CRL and the list of admin certificates
/// anew (`again` loads the settings for that) and reopens the log. Says on the standard error
/// stream why it could not start; everything later goes to the log.
int serve(config::settings values, std::function<config::loaded()> again);

}  // namespace glados::app
