// The cluster as the admin listener and the metrics show it.
#pragma once

#include <string>

#include "cluster/member.hpp"
#include "storage/redis_stores.hpp"
#include "telemetry/metrics.hpp"

namespace glados::app {

/// Body of GET /admin/v1/cluster: what this node sees.
std::string cluster_page(const cluster::cluster_status& seen, bool ready,
                         const storage::redis_stores& redis);

/// Body of GET /admin/v1/cluster/shards.
std::string shards_page(const cluster::cluster_status& seen);

/// `of` outlives the registry's last reading.
void add_cluster_metrics(telemetry::registry& in, const cluster::member& of,
                         const actors::lease_guard& lease);

}  // namespace glados::app
