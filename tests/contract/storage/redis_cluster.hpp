// A Redis Cluster of the test's own: three primaries with one replica each, on free ports.
#pragma once

#include <array>
#include <memory>

#include "storage/slot_map.hpp"
#include "tests/contract/storage/redis_process.hpp"

namespace glados::storage::test {

/// Ports that nobody uses at this moment.
std::vector<std::string> free_ports(std::size_t count);

/// Its processes are the test's children and end with it. `cluster-node-timeout 1000`,
/// `repl-diskless-sync-delay 0`. Formed in the constructor, whole when that returns.
class redis_cluster {
 public:
  static constexpr std::size_t primaries = 3, processes = 6;

  explicit redis_cluster(const std::vector<std::string>& more_arguments = {});

  std::vector<node_address> seeds() const;
  redis_process& at(std::size_t index) { return *nodes_[index].process; }
  const node_address& address(std::size_t index) const { return nodes_[index].address; }
  /// Who owns a slot, as the process `asked` sees it.
  std::size_t owner(slot_number slot, std::size_t asked);
  /// As most see it, also while one is away; the others are asked in turn.
  std::size_t owner(slot_number slot);
  std::size_t index_of(const node_address& address) const;
  std::size_t replica_of(std::size_t primary);

  /// On every process that is a primary.
  void each_primary(const std::vector<std::string>& words);
  /// On every process.
  void each(const std::vector<std::string>& words);
  /// Until every slot is served, and every process is either a primary with a replica or a replica
  /// that is in step.
  void wait_until_whole();

 private:
  struct node {
    std::unique_ptr<redis_process> process;
    node_address address;
    std::string bus_port;
  };
  std::vector<cluster_node> view(std::size_t asked);
  void form();

  std::array<node, processes> nodes_;
};

}  // namespace glados::storage::test
