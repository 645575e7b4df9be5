#include "workload/traffic.hpp"

#include <numeric>

namespace glados::workload {
namespace {

constexpr std::array shares_in_order{
    &ranges::lookups,  &ranges::openings, &ranges::guesses, &ranges::decisions, &ranges::removals,
    &ranges::restores, &ranges::reports,  &ranges::rows,    &ranges::repeats,   &ranges::tokens};
static_assert(shares_in_order.size() == action_count, "every action has its share");

}  // namespace

unsigned traffic::all_shares() const { return std::accumulate(shares.begin(), shares.end(), 0U); }

traffic draw_traffic(const ranges& from, draw& chance) {
  const auto drawn = [&](const range& bounds) {
    return static_cast<unsigned>(chance.between(bounds.low, bounds.high));
  };
  traffic out;
  out.providers = drawn(from.providers);
  out.identifiers = drawn(from.identifiers);
  out.calls_per_second = drawn(from.calls_per_second);
  out.contested = drawn(from.contested);
  for (std::size_t i = 0; i < action_count; ++i) out.shares[i] = drawn(from.*shares_in_order[i]);
  return out;
}

}  // namespace glados::workload
