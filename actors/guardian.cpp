#include "actors/guardian.hpp"

#include <algorithm>
#include <array>

namespace glados::actors {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Entities have no row: their shard, which monitors them, raises its epoch and loads them anew when
// they are next asked for.
constexpr std::array rules{
    restart_rule{"shard", 5, seconds(60), milliseconds(50)},
    restart_rule{"pump", 20, seconds(60), milliseconds(200)},
    restart_rule{"gate", 20, seconds(60), milliseconds(50)},
    restart_rule{"notifier", 20, seconds(60), milliseconds(200)},
    restart_rule{"registrar", 20, seconds(60), milliseconds(200)},
    restart_rule{"sweeper", 20, seconds(60), milliseconds(200)},
};

}  // namespace

std::optional<std::chrono::milliseconds> guardian::restart_after(std::string_view actor,
                                                                 std::uint32_t which,
                                                                 time_point now) {
  const auto rule = std::find_if(rules.begin(), rules.end(),
                                 [&](const restart_rule& row) { return row.actor == actor; });
  if (rule == rules.end())
    return std::nullopt;
  auto& times = past_[{rule->actor, which}];
  while (!times.empty() && now - times.front() > rule->within) times.pop_front();
  if (times.size() >= rule->most)
    return std::nullopt;
  times.push_back(now);
  observer_.restarted(rule->actor);
  return rule->wait;
}

}  // namespace glados::actors
