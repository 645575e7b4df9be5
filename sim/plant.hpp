// Bugs that a simulation plants, to prove that an invariant catches them. None of them can happen
// in a service: they sit in the simulated store (directory.cpp) and in what the simulation hands to
// a node (life.cpp).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace glados::sim {

enum class plant : std::uint8_t {
  none,
  skip_fence,
  reuse_version,
  drop_event,
  count_after_compare,
  forget_lease_margin,
  serve_after_lease,
  double_spend_quota,
  late_commit,
  trust_wait_on_new_connection,
  cache_miss_beside_write,
  evict_by_wall_clock,
};

struct plant_row {
  plant what;
  std::string_view name;
  std::string_view means;
};

inline constexpr std::array plant_rows{
    plant_row{plant::skip_fence, "skip-fence", "commits are taken from whoever sends them"},
    plant_row{plant::reuse_version, "reuse-version", "a commit may get the version before it"},
    plant_row{plant::drop_event, "drop-event", "some notices are left out of their commit"},
    plant_row{plant::count_after_compare, "count-after-compare",
              "a check is answered before its count is stored"},
    plant_row{plant::forget_lease_margin, "forget-lease-margin",
              "members are evicted as soon as their lease is over on the evictor's clock"},
    plant_row{plant::serve_after_lease, "serve-after-lease",
              "the first node goes on answering although its lease is over"},
    plant_row{plant::double_spend_quota, "double-spend-quota",
              "units of a lookup budget are leased without being booked"},
    plant_row{plant::late_commit, "late-commit",
              "a late copy of a commit lands although the epoch was raised"},
    plant_row{plant::trust_wait_on_new_connection, "trust-wait-on-new-connection",
              "the first WAIT of a connection is believed"},
    plant_row{plant::cache_miss_beside_write, "cache-miss-beside-write",
              "a node remembers misses, and does not forget one when a row is written"},
    plant_row{plant::evict_by_wall_clock, "evict-by-wall-clock",
              "a node whose wall clock was set forward evicts all others"},
};

constexpr std::optional<plant> parse_plant(std::string_view name) {
  for (const auto& row : plant_rows)
    if (row.name == name)
      return row.what;
  return {};
}

constexpr std::string_view to_string(plant what) {
  for (const auto& row : plant_rows)
    if (row.what == what)
      return row.name;
  return "none";
}

}  // namespace glados::sim
