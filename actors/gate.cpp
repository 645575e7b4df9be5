#include "actors/gate.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <map>

#include "actors/entity.hpp"
#include "actors/lookup_desk.hpp"

namespace glados::actors {
namespace {

constexpr std::chrono::milliseconds look_period{50};

class gate_state {
 public:
  using pointer = gate_actor::pointer;

  void begin(pointer self, gate_parts parts) {
    self_ = self;
    parts_ = std::move(parts);
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
    desk_ = lookup_desk::make(self_->system(), *parts_.shards, gate_actor{self_});
  }

  template <class Answer, class Message>
  caf::result<Answer> pass(const Message& asked) {
    const auto table = parts_.shards->table();
    if (const auto code = table->refusal(asked.via); code != errc::none)
      return refused<Answer>(code);
    if (const auto& owner = table->owners[asked.via.shard])
      return self_->delegate(owner, asked);
    return hold<Answer>(asked);
  }

  void pass_on(const lookup_batch& many) const {
    desk_->serve(many, caf::actor_cast<caf::strong_actor_ptr>(self_->current_sender()));
  }

  /// The table changed, or a while has passed.
  void look() {
    const auto table = parts_.shards->table();
    const auto now = self_->clock().now();
    for (auto at = held_.begin(); at != held_.end();) {
      const auto& owner = table->owners[at->first];
      auto& waiting = at->second;
      std::vector<held> rest;
      for (auto& one : waiting) {
        const bool wanted = table->awaited[at->first] || one.view > table->view;
        if (owner)
          one.go(&owner, errc::none);
        else if (now >= one.until)
          one.go(nullptr, errc::moved);
        else if (!wanted)
          one.go(nullptr, errc::moved);
        else
          rest.push_back(std::move(one));
      }
      waiting = std::move(rest);
      at = waiting.empty() ? held_.erase(at) : std::next(at);
    }
  }

  void look_again() {
    look();
    ticking_ = !held_.empty();
    if (ticking_)
      self_->delayed_send(gate_actor{self_}, look_period, continuation{[this] { look_again(); }});
  }

  template <class Message>
  void tell_agent(const Message& what) {
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(parts_.agent))
      self_->send(caf::actor_cast<member_actor>(strong), what);
  }

  void rung(const provider_rung& news) const {
    if (parts_.bell != nullptr)
      parts_.bell->rung_elsewhere(news.provider_id);
  }

  sandbox_notes find(const find_sandbox_messages& asked) const {
    if (!parts_.outbox)
      return {errc::not_found, {}};
    return {errc::none, parts_.outbox(asked.sii)};
  }

 private:
  /// A caller of a shard that is not here yet.
  struct held {
    std::uint64_t view = 0;
    std::chrono::steady_clock::time_point until;
    std::function<void(const shard_actor*, errc)> go;
  };

  template <class Answer, class Message>
  caf::result<Answer> hold(const Message& asked) {
    auto& waiting = held_[asked.via.shard];
    if (waiting.size() >= parts_.most_held)
      return refused<Answer>(errc::overloaded);
    auto promise = self_->template make_response_promise<Answer>();
    const auto until = self_->clock().now() + asked.via.left;
    waiting.push_back(
        {asked.via.view, until,
         [this, promise, asked = Message(asked), until](const shard_actor* to, errc code) mutable {
           asked.via.left =
               std::chrono::duration_cast<std::chrono::milliseconds>(until - self_->clock().now());
           if (to)
             promise.delegate(*to, std::move(asked));
           else
             promise.deliver(refused<Answer>(code));
         }});
    if (!std::exchange(ticking_, true))
      self_->delayed_send(gate_actor{self_}, look_period, continuation{[this] { look_again(); }});
    return promise;
  }

  pointer self_ = nullptr;
  gate_parts parts_;
  std::map<shard_id, std::vector<held>> held_;
  std::shared_ptr<lookup_desk> desk_;
  bool ticking_ = false;
};

/// A handler for one routed message.
template <class Message, class Answer>
auto pass(gate_state* state) {
  return [state](const Message& asked) { return state->pass<Answer>(asked); };
}

gate_actor::behavior_type gate(gate_actor::stateful_pointer<gate_state> self,
                               const gate_parts& parts) {
  self->state.begin(self, parts);
  auto* state = &self->state;
  return {
      pass<lookup_mapping, lookup_answer>(state),
      pass<decide_mapping, mapping_answer>(state),
      pass<get_mapping, mapping_answer>(state),
      pass<find_mapping, mapping_answer>(state),
      pass<remove_mapping, mapping_answer>(state),
      pass<open_verification, verification_answer>(state),
      pass<check_code, verification_answer>(state),
      pass<plan_resend, verification_answer>(state),
      pass<resend_code, verification_answer>(state),
      pass<cancel_verification, verification_answer>(state),
      pass<get_verification, verification_answer>(state),
      pass<find_answer, found_answer>(state),
      pass<get_change, change_answer>(state),
      pass<file_report, change_answer>(state),
      pass<register_rows, register_answer>(state),
      pass<retract_rows, retract_answer>(state),
      [state](const lookup_batch& many) { state->pass_on(many); },
      [state](const peer_hello& news) { state->tell_agent(news); },
      [state](const shard_moved& news) { state->tell_agent(news); },
      [state](const shard_released& news) { state->tell_agent(news); },
      [state](const provider_rung& news) { state->rung(news); },
      [state](const find_sandbox_messages& asked) { return state->find(asked); },
      [state](const table_changed&) { state->look(); },
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

}  // namespace

gate_actor spawn_gate(caf::actor_system& system, gate_parts parts) {
  return system.spawn(gate, std::move(parts));
}

}  // namespace glados::actors
