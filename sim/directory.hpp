// The simulated store as all nodes share it: tells the invariants what it carried out, lets a
// replica take over, and holds the bugs that are planted in storage.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "sim/chronicle.hpp"
#include "sim/plant.hpp"
#include "storage/simulated_state.hpp"

namespace glados::sim {

/// Owned by the world; every node has a connection of its own (storage/simulated_store.hpp) to it.
class directory final : public storage::simulated_state {
 public:
  directory(chronicle& into, plant bug) : into_(into), bug_(bug), began_(now) {}

  using simulated_state::apply;
  storage::commit_result apply(const storage::commit& step) override;
  storage::rows_result apply_rows(const storage::rows_commit& step) override;
  result<verification> load_verification(shard_id shard, const std::string& id) override;
  result<std::vector<storage::shard_claim>> claim(
      const std::string& node, const std::string& incarnation,
      const std::vector<storage::shard_seen>& shards) override;
  result<lease_grant> lease_lookups(const std::string& provider, const lease_request& ask) override;

  /// From now on the replica gets nothing …
  void lose_replica();
  /// … and here it becomes what everybody talks to.
  void promote_replica();
  bool replica_lost() const { return replica_.has_value(); }

  instant began() const { return began_; }
  std::size_t left_in_outboxes() const;
  /// How many shards have each incarnation as their owner.
  std::map<std::string, std::size_t> owners() const;

 private:
  struct unstored_count {
    storage::commit step;
    std::uint64_t version = 0;
  };

  shard_owner owner_of(shard_id shard);
  void plant_into(storage::commit& step);
  bool is_count(const storage::commit& step) const;
  storage::commit_result answer_early(const storage::commit& step);
  void store_count(const std::string& id);
  storage::commit_result carry_out(const storage::commit& asked, const storage::commit& step);

  chronicle& into_;
  const plant bug_;
  const instant began_;
  std::optional<simulated_state> replica_;
  std::uint64_t replica_order_ = 0;
  std::uint64_t commits_ = 0, grants_ = 0;
  std::map<std::string, unstored_count> unstored_;
};

}  // namespace glados::sim
