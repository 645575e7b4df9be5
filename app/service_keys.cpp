#include "app/service_keys.hpp"

#include <unistd.h>

#include <stdexcept>

#include "telemetry/log.hpp"

extern char** environ;

namespace glados::app {

crypto::key_ring load_keys(const config::settings& values) {
  std::vector<std::string> errors;
  auto keys = crypto::key_ring::load({values.keys.directory, environ}, errors);
  std::string all;
  for (const auto& error : errors) all += (all.empty() ? "" : "; ") + error;
  if (!keys)
    throw std::runtime_error(all.empty() ? "the keys cannot be read" : all);
  return std::move(*keys);
}

void take_index_keys(crypto::key_ring& keys, const config::settings& fresh) {
  std::string why;
  try {
    if (keys.extend_index(load_keys(fresh), why))
      return telemetry::log_event(telemetry::level::info, "keys.reloaded",
                                  {telemetry::field("index_keys", keys.newest_index())});
  } catch (const std::exception& fault) {
    why = fault.what();
  }
  telemetry::log_event(telemetry::level::error, "keys.refused", {telemetry::field("why", why)});
}

}  // namespace glados::app
