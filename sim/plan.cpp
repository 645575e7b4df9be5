#include "sim/plan.hpp"

#include <algorithm>

#include "sim/trace.hpp"

namespace glados::sim {
namespace {

/// How the faults of one kind are drawn.
struct fault_rule {
  fault_kind what;
  range scenario::*count;
  std::string_view name;
  range span;    ///< microseconds
  range amount;  ///< see fault_kind
};

constexpr std::int64_t s = second, ms = millisecond;

constexpr std::array fault_rules{
    fault_rule{fault_kind::crash, &scenario::crashes, "crash", {100 * ms, 9 * s}, {}},
    fault_rule{fault_kind::crash_at_message,
               &scenario::crashes_at_message,
               "crash at a message",
               {100 * ms, 9 * s},
               {1, 3'000}},
    fault_rule{fault_kind::freeze, &scenario::freezes, "freeze", {300 * ms, 9 * s}, {}},
    fault_rule{
        fault_kind::cut_store, &scenario::store_cuts, "cut from the store", {300 * ms, 9 * s}, {}},
    fault_rule{
        fault_kind::cut_peer, &scenario::peer_cuts, "cut from a node", {300 * ms, 9 * s}, {}},
    fault_rule{fault_kind::break_link, &scenario::broken_links, "break a connection", {}, {}},
    fault_rule{fault_kind::flaky_store,
               &scenario::flaky_stores,
               "flaky store",
               {500 * ms, 9 * s},
               {1, 20}},
    fault_rule{fault_kind::slow_store,
               &scenario::slow_stores,
               "slow store",
               {500 * ms, 6 * s},
               {20 * ms, 900 * ms}},
    fault_rule{fault_kind::slow_network,
               &scenario::slow_networks,
               "slow network",
               {500 * ms, 9 * s},
               {20 * ms, 700 * ms}},
    fault_rule{fault_kind::step_store_clock,
               &scenario::store_clock_steps,
               "set the store's clock",
               {},
               {-4 * s, 9 * s}},
    fault_rule{fault_kind::step_wall_clock,
               &scenario::wall_clock_steps,
               "set a node's wall clock",
               {},
               {-9 * s, 9 * s}},
    fault_rule{fault_kind::gateways_fail,
               &scenario::gateway_failures,
               "gateways fail",
               {1 * s, 15 * s},
               {0, 3}},
    fault_rule{fault_kind::receivers_fail,
               &scenario::receiver_failures,
               "webhook receivers fail",
               {1 * s, 15 * s},
               {}},
    fault_rule{
        fault_kind::fail_over, &scenario::fail_overs, "fail over", {100 * ms, 2500 * ms}, {}},
    fault_rule{fault_kind::upgrade, &scenario::upgrades, "upgrade", {200 * ms, 4 * s}, {}},
    fault_rule{fault_kind::dead_entity, &scenario::dead_entities, "an actor ends", {}, {}},
};

const fault_rule& rule_of(fault_kind what) { return fault_rules[static_cast<std::size_t>(what)]; }

std::int64_t drawn(workload::draw& from, const range& bounds) {
  return from.between(bounds.low, bounds.high);
}

void draw_faults(plan& out, const scenario& from, std::uint64_t seed) {
  const auto count = static_cast<std::int64_t>(out.nodes.size());
  for (const auto& rule : fault_rules) {
    workload::draw chance(seed, rule.name);
    if (rule.what == fault_kind::fail_over && !out.replicated)
      continue;  // it would lose what was acknowledged, and says so
    for (auto left = drawn(chance, from.*rule.count); left > 0; --left) {
      fault one;
      one.what = rule.what;
      one.at = chance.between(warm_up, out.faults_end);
      one.span = drawn(chance, rule.span);
      one.amount = drawn(chance, rule.amount);
      one.node = static_cast<unsigned>(chance.between(0, count - 1));
      one.other = static_cast<unsigned>(chance.between(0, count - 1));
      out.faults.push_back(one);
    }
  }
  std::stable_sort(out.faults.begin(), out.faults.end(),
                   [](const fault& a, const fault& b) { return a.at < b.at; });
}

}  // namespace

std::string to_string(const fault& one) {
  std::string out(rule_of(one.what).name);
  const auto number = [](std::int64_t value) { return std::to_string(value); };
  switch (one.what) {
    case fault_kind::gateways_fail:
    case fault_kind::receivers_fail:
    case fault_kind::fail_over:
    case fault_kind::step_store_clock:
    case fault_kind::slow_network:
      break;
    case fault_kind::cut_peer:
    case fault_kind::break_link:
      out += ", nodes " + number(one.node + 1) + " and " + number(one.other + 1);
      break;
    default:
      out += ", node " + number(one.node + 1);
  }
  if (one.span > 0)
    out += ", " + time_text(one.span) + " s";
  if (one.amount != 0)
    out += ", amount " + number(one.amount);
  return out;
}

plan draw_plan(const scenario& from, std::uint64_t seed) {
  workload::draw chance(seed, "options");
  plan out;
  out.seed = seed;
  const auto nodes = drawn(chance, from.nodes);
  for (std::int64_t i = 0; i < nodes; ++i) {
    node_options one;
    one.drift_ppm = drawn(chance, from.drift_ppm);
    one.drift_ppm *= chance.percent(50) ? 1 : -1;
    one.clock_offset = chance.between(1 * s, 100'000 * s);
    out.nodes.push_back(one);
  }
  out.faults_end = warm_up + drawn(chance, from.seconds) * s;
  out.replicated =
      chance.percent(static_cast<std::uint64_t>(drawn(chance, from.replicated_percent)));
  out.store_latency = drawn(chance, from.store_latency_us);
  out.peer_latency = drawn(chance, from.peer_latency_us);
  out.traffic = workload::draw_traffic(from, chance);
  out.lookup_budget = static_cast<std::uint64_t>(drawn(chance, from.lookup_budget));
  out.decision_window = drawn(chance, from.decision_window_s) * s;
  out.code_lifetime = drawn(chance, from.code_lifetime_s) * s;
  out.live_entities = static_cast<std::size_t>(drawn(chance, from.live_entities));
  draw_faults(out, from, seed);
  return out;
}

}  // namespace glados::sim
