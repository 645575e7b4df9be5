#include "domain/index_rotation.hpp"

#include <algorithm>

namespace glados {
namespace {

/// How many of the first values are equal.
std::size_t equal_ones(const index_checks& a, const index_checks& b) {
  const auto most = static_cast<std::ptrdiff_t>(std::min(a.size(), b.size()));
  return static_cast<std::size_t>(std::mismatch(a.begin(), a.begin() + most, b.begin()).first -
                                  a.begin());
}

}  // namespace

std::string_view to_string(activation outcome) {
  constexpr std::array<std::string_view, 5> names{"active", "not_next", "unfinished", "lacking",
                                                  "differing"};
  return names[static_cast<std::size_t>(outcome)];
}

activation_answer may_activate(const index_state& now, std::uint8_t version,
                               const index_checks& mine, std::span<const member_keys> members) {
  if (version == now.active)
    return {activation::active, {}};
  if (now.pending())
    return {activation::unfinished, {}};
  if (version != now.active + 1)
    return {activation::not_next, {}};
  if (mine.size() < version)
    return {activation::lacking, {}};
  for (const auto& member : members) {
    if (member.checks.size() < version)
      return {activation::lacking, member.node};
    if (equal_ones(member.checks, mine) < version)
      return {activation::differing, member.node};
  }
  return {activation::active, {}};
}

std::string keys_mismatch(const index_checks& needed, const index_checks& mine) {
  const auto equal = equal_ones(needed, mine);
  if (equal == needed.size())
    return {};
  if (equal == mine.size())
    return "the directory names its records by " + std::to_string(needed.size()) +
           " index keys, this node has " + std::to_string(mine.size());
  return "index key " + std::to_string(equal + 1) + " is not the directory's";
}

std::size_t shards_behind(std::span<const shard_owner> records, std::uint8_t active) {
  return static_cast<std::size_t>(std::count_if(
      records.begin(), records.end(), [&](const auto& one) { return one.names < active; }));
}

}  // namespace glados
