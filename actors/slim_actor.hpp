// An actor of a kind of which there are as many as a node has memory for. It differs from CAF's
// stateful_actor in two things, which together are a third of what each takes:
// - all share one behavior; its handlers hold nothing, but find the state of whoever runs on their
//   thread;
// - the state stands apart. CAF's part of an actor takes 1,024 bytes and the allocator's next size
//   is 1,280, so the pointer to it is kept in the one place in there that is ours, the exception
//   handler.
#pragma once

#include <caf/exit_reason.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <utility>

namespace glados::actors {

/// `State` has `begin(self, args…)`, called once before anything else, and a static `behavior()`
/// whose handlers go to `running()`. Ended as every actor; its state ends with it.
template <class Handle, class State>
class slim_actor final : public Handle::base {
 public:
  using base = typename Handle::base;

  template <class... Args>
  explicit slim_actor(caf::actor_config& cfg, Args&&... args) : base(cfg) {
    static_assert(sizeof(slim_actor) <= 1024 - sizeof(caf::actor_control_block));
    auto made = std::make_unique<State>();
    made->begin(this, std::forward<Args>(args)...);
    this->exception_handler_ = keeper{made.release()};
  }

  /// The state of the actor whose handler runs on this thread.
  static State& running() { return *running_; }

  void on_exit() override { delete std::exchange(state(), nullptr); }

  /// Who runs here may have lent its thread (inline_unit.hpp), and goes on afterwards.
  caf::resumable::resume_result resume(caf::execution_unit* unit, std::size_t most) override {
    auto* const before = std::exchange(running_, state());
    const auto out = base::resume(unit, most);
    running_ = before;
    return out;
  }

 protected:
  typename base::behavior_type make_behavior() override {
    static const auto shared = State::behavior();
    return shared;
  }

 private:
  /// What CAF asks about an exception. Else it would print it, which may hold what a log must not.
  struct keeper {
    State* state;
    caf::error operator()(caf::scheduled_actor*, std::exception_ptr&) const {
      return caf::exit_reason::unhandled_exception;
    }
  };
  State*& state() { return this->exception_handler_.template target<keeper>()->state; }

  static inline thread_local State* running_ = nullptr;
};

}  // namespace glados::actors
