#include "actors/notifier.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>

#include "actors/continuation.hpp"

namespace glados::actors {
namespace {

class notifier_state {
 public:
  void begin(notifier_actor::pointer self, node_context& node, const shard_directory& shards) {
    self_ = self;
    node_ = &node;
    shards_ = &shards;
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  }

  void order(const send_code& next) {
    if (in_flight_ < notifier_in_flight)
      start(next);
    else if (queue_.size() < notifier_queue)
      queue_.push_back(next);
    else
      report(next, false, false);
  }

 private:
  void start(const send_code& next) {
    if (next.expires_at <= node_->clock.now())
      return report(next, false, true);
    ++in_flight_;
    auto name = next;
    name.message.clear();
    node_->sender.send(next, on_self(notifier_actor{self_}, [this, name](bool accepted, bool perm) {
                         --in_flight_;
                         node_->observer.code_sent(name.way, accepted, perm);
                         report(name, accepted, perm);
                         start_waiting();
                       }));
  }

  void start_waiting() {
    while (in_flight_ < notifier_in_flight && !queue_.empty()) {
      const auto next = std::move(queue_.front());
      queue_.pop_front();
      start(next);
    }
  }

  void report(const send_code& what, bool accepted, bool permanent) {
    const auto table = shards_->table();
    if (const auto& owner = table->owners[what.shard % shard_count])
      self_->send(owner,
                  code_sent{what.shard, what.verification_id, what.outbox_id, accepted, permanent});
  }

  notifier_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  const shard_directory* shards_ = nullptr;
  std::size_t in_flight_ = 0;
  std::deque<send_code> queue_;
};

notifier_actor::behavior_type behave(notifier_actor::stateful_pointer<notifier_state> self,
                                     node_context* node, const shard_directory* shards) {
  self->state.begin(self, *node, *shards);
  auto* state = &self->state;
  return {
      [state](const send_code& next) { state->order(next); },
      [](const continuation& answer) { answer.run(); },
      [self](stop) { self->quit(); },
  };
}

}  // namespace

notifier_actor spawn_notifier(caf::actor_system& system, node_context& node,
                              const shard_directory& shards) {
  return system.spawn(behave, &node, &shards);
}

}  // namespace glados::actors
