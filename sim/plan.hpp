// What one seed makes of a scenario: the cluster, its options, and a numbered list of faults. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sim/scenario.hpp"
#include "sim/timeline.hpp"
#include "workload/traffic.hpp"

namespace glados::sim {

enum class fault_kind : std::uint8_t {
  crash,             ///< the process ends; another one of the same node starts after `span`
  crash_at_message,  ///< the same, once `amount` more messages were handled
  freeze,            ///< it stands still for `span`, and wakes
  cut_store,         ///< the node does not reach the store
  cut_peer,          ///< two nodes do not reach each other
  break_link,        ///< their connection breaks, once
  flaky_store,       ///< the store refuses, loses answers, carries out late
  slow_store,        ///< up to `amount` microseconds an answer
  slow_network,      ///< the same between nodes
  step_store_clock,  ///< by `amount` microseconds
  step_wall_clock,   ///< of one node
  gateways_fail,     ///< all refuse (amount 0), are slow (1), say nothing (2), refuse for good (3)
  receivers_fail,    ///< webhooks are answered with 500
  fail_over,         ///< the store's replica takes over after `span`, in which nothing reaches it
  upgrade,           ///< the node hands over, ends, starts again
  dead_entity,       ///< an actor ends unasked
};

struct fault {
  fault_kind what = fault_kind::crash;
  moment at = 0;
  moment span = 0;
  unsigned node = 0, other = 0;
  std::int64_t amount = 0;
};

/// "crash node 2, back after 3.1 s"
std::string to_string(const fault& one);

struct node_options {
  std::int64_t drift_ppm = 0;
  moment clock_offset = 0;
};

/// Everything that is drawn before a run begins.
struct plan {
  std::uint64_t seed = 0;
  std::vector<node_options> nodes;
  moment faults_end = 0;  ///< then everything heals
  bool replicated = false;
  moment store_latency = 0, peer_latency = 0;
  workload::traffic traffic;
  std::uint64_t lookup_budget = 0;
  moment decision_window = 0, code_lifetime = 0;
  std::size_t live_entities = 0;
  std::vector<fault> faults;  ///< in the order of time; numbered from 1
};

/// Faults start once the cluster has had this time to form.
inline constexpr moment warm_up = 6 * second;

plan draw_plan(const scenario& from, std::uint64_t seed);

}  // namespace glados::sim
