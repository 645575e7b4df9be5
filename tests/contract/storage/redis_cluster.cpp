#include "tests/contract/storage/redis_cluster.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

namespace glados::storage::test {

namespace {

bool contains(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

/// Who owns which slots, and has a replica; empty while one of them has none or is doubted.
std::string layout(const std::string& text, const node_address& asked) {
  const auto view = parse_cluster_nodes(text, asked).value();
  std::map<std::string, std::string> owners;
  std::set<std::string> followed;
  for (const cluster_node& one : view)
    for (const slot_range& range : one.slots)
      owners[one.id] += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
  for (const cluster_node& one : view)
    if (owners.contains(one.primary_id))
      followed.insert(one.primary_id);
  if (contains(text, "fail") || view.size() != redis_cluster::processes ||
      owners.size() != redis_cluster::primaries || followed.size() != owners.size())
    return {};
  std::string out;
  for (const auto& [id, slots] : owners) out += id + slots + "\n";
  return out;
}

}  // namespace

std::vector<std::string> free_ports(std::size_t count) {
  std::vector<int> held;
  std::vector<std::string> ports;
  for (std::size_t i = 0; i < count; ++i) {
    const int probe = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (bind(probe, reinterpret_cast<sockaddr*>(&address), size) != 0)
      throw std::runtime_error("no free port");
    getsockname(probe, reinterpret_cast<sockaddr*>(&address), &size);
    held.push_back(probe);
    ports.push_back(std::to_string(ntohs(address.sin_port)));
  }
  for (int probe : held) close(probe);
  return ports;
}

redis_cluster::redis_cluster(const std::vector<std::string>& more_arguments) {
  const auto ports = free_ports(2 * processes);
  for (std::size_t i = 0; i < processes; ++i) {
    const std::string& port = ports[2 * i];
    nodes_[i].address = "127.0.0.1:" + port;
    nodes_[i].bus_port = ports[2 * i + 1];
    std::vector<std::string> words{"--port",
                                   port,
                                   "--bind",
                                   "127.0.0.1",
                                   "--cluster-enabled",
                                   "yes",
                                   "--cluster-port",
                                   nodes_[i].bus_port,
                                   "--cluster-node-timeout",
                                   "1000",
                                   "--cluster-require-full-coverage",
                                   "no",
                                   "--repl-diskless-sync-delay",
                                   "0",
                                   "--repl-ping-replica-period",  // `followed` needs a first write
                                   "1",
                                   "--appendfsync",
                                   "everysec"};
    words.insert(words.end(), more_arguments.begin(), more_arguments.end());
    nodes_[i].process = std::make_unique<redis_process>(std::move(words));
  }
  form();
}

void redis_cluster::form() {
  for (std::size_t i = 0; i < processes; ++i) {
    at(i).wait_until({"PING"}, [](const std::string& answer) { return answer == "PONG"; });
    at(i).ask({"CLUSTER", "SET-CONFIG-EPOCH", std::to_string(i + 1)});
  }
  for (std::size_t i = 0; i < primaries; ++i)
    at(i).ask({"CLUSTER", "ADDSLOTSRANGE", std::to_string(i * slot_count / primaries),
               std::to_string((i + 1) * slot_count / primaries - 1)});
  for (std::size_t i = 1; i < processes; ++i)
    at(0).ask({"CLUSTER", "MEET", "127.0.0.1", std::to_string(split_address(address(i)).port),
               nodes_[i].bus_port});
  for (std::size_t i = 0; i < processes; ++i)
    at(i).wait_until({"CLUSTER", "NODES"}, [](const std::string& text) {
      return !contains(text, "handshake") &&
             std::count(text.begin(), text.end(), '\n') == static_cast<long>(processes);
    });
  for (std::size_t i = primaries; i < processes; ++i)
    at(i).ask({"CLUSTER", "REPLICATE", at(i - primaries).ask({"CLUSTER", "MYID"})});
  wait_until_whole();
}

std::vector<node_address> redis_cluster::seeds() const { return {address(0), address(1)}; }

std::vector<cluster_node> redis_cluster::view(std::size_t asked) {
  return parse_cluster_nodes(at(asked).ask({"CLUSTER", "NODES"}), address(asked)).value();
}

std::size_t redis_cluster::index_of(const node_address& wanted) const {
  for (std::size_t i = 0; i < processes; ++i)
    if (nodes_[i].address == wanted)
      return i;
  throw std::runtime_error("not of this cluster: " + wanted);
}

std::size_t redis_cluster::owner(slot_number slot, std::size_t asked) {
  slot_map map;
  map.merge(view(asked));
  const node_address* found = map.owner(slot);
  if (found == nullptr)
    throw std::runtime_error("a slot without an owner");
  return index_of(*found);
}

std::size_t redis_cluster::owner(slot_number slot) {
  slot_map map;
  for (std::size_t i = 0; i < processes; ++i) try {
      if (at(i).running())
        map.merge(view(i));
    } catch (const std::runtime_error&) {  // frozen
    }
  return index_of(*map.owner(slot));
}

std::size_t redis_cluster::replica_of(std::size_t primary) {
  const auto all = view(primary);
  const auto self = std::find_if(all.begin(), all.end(), [&](const cluster_node& one) {
    return one.address == address(primary);
  });
  for (const cluster_node& one : all)
    if (self != all.end() && one.primary_id == self->id)
      return index_of(one.address);
  throw std::runtime_error("a primary without a replica");
}

void redis_cluster::each(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < processes; ++i) at(i).ask(words);
}

void redis_cluster::each_primary(const std::vector<std::string>& words) {
  for (std::size_t i = 0; i < processes; ++i)
    if (contains(at(i).ask({"ROLE"}), "master"))
      at(i).ask(words);
}

void redis_cluster::wait_until_whole() {
  for (std::size_t i = 0; i < processes; ++i) {
    at(i).wait_until({"CLUSTER", "INFO"}, [](const std::string& text) {
      return contains(text, "cluster_state:ok") && contains(text, "cluster_slots_ok:16384");
    });
    at(i).wait_until({"INFO", "replication"}, [](const std::string& text) {
      return contains(text, "role:master") ? followed(text)
                                           : contains(text, "master_link_status:up");
    });
  }
  // One that was frozen may go on with its old view for a while: until all have the same.
  for (std::size_t i = 0; i < processes; ++i)
    at(i).wait_until({"CLUSTER", "NODES"}, [&](const std::string& text) {
      const std::string mine = layout(text, address(i));
      for (std::size_t j = 0; j < processes; ++j)
        if (mine.empty() || layout(at(j).ask({"CLUSTER", "NODES"}), address(j)) != mine)
          return false;
      return true;
    });
}

}  // namespace glados::storage::test
