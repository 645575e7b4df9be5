// State of the member agent's actor; see member.hpp. Split over member_agent.cpp (lease: joining,
// renewing, leaving), member_shards.cpp (who owns what), member_moves.cpp (giving shards away),
// member_actors.cpp (what it spawns), member_peers.cpp (the other nodes) and member_names.cpp (the
// rotation of the index key).
//
//            join             first table            lease over, evicted
//   opening ──────> joining ──────────────> member ──────────────────────┐
//                      ^                      │ stop                     │
//                      └──────────────────────┼──── a new incarnation ───┘
//                                             v
//                                          leaving ──> ended
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
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
  actors::lease_guard* lease = nullptr;
  actors::shard_directory* shards = nullptr;
  actors::node_services* services = nullptr;
  member_settings settings;
  std::shared_ptr<member::status> status;
};

/// Lives in its actor and runs only there.
class member_agent {
 public:
  using pointer = actors::member_actor::pointer;

  void begin(pointer self, member_parts parts);
  void tick();
  void hello(const actors::peer_hello& from);
  void moved(const actors::shard_moved& news);
  void released(const actors::shard_released& news);
  void missed(shard_id shard);
  void hand_over();
  caf::result<actors::drain_answer> drain(const actors::drain_node& whom);
  caf::result<actors::index_key_answer> activate(const actors::activate_index_key& asked);
  void stop();

 private:
  struct child {
    std::string_view kind;
    shard_id shard = 0;
  };
  /// A shard of ours.
  struct holding {
    std::shared_ptr<actors::shard_tenure> tenure;
    actors::shard_actor actor;
    std::string to;  ///< incarnation it goes to; empty: it stays
    bool releasing = false;
    bool checking = false;  ///< its record, which is in doubt, is being read
  };
  /// A shard that its owner is giving away: whom to ask although the record does not say so yet.
  struct gift {
    std::string to;
    std::uint64_t epoch = 0;  ///< of the giver
    std::uint64_t tick = 0;
  };
  struct peer {
    actors::gate_actor gate;
    bool connecting = false;
    std::uint64_t next_try = 0;  ///< tick; 0: not seen yet
    std::uint64_t wanting = 0;   ///< tick at which it last asked for its shards
    std::uint64_t heard = 0;     ///< tick at which its gate last became known
  };

  // member_agent.cpp
  void join();
  void ask_to_join();
  void joined(const storage::join_answer& got);
  void watch_predecessor();
  void judge_predecessor(const storage::table_answer& table);
  void renew();
  void renew_early();
  void renewed(std::chrono::microseconds sent, const storage::table_answer& table);
  void extend(std::chrono::microseconds until);
  void evict_overdue();
  void lapse();
  void give_up(errc why, std::string text);
  void leave();
  void check_handed_over();

  // member_shards.cpp
  void read_all_owners();
  void read_owners(std::vector<shard_id> shards, bool confirms);
  void owners_read(const std::vector<shard_id>& shards, const std::vector<shard_owner>& found);
  void confirmed();
  void learn_ended(std::function<void()> then);
  void plan();
  void claim(const std::vector<shard_id>& shards);
  bool may_claim(const shard_owner& record) const;
  void send_claims();
  void claimed(const std::vector<shard_id>& asked, const std::vector<std::uint32_t>& doubts,
               const result<std::vector<storage::shard_claim>>& got);
  void drop(shard_id shard);
  void settle();
  void watch_records();
  void check_doubts();
  void check_record(shard_id shard, holding& at);
  void record_checked(shard_id shard, const shard_owner& found, std::uint64_t epoch,
                      std::uint32_t doubts);
  const member_record* proposed(shard_id shard) const;
  /// Whom to ask about a shard that is not served here, or null.
  const member_record* owner_elsewhere(shard_id shard) const;
  bool proposed_here(shard_id shard) const;
  void publish();
  void show_status();

  // member_moves.cpp
  void start_moves();
  void release(shard_id shard);
  void stop_shards();
  void all_shards_ended();

  // member_actors.cpp
  void spawn_notifier();
  void spawn_gate();
  void spawn_pump();
  void spawn_shard(const storage::shard_claim& claim, std::uint32_t doubts);
  void recover_all();
  /// Sends one shard, each time the next, a message that tells how long it waited.
  void sample_mailbox();
  void on_down(const caf::down_msg& end);
  void shard_ended(shard_id shard, const caf::down_msg& end);
  void restart(std::string_view kind);

  // member_names.cpp
  index_checks own_keys() const;
  void learn_index(const index_state& now);
  void report_keys();
  void start_renaming();
  void look_for_old_names();
  void settle_key(std::uint8_t version);

  // member_peers.cpp
  void open_gate();
  void update_peers();
  void connect(const member_record& member);
  void connected(const std::string& incarnation, const actors::gate_actor& gate);
  bool peer_ended(const caf::actor_addr& gate);
  void watch_no_more(const actors::gate_actor& gate);
  actors::peer_hello greeting() const;
  actors::gate_actor gate_of(const std::string& incarnation) const;
  /// It can be reached by all, as it says, and waits for its shards.
  bool wants_shards(const std::string& incarnation) const;
  void ask_for_shards();
  template <class Message>
  void tell_peers(const Message& what) {
    for (const auto& [incarnation, at] : peers_)
      if (at.gate)
        self_->send(at.gate, what);
  }

  template <class F>
  auto here(F f) {
    return actors::on_self(actors::member_actor{self_}, std::move(f));
  }
  /// The same for what ends with this incarnation: of an earlier one nothing is heard.
  template <class F>
  auto here_in_life(F f) {
    return here([this, life = incarnation_, f = std::move(f)](auto answer) mutable {
      if (life == incarnation_)
        f(std::move(answer));
    });
  }
  template <class F>
  void later(std::chrono::milliseconds wait, F f) {
    self_->delayed_send(actors::member_actor{self_}, wait, actors::continuation{std::move(f)});
  }
  storage::membership_store& store() { return parts_.node->membership; }
  const member_settings& settings() const { return parts_.settings; }

  pointer self_ = nullptr;
  member_parts parts_;
  std::unique_ptr<actors::guardian> guardian_;
  std::map<caf::actor_id, child> children_;
  std::uint64_t ticks_ = 0;
  std::size_t sampled_ = 0;

  std::string address_;
  std::string incarnation_;
  bool joined_ = false;
  bool serving_ = false;  ///< the lease was held once in this life
  bool handing_over_ = false;
  bool stopping_ = false;
  bool leaving_ = false;

  lease_watch watch_{lease_terms{}};
  cluster_view view_;
  std::vector<std::optional<std::size_t>> proposal_;  ///< by shard, index into the view's members
  std::uint64_t connection_ = 0;                      ///< on which the owner records were read
  std::chrono::microseconds unconfirmed_until_{0};    ///< lease that waits for that
  std::set<std::string> evicting_;

  const std::shared_ptr<actors::record_doubts> doubts_ = std::make_shared<actors::record_doubts>();
  std::vector<shard_owner> records_{shard_count};
  bool records_known_ = false;
  std::set<std::string> ended_;    ///< incarnations with a tombstone, of those met
  std::set<std::string> unknown_;  ///< owners that stand in no table
  std::map<shard_id, holding> held_;
  std::set<shard_id> claiming_;    ///< to be claimed, or asked for
  std::deque<shard_id> to_claim_;  ///< of these, not asked for yet
  std::size_t claims_sent_ = 0;    ///< the others
  std::set<shard_id> resting_;     ///< ended unasked; claimed again after a while
  std::set<shard_id> missed_;
  std::map<shard_id, gift> given_;   ///< by others, to us or to each other
  std::uint64_t wanting_since_ = 0;  ///< tick since which shards of ours are elsewhere
  std::uint64_t asked_early_ = 0;    ///< tick of the last renewal before its time
  std::size_t moving_ = 0;
  std::size_t stopping_shards_ = 0;

  index_state index_;
  std::size_t reported_keys_ = 0;
  std::size_t behind_ = 0;       ///< shards with old names, as last seen
  std::set<shard_id> renaming_;  ///< of ours, now

  std::map<std::string, peer, std::less<>> peers_;
};

actors::member_actor spawn_member_agent(caf::actor_system& system, member_parts parts);

}  // namespace glados::cluster
