// The service's keys, from the folder and the environment that the configuration names.
#pragma once

#include "config/settings.hpp"
#include "crypto/key_ring.hpp"

namespace glados::app {

/// Throws std::runtime_error with a sentence for the operator.
crypto::key_ring load_keys(const config::settings& values);

/// SIGHUP: takes further index keys; the others are read at the start only. Logs what came of it.
void take_index_keys(crypto::key_ring& keys, const config::settings& fresh);

}  // namespace glados::app
