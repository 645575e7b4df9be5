#include "cluster_stage.hpp"

#include <algorithm>
#include <caf/send.hpp>

namespace glados::testing {

staged_node::staged_node(world& w, std::chrono::microseconds& at, short_link::gates& gates,
                         const std::string& id, const std::string& folder)
    : name(id),
      all(gates),
      link(gates, id + ":1"),
      node{w.store,      w.store,    w.store, w.store, w.store, w.node.clock, w.sender,
           w.node.vault, w.observer, {},      {},      {},      id,           id + " run"},
      steady(at) {
  node.lease = &lease;
  names.newest_ = 1;
  node.names = &names;
  node.naming = &w.store;
  cluster::member_settings settings;
  settings.folder = folder.empty() ? "folder of " + id : folder;
  settings.new_incarnation = [this, mark = settings.folder] {
    return name + "." + std::to_string(++lives) + " from " + mark;
  };
  settings.link = &link;
  settings.watch = &redis;
  member = std::make_unique<cluster::member>(w.system, node, clock, lease, shards, settings);
  member->start();
}

std::size_t staged_node::served() const {
  const auto table = shards.table();
  return lease.holds()
             ? static_cast<std::size_t>(std::count_if(table->owners.begin(), table->owners.end(),
                                                      [](const auto& owner) { return !!owner; }))
             : 0;
}

std::string staged_node::route_of(shard_id shard) const {
  const auto table = shards.table();
  if (table->owners[shard])
    return "here";
  for (const auto& [address, gate] : all)
    if (table->gates[shard] == gate)
      return address;
  return table->gates[shard] ? "unknown" : "";
}

cluster_stage::~cluster_stage() {
  for (auto& at : dead) at->shards.publish(std::make_shared<actors::shard_table>());
  for (auto& [name, at] : nodes) at->member->stop();
  go_on();
  gates.clear();
  w.settle();
}

staged_node& cluster_stage::add(const std::string& name, const std::string& folder) {
  nodes[name] = std::make_unique<staged_node>(w, steady, gates, name, folder);
  return *nodes[name];
}

void cluster_stage::go_on(std::chrono::milliseconds span) {
  constexpr std::chrono::milliseconds stride{50};
  for (auto left = span; left > span.zero(); left -= stride) {
    steady += stride;
    w.advance(stride);
  }
}

void cluster_stage::kill(const std::string& name) {
  auto& at = *nodes.at(name);
  const auto table = at.shards.table();
  w.kill(caf::actor_cast<caf::strong_actor_ptr>(at.member->agent()));
  for (const auto& owner : table->owners) w.kill(caf::actor_cast<caf::strong_actor_ptr>(owner));
  const auto& services = at.member->services();
  w.kill(caf::actor_cast<caf::strong_actor_ptr>(services.gate()));
  w.kill(caf::actor_cast<caf::strong_actor_ptr>(services.pump()));
  w.kill(caf::actor_cast<caf::strong_actor_ptr>(services.notifier()));
  at.shards.publish(std::make_shared<actors::shard_table>());
  gates.erase(at.name + ":1");
  dead.push_back(std::move(nodes.at(name)));
  nodes.erase(name);
  w.run();
}

std::size_t cluster_stage::owners_of(shard_id shard) const {
  return static_cast<std::size_t>(std::count_if(nodes.begin(), nodes.end(), [&](const auto& at) {
    return at.second->lease.holds() && !!at.second->shards.table()->owners[shard];
  }));
}

bool cluster_stage::balanced() const {
  for (std::size_t s = 0; s < shard_count; ++s)
    if (owners_of(static_cast<shard_id>(s)) != 1)
      return false;
  return std::all_of(nodes.begin(), nodes.end(),
                     [](const auto& at) { return at.second->member->ready(); });
}

}  // namespace glados::testing
