// What a simulation is made of: cluster, workload, faults, and what must hold. Each number is a
// range; a seed draws from it. Written as a TOML file (tests/sim/scenarios); what a file does not
// name is as in the standard scenario.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "workload/traffic.hpp"

namespace glados::sim {

using workload::range;

/// What of [workload] is not only about the simulated deployment comes from `ranges`.
struct scenario : workload::ranges {
  std::string name = "standard";
  std::string about;

  // [cluster]
  range nodes{1, 4};
  range drift_ppm{0, 30'000};  ///< of each node's clock, either way
  range store_latency_us{100, 2'000};
  range peer_latency_us{50, 1'000};
  range replicated_percent{50, 50};  ///< of the seeds: acknowledged only after a replica has it

  // [time]
  range seconds{25, 45};  ///< of faults and workload; then it heals

  // [workload], beside the ranges
  range lookup_budget{30, 1'000};  ///< a day and provider
  range decision_window_s{3, 60};
  range code_lifetime_s{20, 600};
  range live_entities{4, 400};  ///< on a node

  // [faults]: how many of each
  range crashes{0, 2};
  range crashes_at_message{0, 2};
  range freezes{0, 2};
  range store_cuts{0, 2};
  range peer_cuts{0, 2};
  range broken_links{0, 2};
  range flaky_stores{0, 3};
  range slow_stores{0, 2};
  range slow_networks{0, 2};
  range store_clock_steps{0, 1};
  range wall_clock_steps{0, 2};
  range gateway_failures{0, 2};
  range receiver_failures{0, 1};
  range fail_overs{0, 1};
  range upgrades{0, 1};
  range dead_entities{0, 2};

  // [must]: beside the invariants, which hold always
  range answered_percent{0, 0};    ///< of the calls, at least: `low` is what must hold
  range heals_within_s{150, 150};  ///< all is whole again: `low`
};

/// The scenario of a file; every fault of it in `faults`, one line each.
scenario read_scenario(const std::string& path, std::vector<std::string>& faults);

/// Sets one key, "workload.lookups", to what a file may say. False for what it may not.
bool assign(scenario& to, std::string_view key, const std::string& value);

/// The standard scenario with every key, as a file.
std::string render(const scenario& what);

}  // namespace glados::sim
