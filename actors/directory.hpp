// How a worker finds the actor to ask: the shards of this node, the gates of the others, and each
// provider's session. Filled by the member agent and the registrar; read by HTTP workers.
#pragma once

#include <array>
#include <bitset>
#include <caf/actor_cast.hpp>
#include <memory>
#include <vector>

#include "actors/protocol.hpp"
#include "actors/published.hpp"

namespace glados::actors {

/// Who serves each shard, as this node knows it. Immutable once published.
struct shard_table {
  std::uint64_t view = 0;
  std::array<shard_actor, shard_count> owners;  ///< invalid handle: not served here
  /// Whom to ask about a shard that is not served here: the gate of its owner, or of this node
  /// while the shard is on its way here. Invalid: nobody that could be reached.
  std::array<gate_actor, shard_count> gates;
  std::array<std::uint64_t, shard_count> epochs{};  ///< of the owners; 0: unknown
  std::bitset<shard_count> awaited;                 ///< will be served here before long
  std::vector<gate_actor> peers;                    ///< gates of all nodes that can be reached

  /// In which this node serves it; 0: it does not.
  std::uint64_t own_epoch(shard_id shard) const { return owners[shard] ? epochs[shard] : 0; }
  /// The actor to ask about a shard, or null.
  caf::strong_actor_ptr whom(shard_id shard) const {
    const auto& here = owners[shard];
    return here ? caf::actor_cast<caf::strong_actor_ptr>(here)
                : caf::actor_cast<caf::strong_actor_ptr>(gates[shard]);
  }

  /// Why a question of another node is turned away at once; `none` if its shard is served here, or
  /// is on its way here. Who has seen a later view may know of that before we do.
  errc refusal(const route& via) const {
    if (via.left.count() <= 0)
      return errc::deadline;
    if (via.shard >= shard_count)
      return errc::moved;
    const bool comes = awaited[via.shard] || via.view > view;
    return owners[via.shard] || comes ? errc::none : errc::moved;
  }
};

/// Thread-safe holder of the current table.
class shard_directory {
 public:
  using view = published<shard_table>::view;

  std::shared_ptr<const shard_table> table() const { return table_.read(); }
  void publish(std::shared_ptr<const shard_table> next) { table_.publish(std::move(next)); }
  /// For a thread that looks often.
  view look() const { return view(table_); }

 private:
  published<shard_table> table_{std::make_shared<shard_table>()};
};

}  // namespace glados::actors
