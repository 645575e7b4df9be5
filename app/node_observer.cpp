#include "app/node_observer.hpp"

#include "telemetry/log.hpp"

namespace glados::app {

node_observer::node_observer(telemetry::registry& in, std::chrono::steady_clock::duration slow)
    : slow_(slow),
      mappings_(in.add_gauge("glados_actors", "Live actors", {{"kind", "mapping"}})),
      verifications_(in.add_gauge("glados_actors", "Live actors", {{"kind", "verification"}})),
      loads_found_(in.add_counter("glados_directory_loads_total", "Records read from storage",
                                  {{"result", "found"}})),
      loads_absent_(in.add_counter("glados_directory_loads_total", "Records read from storage",
                                   {{"result", "absent"}})),
      mailbox_age_(in.add_histogram("glados_mailbox_age_seconds",
                                    "From sending to handling, sampled by shards")),
      restarts_(
          in.add_counter("glados_actor_restarts_total", "Actors that ended and were replaced")),
      leases_(in.add_counter("glados_lookup_leases_total",
                             "Questions to storage about lookup budgets")),
      units_granted_(in.add_counter("glados_lookup_units_total", "Units of lookup budgets leased",
                                    {{"way", "granted"}})),
      units_returned_(in.add_counter("glados_lookup_units_total", "Units of lookup budgets leased",
                                     {{"way", "returned"}})),
      lookups_refused_(
          in.add_counter("glados_lookups_refused_total", "Lookups and finds without budget left")),
      swept_(in.add_counter("glados_swept_records_total", "Records visited by the sweep")),
      swept_changed_(in.add_counter("glados_swept_changes_total",
                                    "Records in which the sweep changed something")),
      renamed_(in.add_counter("glados_renamed_records_total",
                              "Records that were given a name under a further index key")),
      redis_up_(in.add_gauge("glados_redis_up", "1 while Redis is connected")),
      redis_latency_(in.add_histogram("glados_redis_latency_seconds", "Of each answered command")),
      redis_errors_(in.add_counter("glados_redis_errors_total", "Error answers of Redis")),
      redis_waits_failed_(in.add_counter("glados_redis_waits_failed_total",
                                         "Groups of writes that no replica had in time")) {
  constexpr std::array<std::string_view, 5> words{"", "moved", "ask", "later", "given_up"};
  for (std::size_t what = 1; what < redirects_.size(); ++what)
    redirects_[what] =
        &in.add_counter("glados_redis_redirects_total",
                        "Commands that a cluster sent elsewhere, or later, without executing them",
                        {{"to", words[what]}});
  constexpr std::array<std::string_view, 3> outcomes{"accepted", "temporary", "permanent"};
  for (std::size_t way = 0; way < sends_.size(); ++way)
    for (std::size_t what = 0; what < outcomes.size(); ++what)
      sends_[way][what] = &in.add_counter(
          "glados_code_sends_total", "Messages with codes, by channel and outcome",
          {{"channel", to_string(static_cast<channel>(way))}, {"outcome", outcomes[what]}});
  for (std::size_t kind = 0; kind < patterns_.size(); ++kind)
    patterns_[kind] = &in.add_counter("glados_signals_total", "Patterns found by this node",
                                      {{"kind", to_string(static_cast<signal_kind>(kind))}});
  for (std::size_t how = 0; how < made_.size(); ++how)
    made_[how] = &in.add_counter("glados_mappings_made_total", "Mappings made or renewed",
                                 {{"provenance", to_string(static_cast<proof_method>(how))}});
}

void node_observer::entities_changed(std::string_view kind, int delta) {
  (kind == "mapping" ? mappings_ : verifications_).add(delta);
}

void node_observer::shard_loaded(bool found) { (found ? loads_found_ : loads_absent_).add(); }

void node_observer::mailbox_age(std::chrono::microseconds age) { mailbox_age_.observe(age); }

void node_observer::code_sent(channel way, bool accepted, bool permanent) {
  const std::size_t what = accepted ? 0 : permanent ? 2 : 1;
  sends_[static_cast<std::size_t>(way)][what]->add();
}

void node_observer::mapping_made(proof_method how) { made_[static_cast<std::size_t>(how)]->add(); }

void node_observer::pattern_found(signal_kind kind) {
  patterns_[static_cast<std::size_t>(kind)]->add();
}

void node_observer::restarted(std::string_view actor) {
  restarts_.add();
  telemetry::log_event(telemetry::level::error, "actor.restarted",
                       {telemetry::field("kind", actor)});
}

void node_observer::lookups_leased(std::uint64_t granted, std::uint64_t returned) {
  leases_.add();
  units_granted_.add(granted);
  units_returned_.add(returned);
}

void node_observer::lookups_refused(std::uint64_t times) { lookups_refused_.add(times); }

void node_observer::swept(std::size_t visited, std::size_t changed) {
  swept_.add(visited);
  swept_changed_.add(changed);
}

void node_observer::renamed(std::size_t records) { renamed_.add(records); }

void node_observer::stored(const actors::store_step& step, const trace_context& trace) {
  using telemetry::field;
  if (!step.failed() && step.took < slow_)
    return;
  const auto at = telemetry::level::warn;
  const auto* event = step.failed() ? "store.failed" : "store.slow";
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(step.took).count();
  const auto shard = field("shard", step.shard), name = field("step", step.name),
             code = field("code", step.code), took = field("took_ms", ms);
  if (!trace.present())
    return telemetry::log_event(at, event, {shard, name, code, took});
  telemetry::log_event(
      at, event,
      {shard, name, code, took, field("trace_id", telemetry::log_id{trace.high, trace.low}),
       field("span_id", telemetry::log_id{0, trace.span, false})});
}

storage::redis_observer node_observer::redis() {
  storage::redis_observer out;
  out.connection = [this](bool up) {
    redis_up_.set(up ? 1 : 0);
    telemetry::log_event(up ? telemetry::level::info : telemetry::level::warn,
                         up ? "redis.connected" : "redis.lost");
  };
  out.latency = [this](std::chrono::microseconds took) { redis_latency_.observe(took); };
  out.error_answer = [this](std::string_view) { redis_errors_.add(); };
  out.redirected = [this](storage::next_try::kind what) {
    redirects_[static_cast<std::size_t>(what)]->add();
  };
  out.wait_failed = [this] { redis_waits_failed_.add(); };
  return out;
}

}  // namespace glados::app
