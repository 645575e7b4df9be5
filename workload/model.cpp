#include "workload/model.hpp"

#include <algorithm>

namespace glados::workload {
namespace {

constexpr span_us millisecond = 1'000, second = 1'000'000;
constexpr unsigned contested_ones = 3;

}  // namespace

action model::next_action() {
  auto left = below(traffic_.all_shares());
  std::size_t which = 0;
  while (which + 1 < action_count && left >= traffic_.shares[which])
    left -= traffic_.shares[which++];
  return static_cast<action>(which);
}

unsigned model::any_identifier() {
  const auto all = traffic_.identifiers;
  const bool contested = chance_.percent(traffic_.contested);
  return below(contested ? std::min(all, contested_ones) : all);
}

span_us model::pause() {
  const auto mean = second / std::max(traffic_.calls_per_second, 1U);
  return chance_.between(1, 2 * mean);
}

span_us model::typing() { return chance_.between(200 * millisecond, 5 * second); }

span_us model::between_guesses() { return chance_.between(10 * millisecond, 3 * second); }

std::size_t model::newest_of(std::size_t count, std::size_t most) {
  return count - 1 - chance_.below(std::min(count, most));
}

token_action model::next_token_action(bool there_are_some) {
  const auto dice = chance_.below(there_are_some ? 6 : 1);
  return dice == 0 ? token_action::issue : dice == 1 ? token_action::revoke : token_action::use;
}

}  // namespace glados::workload
