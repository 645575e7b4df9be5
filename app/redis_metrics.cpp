#include "app/redis_metrics.hpp"

namespace glados::app {

namespace {

using storage::redis_node_figures;

template <class Figure>
void each_node(telemetry::registry& in, std::string_view name, std::string_view help,
               const storage::redis_stores& of, Figure figure) {
  in.add_gauge_family(name, help, "node", [&of, figure] {
    std::vector<std::pair<std::string, double>> out;
    for (const redis_node_figures& node : of.nodes())
      out.emplace_back(node.address, static_cast<double>(figure(node)));
    return out;
  });
}

}  // namespace

void describe_redis(telemetry::registry& in, const storage::redis_stores& of) {
  each_node(in, "glados_redis_node_up", "1 while a connection to this process stands", of,
            [](const redis_node_figures& node) { return node.up ? 1 : 0; });
  each_node(in, "glados_redis_node_slots", "Slots that it owns", of,
            [](const redis_node_figures& node) { return node.slots; });
  each_node(in, "glados_redis_node_queue", "Commands for it without an answer yet", of,
            [](const redis_node_figures& node) { return node.queue; });
  each_node(in, "glados_redis_node_answers", "Commands that it answered", of,
            [](const redis_node_figures& node) { return node.answers; });
  each_node(in, "glados_redis_node_latency_seconds", "Sum over these answers", of,
            [](const redis_node_figures& node) {
              return std::chrono::duration<double>(node.latency).count();
            });
  each_node(in, "glados_redis_node_replica_lag_seconds",
            "How long a replica took for what was written last, or has not answered; or -1", of,
            [](const redis_node_figures& node) {
              return node.lag.count() < 0 ? -1 : std::chrono::duration<double>(node.lag).count();
            });
  in.add_gauge_reader("glados_redis_slot_map_epoch", "Highest configuration epoch of any slot", {},
                      [&of] { return static_cast<double>(of.view().epoch); });
  in.add_gauge_reader("glados_redis_slots_covered", "Slots with a known owner", {},
                      [&of] { return static_cast<double>(of.view().covered); });
}

}  // namespace glados::app
