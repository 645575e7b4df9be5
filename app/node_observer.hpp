// Turns what actors, storage and listeners report into metrics. Owned by the service; every call is
// safe from any thread.
#pragma once

#include <functional>

#include "actors/node_context.hpp"
#include "storage/redis_options.hpp"
#include "telemetry/metrics.hpp"

namespace glados::app {

class node_observer final : public actors::actor_observer {
 public:
  /// `slow`: a step at storage that takes so long is logged.
  node_observer(telemetry::registry& in, std::chrono::steady_clock::duration slow);

  void entities_changed(std::string_view kind, int delta) override;
  void shard_loaded(bool found) override;
  void mailbox_age(std::chrono::microseconds age) override;
  void code_sent(channel way, bool accepted, bool permanent) override;
  void mapping_made(proof_method how) override;
  void pattern_found(signal_kind kind) override;
  void restarted(std::string_view actor) override;
  void lookups_leased(std::uint64_t granted, std::uint64_t returned) override;
  void lookups_refused(std::uint64_t times) override;
  void swept(std::size_t visited, std::size_t changed) override;
  void renamed(std::size_t records) override;
  void stored(const actors::store_step& step, const trace_context& trace) override;

  /// What the Redis connection reports.
  storage::redis_observer redis();

 private:
  const std::chrono::steady_clock::duration slow_;
  telemetry::gauge& mappings_;
  telemetry::gauge& verifications_;
  telemetry::counter& loads_found_;
  telemetry::counter& loads_absent_;
  telemetry::histogram& mailbox_age_;
  std::array<std::array<telemetry::counter*, 3>, 3> sends_{};  ///< by channel and outcome
  std::array<telemetry::counter*, 4> made_{};                  ///< by provenance
  std::array<telemetry::counter*, signal_kinds> patterns_{};   ///< by kind
  telemetry::counter& restarts_;
  telemetry::counter& leases_;
  telemetry::counter& units_granted_;
  telemetry::counter& units_returned_;
  telemetry::counter& lookups_refused_;
  telemetry::counter& swept_;
  telemetry::counter& swept_changed_;
  telemetry::counter& renamed_;
  telemetry::gauge& redis_up_;
  telemetry::histogram& redis_latency_;
  telemetry::counter& redis_errors_;
  std::array<telemetry::counter*, 5> redirects_{};  ///< by what was told
  telemetry::counter& redis_waits_failed_;
};

}  // namespace glados::app
