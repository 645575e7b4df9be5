#include "app/cluster_page.hpp"

#include <algorithm>
#include <functional>

#include "http/json.hpp"
#include "storage/slot_map.hpp"

namespace glados::app {
namespace {

void add_redis(http::json_output& out, const storage::redis_stores& of) {
  const auto view = of.view();
  out.name("redis").begin_object().member("slots", std::uint64_t{storage::slot_count});
  out.member("slots_covered", std::uint64_t{view.covered}).member("epoch", view.epoch);
  out.name("processes").begin_array();
  for (const auto& one : of.nodes()) {
    out.begin_object().member("address", std::string_view(one.address));
    out.member("role", std::string_view(one.primary ? "primary" : "replica"));
    out.member("connected", one.up).member("slots", std::uint64_t{one.slots});
    out.member("queue", std::uint64_t{one.queue});
    const auto lag = std::chrono::ceil<std::chrono::milliseconds>(one.lag).count();
    out.name("replica_lag_ms");
    if (one.lag.count() < 0 || one.slots == 0)
      out.null();
    else
      out.value(static_cast<std::uint64_t>(lag));
    out.end_object();
  }
  out.end_array().end_object();
}

}  // namespace

std::string cluster_page(const cluster::cluster_status& seen, bool ready,
                         const storage::redis_stores& redis) {
  http::json_output out;
  out.begin_object().member("view", seen.view).member("shards", std::uint64_t{shard_count});
  out.member("shards_unowned", std::uint64_t{seen.unowned});
  out.member("moves_under_way", std::uint64_t{seen.leaving + seen.coming});
  out.name("index_key").begin_object().member("in_use", std::uint64_t{seen.index.in_use});
  out.member("active", std::uint64_t{seen.index.active});
  out.member("shards_with_old_names", std::uint64_t{seen.old_names}).end_object();
  out.name("nodes").begin_array();
  for (const auto& node : seen.nodes) {
    out.begin_object().member("node_id", std::string_view(node.id));
    out.member("state", std::string_view(node.draining ? "draining" : "serving"));
    out.member("ready", node.self ? ready : node.connected);
    out.member("answers_this", node.self);
    out.member("lease_left_ms",
               static_cast<std::uint64_t>(std::max<std::int64_t>(node.lease_left.count(), 0)));
    out.member("shards_owned", std::uint64_t{node.shards});
    out.member("index_keys", std::uint64_t{node.index_keys});
    out.end_object();
  }
  out.end_array();
  add_redis(out, redis);
  out.end_object();
  return out.take();
}

std::string shards_page(const cluster::cluster_status& seen) {
  http::json_output out;
  out.begin_object().member("view", seen.view).name("nodes").begin_array();
  for (const auto& node : seen.nodes) out.value(std::string_view(node.id));
  out.end_array().name("owners").begin_array();
  for (const auto place : seen.owners) out.value(std::int64_t{place});
  out.end_array().end_object();
  return out.take();
}

void add_cluster_metrics(telemetry::registry& in, const cluster::member& of,
                         const actors::lease_guard& lease) {
  using status = cluster::cluster_status;
  const auto read = [&](std::string_view name, std::string_view help,
                        std::function<double(const status&)> value) {
    in.add_gauge_reader(name, help, {}, [&of, value] { return value(*of.seen()); });
  };
  read("glados_cluster_view", "Number of the membership view",
       [](const status& now) { return static_cast<double>(now.view); });
  read("glados_cluster_members", "Live members in it",
       [](const status& now) { return static_cast<double>(now.nodes.size()); });
  read("glados_cluster_peers", "Of these, other nodes that are connected", [](const status& now) {
    return static_cast<double>(
        std::count_if(now.nodes.begin(), now.nodes.end(),
                      [](const auto& one) { return !one.self && one.connected; }));
  });
  read("glados_shards_owned", "Shards that this node owns", [](const status& now) {
    double out = 0;
    for (const auto& one : now.nodes) out += one.self ? static_cast<double>(one.shards) : 0;
    return out;
  });
  read("glados_shards_unowned", "Shards that no live member owns",
       [](const status& now) { return static_cast<double>(now.unowned); });
  read("glados_shards_leaving", "Shards on their way from this node",
       [](const status& now) { return static_cast<double>(now.leaving); });
  read("glados_shards_coming", "Shards on their way to this node",
       [](const status& now) { return static_cast<double>(now.coming); });
  read("glados_index_key_in_use", "Index keys by which records are named",
       [](const status& now) { return static_cast<double>(now.index.in_use); });
  read("glados_index_key_active", "The same for the names that shards are given now",
       [](const status& now) { return static_cast<double>(now.index.active); });
  read("glados_shards_with_old_names", "Shards of all nodes that are not there yet",
       [](const status& now) { return static_cast<double>(now.old_names); });
  in.add_gauge_reader(
      "glados_lease_left_seconds", "Until this node stops answering, unless renewed", {},
      [&lease] { return std::max(0.0, std::chrono::duration<double>(lease.left()).count()); });
}

}  // namespace glados::app
