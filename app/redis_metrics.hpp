// Figures of the processes behind the store, for Prometheus.
#pragma once

#include "storage/redis_stores.hpp"
#include "telemetry/metrics.hpp"

namespace glados::app {

/// `of` must outlive the last `expose` of `in`.
void describe_redis(telemetry::registry& in, const storage::redis_stores& of);

}  // namespace glados::app
