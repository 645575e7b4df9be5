// Which member should own which shard: highest random weight (rendezvous hashing). Every node works
// it out alone and gets the same answer from the same members, on every platform; a member that
// joins or leaves moves only its own shards. It only proposes: the owner record in the store
// decides.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

/// How strongly `node` is drawn to `shard`. These numbers are part of the protocol between nodes:
/// two releases that compute them differently would take shards from each other without end.
std::uint64_t rendezvous_weight(std::string_view node, shard_id shard);

/// The shard whose owner runs what exists once a provider: its courier, its bulk jobs. Part of the
/// protocol between nodes, as the weights are.
shard_id home_shard(std::string_view provider_id);

/// Index in `nodes` of the shard's proposed owner; none when there are no nodes. The order of
/// `nodes` does not matter: should two weights be equal, the smaller node id wins.
std::optional<std::size_t> proposed_owner(std::span<const std::string> nodes, shard_id shard);

/// All shards whose proposed owner is `node`, ascending; none if `node` is not among `nodes`.
std::vector<shard_id> shards_proposed_for(std::span<const std::string> nodes,
                                          std::string_view node);

}  // namespace glados
