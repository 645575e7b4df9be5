#include "actors/feed.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>
#include <utility>

#include "actors/continuation.hpp"

namespace glados::actors {
namespace {

using answer_promise = caf::typed_response_promise<events_answer>;

constexpr std::chrono::minutes sweep_period{1};

class feed_state {
 public:
  void begin(feed_actor::pointer self, node_context& node, std::string id,
             std::shared_ptr<const std::atomic<bool>> draining) {
    self_ = self;
    node_ = &node;
    id_ = std::move(id);
    draining_ = std::move(draining);
    last_used_ = node.clock.now();
    self_->delayed_send(feed_actor{self_}, sweep_period, sweep{});
  }

  caf::result<events_answer> ask(const read_events& what) {
    last_used_ = node_->clock.now();
    auto promise = self_->make_response_promise<events_answer>();
    const auto number = next_++;
    calls_.emplace(number, call{what, promise});
    read(number);
    return promise;
  }

  void grown() {
    ++rings_;
    read_waiting();
  }

  void on_sweep() {
    if (calls_.empty() && node_->clock.now() - last_used_ > feed_idle)
      return self_->quit();
    self_->delayed_send(feed_actor{self_}, sweep_period, sweep{});
  }

  void stop() {
    for (auto& [number, one] : std::exchange(calls_, {}))
      deliver(one, {errc::none, {}, one.what.after});
    self_->quit();
  }

 private:
  struct call {
    read_events what;
    answer_promise promise;
    bool waiting = false;  ///< was told nothing yet and may be told later
    bool reading = false;
  };

  void read(std::uint64_t number) {
    auto& one = calls_.at(number);
    one.reading = true;
    node_->events.read_events(
        id_, one.what.after, one.what.limit,
        on_self(feed_actor{self_}, [this, number, rings = rings_](result<std::vector<event>> got) {
          on_read(number, rings, std::move(got));
        }));
  }

  void on_read(std::uint64_t number, std::uint64_t rings, result<std::vector<event>> got) {
    const auto at = calls_.find(number);
    if (at == calls_.end())
      return;
    auto& one = at->second;
    one.reading = false;
    if (!got || !got->empty() || !may_wait(one))
      return finish(number, std::move(got));
    if (!one.waiting)
      begin_wait(number, one);
    if (rings != rings_)
      read(number);  // something came while the answer was on its way
  }

  bool may_wait(const call& one) const {
    if (one.what.wait.count() == 0 || draining_->load())
      return false;
    return one.waiting || waiting_ < feed_waiting;
  }

  void begin_wait(std::uint64_t number, call& one) {
    one.waiting = true;
    ++waiting_;
    self_->delayed_send(feed_actor{self_}, one.what.wait, continuation{[this, number] {
                          if (calls_.contains(number))
                            finish(number, std::vector<event>{});
                        }});
    if (!std::exchange(polling_, true))
      poll_later();
  }

  void poll_later() {
    self_->delayed_send(feed_actor{self_}, feed_poll, continuation{[this] {
                          polling_ = waiting_ > 0;
                          if (!polling_)
                            return;
                          read_waiting();
                          poll_later();
                        }});
  }

  void read_waiting() {
    for (auto& [number, one] : calls_)
      if (one.waiting && !one.reading)
        read(number);
  }

  void finish(std::uint64_t number, result<std::vector<event>> got) {
    auto node = calls_.extract(number);
    auto& one = node.mapped();
    waiting_ -= one.waiting ? 1 : 0;
    last_used_ = node_->clock.now();
    events_answer out;
    out.code = got.error();
    out.next = one.what.after;
    if (got && !got->empty()) {
      out.next = got->back().id;
      out.events = std::move(*got);
    }
    deliver(one, std::move(out));
  }

  static void deliver(call& one, events_answer out) { one.promise.deliver(std::move(out)); }

  feed_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  std::string id_;
  std::shared_ptr<const std::atomic<bool>> draining_;
  std::map<std::uint64_t, call> calls_;
  std::uint64_t next_ = 1;
  std::uint64_t rings_ = 0;
  std::size_t waiting_ = 0;
  bool polling_ = false;
  instant last_used_;
};

feed_actor::behavior_type behave(feed_actor::stateful_pointer<feed_state> self, node_context* node,
                                 const std::string& id,
                                 const std::shared_ptr<const std::atomic<bool>>& draining) {
  self->state.begin(self, *node, id, draining);
  auto* state = &self->state;
  return {
      [state](const read_events& what) { return state->ask(what); },
      [state](const events_grown&) { state->grown(); },
      [state](const sweep&) { state->on_sweep(); },
      [](const continuation& then) { then.run(); },
      [state](const stop&) { state->stop(); },
  };
}

}  // namespace

feed_actor spawn_feed(caf::actor_system& system, node_context& node, std::string provider_id,
                      std::shared_ptr<const std::atomic<bool>> draining) {
  return system.spawn(behave, &node, std::move(provider_id), std::move(draining));
}

}  // namespace glados::actors
