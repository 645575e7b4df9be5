// State of the member agent's actor; see member.hpp. Split over member_agent.cpp (joining, the
// clock) and member_actors.cpp (what it spawns).
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

#include "actors/continuation.hpp"
#include "actors/guardian.hpp"
#include "cluster/member.hpp"

namespace glados::cluster {

/// What the agent works with; all of it outlives the agent.
struct member_parts {
  actors::node_context* node = nullptr;
  redis_clock* clock = nullptr;
  actors::shard_directory* shards = nullptr;
  actors::node_services* services = nullptr;
  storage::directory_identity identity;
  std::shared_ptr<member::status> status;
};

/// Lives in its actor and runs only there.
class member_agent {
 public:
  using pointer = actors::member_actor::pointer;

  void begin(pointer self, member_parts parts);
  void tick();
  void stop();

 private:
  struct child {
    std::string_view kind;
    shard_id shard = 0;
  };

  // joining
  void check_identity();
  void read_time(bool first);
  void claim_all();
  void give_up(errc why);

  // actors
  void serve(const std::vector<storage::shard_claim>& claims);
  void spawn_notifier();
  void spawn_gate();
  void spawn_pump();
  actors::shard_actor spawn_shard(const storage::shard_claim& claim);
  void reclaim(shard_id shard);
  void publish(const std::vector<std::pair<shard_id, actors::shard_actor>>& changes);
  void recover_all();
  /// Sends one shard, each time the next, a message that tells how long it waited.
  void sample_mailbox();
  void on_down(const caf::down_msg& end);
  void restart(const child& ended);
  void stop_shards();
  void all_shards_ended();
  void release();

  template <class F>
  auto here(F f) {
    return actors::on_self(actors::member_actor{self_}, std::move(f));
  }
  template <class F>
  void later(std::chrono::milliseconds wait, F f) {
    self_->delayed_send(actors::member_actor{self_}, wait, actors::continuation{std::move(f)});
  }

  pointer self_ = nullptr;
  member_parts parts_;
  std::unique_ptr<actors::guardian> guardian_;
  std::map<caf::actor_id, child> children_;
  std::size_t live_shards_ = 0;
  std::size_t sampled_ = 0;
  bool claimed_ = false;
  bool stopping_ = false;
  bool releasing_ = false;
};

actors::member_actor spawn_member_agent(caf::actor_system& system, member_parts parts);

}  // namespace glados::cluster
