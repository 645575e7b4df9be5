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

#include "actors/fetch_ahead.hpp"

namespace glados::actors {

/// While it lives, handlers that all actors of a kind share find on this thread the state of the
/// one that runs. Who runs here may have lent its thread (inline_unit.hpp), and goes on afterwards.
template <class State>
class running_here {
 public:
  explicit running_here(State* state) : before_(std::exchange(running_, state)) {}
  ~running_here() { running_ = before_; }
  running_here(const running_here&) = delete;
  running_here& operator=(const running_here&) = delete;

  static State& get() { return *running_; }

 private:
  State* const before_;
  static inline thread_local State* running_ = nullptr;
};

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
  static State& running() { return running_here<State>::get(); }

  void on_exit() override { delete state(); }  // and nothing runs here afterwards

  /// Whoever wakes such an actor has its own lines fetched before; the state stands apart.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* unit) override {
    fetch_ahead(state(), sizeof(State));
    base::enqueue(std::move(what), unit);
  }
  caf::resumable::resume_result resume(caf::execution_unit* unit, std::size_t most) override {
    const running_here<State> mark(state());
    return base::resume(unit, most);
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
};

}  // namespace glados::actors
