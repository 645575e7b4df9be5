#include "domain/membership.hpp"

#include <algorithm>

#include "domain/shard.hpp"

namespace glados {

const member_record* cluster_view::find(std::string_view incarnation) const {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const auto& one) { return one.incarnation == incarnation; });
  return at == members.end() ? nullptr : &*at;
}

const member_record* cluster_view::find_node(std::string_view node) const {
  const auto at = std::find_if(members.begin(), members.end(),
                               [&](const auto& one) { return one.node == node; });
  return at == members.end() ? nullptr : &*at;
}

// --- leases --------------------------------------------------------------------------------------

void lease_watch::seen(const cluster_view& table, const std::set<std::string>& unknown,
                       std::uint64_t connection, std::chrono::microseconds now) {
  if (connection != connection_)
    watched_.clear();
  connection_ = connection;
  std::map<std::string, watched, std::less<>> next;
  const auto note = [&](const std::string& incarnation, std::uint64_t counter) {
    const auto before = watched_.find(incarnation);
    if (before == watched_.end())
      next[incarnation] = {counter, now, false};
    else if (before->second.counter != counter)
      next[incarnation] = {counter, now, true};
    else
      next[incarnation] = before->second;
  };
  for (const auto& member : table.members) note(member.incarnation, member.counter);
  for (const auto& name : unknown)
    if (!table.find(name))
      note(name, 0);
  watched_ = std::move(next);
}

std::vector<lease_watch::overdue_member> lease_watch::overdue(std::chrono::microseconds now) const {
  std::vector<overdue_member> out;
  for (const auto& [incarnation, at] : watched_)
    if (now - at.since >= terms_.patience())
      out.push_back({incarnation, at.counter});
  return out;
}

std::optional<std::chrono::microseconds> lease_watch::left(std::string_view incarnation,
                                                           std::chrono::microseconds now) const {
  const auto at = watched_.find(incarnation);
  if (at == watched_.end())
    return {};
  return std::max(std::chrono::microseconds(0), at->second.since + terms_.patience() - now);
}

bool lease_watch::seen_alive(std::string_view incarnation) const {
  const auto at = watched_.find(incarnation);
  return at != watched_.end() && at->second.moved;
}

// --- shards --------------------------------------------------------------------------------------

std::vector<std::optional<std::size_t>> propose_owners(const cluster_view& view) {
  std::vector<std::string> nodes;
  std::vector<std::size_t> index;
  for (std::size_t i = 0; i < view.members.size(); ++i)
    if (!view.members[i].draining) {
      nodes.push_back(view.members[i].node);
      index.push_back(i);
    }
  std::vector<std::optional<std::size_t>> out(shard_count);
  for (std::size_t s = 0; s < shard_count; ++s)
    if (const auto owner = proposed_owner(nodes, static_cast<shard_id>(s)))
      out[s] = index[*owner];
  return out;
}

shard_plan plan_shards(const cluster_view& view, std::string_view self,
                       std::span<const shard_owner> records, const std::set<std::string>& ended) {
  shard_plan out;
  if (!view.find(self))
    return out;
  const auto proposed = propose_owners(view);
  for (std::size_t s = 0; s < std::min(records.size(), proposed.size()); ++s) {
    if (!proposed[s])
      continue;
    const auto shard = static_cast<shard_id>(s);
    const auto& holder = records[s].incarnation;
    if (view.members[*proposed[s]].incarnation != self) {
      if (holder == self)
        out.release.push_back(shard);
    } else if (holder.empty() || ended.contains(holder)) {
      out.claim.push_back(shard);
    } else if (holder != self) {
      out.await.push_back(shard);
    }
  }
  return out;
}

std::set<std::string> unknown_owners(const cluster_view& view, std::span<const shard_owner> records,
                                     const std::set<std::string>& ended) {
  std::set<std::string> out;
  for (const auto& record : records)
    if (!record.incarnation.empty() && !view.find(record.incarnation) &&
        !ended.contains(record.incarnation))
      out.insert(record.incarnation);
  return out;
}

}  // namespace glados
