// `glados load --direct`: lookups straight to the actors of a node in this process.
#pragma once

#include "config/settings.hpp"
#include "load/options.hpp"
#include "load/result.hpp"

namespace glados::app {

/// As `load::perform`, for lookups of `asked.numbers`; `asked.connections` questions wait at once.
/// Registers the known numbers first. Each thread asks as an HTTP worker does, through a bridge
/// (http/bridge.hpp) whose thread runs the actors that its questions wake; what HTTP adds before
/// and after is left out. Throws std::runtime_error with a sentence.
load::outcome perform_direct(const config::settings& values, const load::options& asked,
                             bool lines);

}  // namespace glados::app
