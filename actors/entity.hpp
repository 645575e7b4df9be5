// What mapping and verification actors have in common: one change in flight at a time, a bounded
// queue behind it, and the rule that after any commit answer but "applied" the record is forgotten,
// the caller answered, and the record loaded anew before the next command. After an unknown outcome
// the shard raises its epoch first, so that a copy of the commit still on the wire is refused.
//
//            commit answered "applied"
//          ┌────────────┐
//          ▼            │
//   ┌──> usable ──commit┴──refused──> forgotten ──next command──> loading ──┐
//   │                   └──unknown, fenced──> unsure ──epoch raised──> loading
//   └───────────────────────────────────────────────────────────────────────┘
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <utility>

#include "actors/continuation.hpp"
#include "actors/shard_context.hpp"

namespace glados::actors {

/// How long an entity waits for another actor of its shard. Longer than any store call takes.
inline constexpr std::chrono::seconds local_wait{5};

/// An answer that says nothing but `code`.
template <class Answer>
Answer refused(errc code) {
  Answer out;
  out.code = code;
  return out;
}

/// Base of an entity's state; lives inside its actor and runs only there. `Handle` is the actor's
/// typed interface. Ends by `stop`, after what is under way.
template <class Handle>
class entity {
 public:
  using pointer = typename Handle::base*;
  /// With `none`: go on, the record is there and nothing is in flight. Else: answer that code.
  using command = std::function<void(errc)>;
  using time_point = caf::actor_clock::time_point;

  virtual ~entity() = default;

  void stop() {
    stopping_ = true;
    told_to_stop();
    if (busy_ == 0)
      go_on();
  }

 protected:
  void start(pointer self, std::shared_ptr<shard_context> shard, bool usable) {
    self_ = self;
    shard_ = std::move(shard);
    usable_ = usable;
    // Else CAF prints what was thrown, which may hold what a log must not.
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  }

  Handle me() const { return Handle{self_}; }
  node_context& node() const { return shard_->node; }
  shard_context& shard() const { return *shard_; }
  pointer self() const { return self_; }
  bool usable() const { return usable_; }
  bool stopping() const { return stopping_; }

  /// Runs `next` now, or behind what is in flight. `must`: the bound of the queue does not hold,
  /// for what follows from work that was admitted.
  void submit(command next, bool must = false) {
    if (!must && waiting_.size() >= node().limits.queue_per_entity)
      return next(errc::overloaded);
    waiting_.push_back(std::move(next));
    if (busy_ == 0)
      go_on();
  }

  /// A caller's command: gives up when the caller's time is over before its turn comes.
  template <class Answer, class F>
  caf::result<Answer> submit_for(const route& via, F body) {
    auto promise = self_->template make_response_promise<Answer>();
    const auto began = self_->clock().now();
    submit([this, promise, began, left = via.left, trace = via.trace,
            body = std::move(body)](errc code) mutable {
      const carrying of(trace);
      if (code != errc::none)  // the record could not be had, or there is no room
        tell("load", code, began, trace);
      if (code == errc::none && self_->clock().now() >= began + left)
        code = errc::deadline;
      if (code != errc::none)
        promise.deliver(refused<Answer>(code));
      else
        body(promise);
    });
    return promise;
  }

  /// Commits `step` under the current fence, then runs `then`, whatever the answer was. The record
  /// is forgotten unless the step was applied or refused by a limit.
  void commit(storage::commit step, std::function<void(const storage::commit_result&)> then) {
    hold();
    step.by = shard_->fence();
    const auto epoch = step.by.epoch;
    node().directory.apply(
        std::move(step),
        on_self(me(), [this, epoch, began = self_->clock().now(), trace = carried_,
                       then = std::move(then)](const storage::commit_result& done) {
          tell("commit", done.code, began, trace);
          if (done.replayed || (done.code != errc::none && done.code != errc::rate_limited))
            forget(done.code, epoch);
          {
            const carrying of(trace);
            then(done);
          }
          release();
        }));
  }

  void forget(errc why, std::uint64_t epoch) {
    usable_ = false;
    if (why != errc::outcome_unknown && why != errc::fenced)
      return;
    unsure_ = true;
    unsure_epoch_ = epoch;
  }

  /// One more step in flight; commands wait until as many `release` calls.
  void hold() { ++busy_; }
  void release() {
    --busy_;
    if (busy_ == 0)
      go_on();
  }

  /// Somebody else wrote the record: it is loaded before the next command, and once more if a load
  /// is under way.
  void outdated() {
    usable_ = false;
    reload_ = busy_ > 0;
    go_on();
  }

  /// Loads the record, then calls `loaded` once, in this actor.
  virtual void load() = 0;
  /// Nothing is in flight, nothing waits.
  virtual void quiet() {}
  virtual void told_to_stop() {}

  void loaded(errc code) {
    if (std::exchange(reload_, false) && code == errc::none)
      return load();
    usable_ = code == errc::none;
    if (!usable_)
      refuse_waiting(code);
    release();
  }

 private:
  /// The trace of the command that runs on this thread, for as long as this lives. Commits take it
  /// along. Not kept in the entity: there are millions of them.
  class carrying {
   public:
    explicit carrying(const trace_context& trace) : before_(std::exchange(carried_, trace)) {}
    ~carrying() { carried_ = before_; }
    carrying(const carrying&) = delete;
    carrying& operator=(const carrying&) = delete;

   private:
    trace_context before_;
  };

  void go_on() {
    while (busy_ == 0 && !waiting_.empty() && usable_) {
      auto next = std::move(waiting_.front());
      waiting_.pop_front();
      next(errc::none);
    }
    if (busy_ != 0)
      return;
    if (unsure_)
      return resolve();
    if (!waiting_.empty()) {
      hold();
      return load();
    }
    quiet();
    if (!stopping_ || busy_ != 0 || !waiting_.empty())
      return;
    // Requests of the HTTP workers are urgent messages, so `stop` may overtake some of them: it
    // goes to the end of the mailbox until nothing else is left there.
    if (self_->mailbox().empty())
      self_->quit();
    else
      self_->send(me(), actors::stop{});
  }

  /// The load follows at once: an entity that came into being by the lost commit must find out.
  void resolve() {
    hold();
    unsure_ = false;
    auto failed = [this](errc code) {
      unsure_ = code != errc::moved;  // of a shard given up, nobody reads again
      refuse_waiting(code);
      self_->delayed_send(me(), std::chrono::milliseconds(500),
                          continuation{[this] { release(); }});
    };
    const auto owner = shard_->owner();
    if (!owner)
      return failed(errc::moved);
    self_->request(owner, local_wait, outcome_unsure{unsure_epoch_})
        .then(
            [this, failed](const epoch_raised& now) {
              if (now.code != errc::none)
                return failed(now.code);
              load();
            },
            [failed](const caf::error& why) {
              failed(why == caf::sec::request_receiver_down ? errc::moved
                                                            : errc::storage_unavailable);
            });
  }

  void tell(std::string_view step, errc code, time_point began, const trace_context& trace) const {
    node().observer.stored({shard_->id, step, code, self_->clock().now() - began}, trace);
  }

  void refuse_waiting(errc code) {
    auto all = std::exchange(waiting_, {});
    for (auto& next : all) next(code);
  }

  static inline thread_local trace_context carried_;

  pointer self_ = nullptr;
  std::shared_ptr<shard_context> shard_;
  std::list<command> waiting_;
  std::uint64_t unsure_epoch_ = 0;
  std::uint8_t busy_ = 0;
  bool usable_ = false;
  bool unsure_ = false;
  bool reload_ = false;
  bool stopping_ = false;
};

}  // namespace glados::actors
