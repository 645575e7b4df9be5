// What is known of a Redis Cluster: its processes, and which of them owns which slot. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "storage/slot.hpp"

namespace glados::storage {

/// "host:port", or "unix:" and a path. The name of a process everywhere in the client.
using node_address = std::string;

/// "127.0.0.1:7000@17000,name" or "host:port" as Redis prints them; an empty host means that of
/// `asked`. Empty when it is none (a node without a known address).
node_address parse_address(std::string_view text, const node_address& asked);

struct address_parts {
  std::string host;
  int port = 0;
};
/// Of "host:port", split at the last colon; port 0 when it is none.
address_parts split_address(const node_address& address);

struct slot_range {
  slot_number first = 0, last = 0;
};

/// One process as a view describes it.
struct cluster_node {
  node_address address;
  std::string id;
  std::string primary_id;   ///< of a replica; empty for a primary
  bool reachable = true;    ///< neither failed nor without an address, as seen by who was asked
  std::uint64_t epoch = 0;  ///< its configuration epoch; a replica shows its primary's
  std::vector<slot_range> slots;
};

/// The answer to CLUSTER NODES of one process. (CLUSTER SLOTS and SHARDS do not tell the epochs,
/// without which an old view cannot be told from a new one.) Nothing when a line is malformed.
std::optional<std::vector<cluster_node>> parse_cluster_nodes(std::string_view text,
                                                             const node_address& asked);

/// The owner of every slot as far as it is known. Views of several processes are merged; for each
/// slot the one with the higher configuration epoch stands, so an old primary that was cut off
/// never gets a slot back by telling its own old story. Used by one thread.
class slot_map {
 public:
  /// One process that owns everything, for ever: plain Redis.
  static slot_map single(const node_address& address);

  /// Null while nobody is known to own it.
  const node_address* owner(slot_number slot) const;

  /// Takes what is not older than what is known. True when the owner of any slot changed.
  bool merge(const std::vector<cluster_node>& view);

  /// MOVED: believed until a view says something, if `from` is who we took for the owner. True when
  /// that changed the owner.
  bool moved(slot_number slot, const node_address& from, const node_address& to);

  /// The highest configuration epoch of any slot.
  std::uint64_t epoch() const { return epoch_; }
  /// Slots whose owner is known.
  std::size_t covered() const { return covered_; }
  /// Everybody who owns a slot, and how many.
  std::map<node_address, std::size_t> slots_by_owner() const;
  std::vector<node_address> owners() const;
  /// Every process of the last merged view, primaries and replicas, by address.
  const std::map<node_address, cluster_node>& nodes() const { return nodes_; }

 private:
  struct holding {
    std::uint16_t owner = nobody;  ///< index into names_
    std::uint64_t epoch = 0;
  };
  static constexpr std::uint16_t nobody = 0xffff;

  std::uint16_t name(const node_address& address);
  bool give(slot_number slot, std::uint16_t owner, std::uint64_t epoch);

  std::array<holding, slot_count> slots_{};
  std::vector<node_address> names_;
  std::vector<std::size_t> owned_;  ///< slots of each name
  std::map<node_address, cluster_node> nodes_;
  std::uint64_t epoch_ = 0;
  std::size_t covered_ = 0;
};

}  // namespace glados::storage
