#include "actors/sweeper.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/continuation.hpp"

namespace glados::actors {
namespace {

/// Longer than a page takes: its mappings answer within local_wait, and the store within its
/// deadline.
constexpr std::chrono::seconds page_wait{30};
constexpr std::chrono::seconds first_wait{5};
constexpr std::chrono::seconds least_wait{1};

class sweeper_state {
 public:
  void begin(sweeper_actor::pointer self, node_context& node, const shard_directory& shards) {
    self_ = self;
    node_ = &node;
    shards_ = &shards;
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
    next_in(first_wait);
  }

  /// A pass under way has seen some records already, so another one follows it.
  void hurry() {
    again_ = true;
    if (resting_)
      next();
  }

  void next() {
    if (at_ == 0) {
      began_ = node_->clock.now();
      again_ = resting_ = false;
    }
    const auto table = shards_->table();
    while (at_ < shard_count && !table->owners[at_]) ++at_;
    if (at_ == shard_count)
      return end_pass();
    self_->request(table->owners[at_], page_wait, sweep_shard{sweep_page_size})
        .then([this](const shard_swept& done) { swept(done); },
              [this](const caf::error&) {
                swept({errc::moved, 0, 0, false});
              });
  }

 private:
  /// A shard that failed is left to the next pass: it goes on from its own cursor.
  void swept(const shard_swept& done) {
    node_->observer.swept(done.visited, done.changed);
    if (done.finished || done.code != errc::none)
      ++at_;
    const auto cost = std::max(done.visited, least_page_cost);
    next_in(std::chrono::microseconds(cost * 1'000'000 / node_->limits.sweep_rate));
  }

  void end_pass() {
    at_ = 0;
    if (again_)
      return next_in(least_wait);
    resting_ = true;
    const auto took = node_->clock.now() - began_;
    const auto rest =
        std::max<std::chrono::microseconds>(node_->limits.sweep_interval - took, least_wait);
    self_->delayed_send(sweeper_actor{self_}, rest,
                        continuation{[this, pass = ++passes_] { rested(pass); }});
  }

  /// The time between two passes is over, unless somebody was in a hurry.
  void rested(std::uint64_t pass) {
    if (resting_ && pass == passes_)
      next();
  }

  void next_in(std::chrono::microseconds wait) {
    self_->delayed_send(sweeper_actor{self_}, wait, sweep{});
  }

  sweeper_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  const shard_directory* shards_ = nullptr;
  std::size_t at_ = 0;  ///< shard to go on with
  instant began_;
  std::uint64_t passes_ = 0;
  bool resting_ = false;  ///< between two passes
  bool again_ = false;    ///< another pass is wanted at once
};

sweeper_actor::behavior_type behave(sweeper_actor::stateful_pointer<sweeper_state> self,
                                    node_context* node, const shard_directory* shards) {
  self->state.begin(self, *node, *shards);
  auto* state = &self->state;
  return {
      [state](recover) { state->hurry(); },
      [state](sweep) { state->next(); },
      [](const continuation& then) { then.run(); },
      [self](stop) { self->quit(); },
  };
}

}  // namespace

sweeper_actor spawn_sweeper(caf::actor_system& system, node_context& node,
                            const shard_directory& shards) {
  return system.spawn(behave, &node, &shards);
}

}  // namespace glados::actors
