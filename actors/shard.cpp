#include "actors/shard.hpp"

#include <caf/actor_system.hpp>

#include "actors/answer_codec.hpp"
#include "actors/entity.hpp"
#include "actors/fetch_ahead.hpp"
#include "actors/mapping.hpp"
#include "actors/shard_names.hpp"
#include "actors/slim_actor.hpp"
#include "actors/verification.hpp"

namespace glados::actors {

using state_type = shard_actor_state;

namespace {

/// A shard's share of the node's misses; never so few that a handful of probes flushes it.
std::size_t miss_share(const actor_limits& limits) {
  return std::max<std::size_t>(limits.miss_cache / shard_count, 16);
}

}  // namespace

// --- routing -------------------------------------------------------------------------------------

/// Asked before every answer. A lease that is over ends everything at once: others may own the
/// shard by now; so they may when its Redis is another than before. A caller that knows a later
/// epoch than ours speaks of a later owner.
bool state_type::may_answer(const route& via) const {
  return !closed_ && (lease_ == nullptr || lease_->holds()) && tenure_->sure() &&
         via.epoch <= tenure_->epoch.load();
}

/// The command as it waits for its entity; the time it waits is taken from what it has left.
template <class Answer, class Handle, class Message>
std::function<void(const Handle*, errc)> state_type::wait_with(const Message& asked) {
  auto promise = self_->make_response_promise<Answer>();
  return [self = self_, promise, asked = Message(asked), since = self_->clock().now(),
          node = &shard_->node](const Handle* to, errc code) mutable {
    const auto took = self->clock().now() - since;
    node->observer.stored({asked.via.shard, "load", code, took}, asked.via.trace);
    asked.via.left -= std::chrono::ceil<std::chrono::milliseconds>(took);
    if (to && asked.via.left > asked.via.left.zero())
      promise.delegate(*to, std::move(asked));
    else
      promise.deliver(refused<Answer>(to ? errc::deadline : code));
  };
}

template <class Answer, class Message, class Table>
caf::result<Answer> state_type::route_to(Table& table, typename Table::entry* at,
                                         const typename Table::entry::first_type& key,
                                         const Message& asked) {
  if (at && at->second.at == Table::step::active) {
    fetch_actor(at->second.entity, mapping_reach);
    table.touch(*at, minute_, ++uses_);
    return self_->delegate(at->second.entity, asked);
  }
  if (!at && !(at = open_slot(table, key)))
    return refused<Answer>(errc::overloaded);
  if (at->second.queue && at->second.queue->size() >= limits().queue_per_load)
    return refused<Answer>(errc::overloaded);
  using handle = decltype(at->second.entity);
  table.push(*at, wait_with<Answer, handle>(asked), limits().queue_per_load);
  return caf::delegated<Answer>();
}

caf::result<lookup_answer> state_type::lookup(const lookup_mapping& asked) {
  if (!may_answer(asked.via))
    return refused<lookup_answer>(errc::moved);
  if (asked.via.left <= asked.via.left.zero())
    return refused<lookup_answer>(errc::deadline);
  if (asked.key.layers != served_names_)
    return under_own_names(asked, &state_type::lookup);
  misses_.fetch_ahead(asked.key);
  auto* at = mappings_.find(asked.key);
  if (!at && misses_.contains(asked.key))
    return refused<lookup_answer>(errc::not_found);
  return route_to<lookup_answer>(mappings_, at, asked.key, asked);
}

caf::result<proof_answer> state_type::prove(const proof_accepted& right) {
  if (!may_answer(right.via))
    return refused<proof_answer>(errc::moved);
  if (right.via.left <= right.via.left.zero())
    return refused<proof_answer>(errc::deadline);
  const auto& key = right.ended.key;
  if (key.layers != served_names_)
    return under_own_names(right, &state_type::prove);
  auto* at = mappings_.find(key);
  if (!at && misses_.contains(key) && make_room()) {
    // This node knows that nothing is stored: no load.
    misses_.erase(key);
    at = &mappings_.open(key);
    directory_record empty;
    empty.key = key;
    mappings_changed(+1);
    mappings_.activate(*at, spawn_mapping(self_, shard_, std::move(empty)));
  }
  misses_.erase(key);
  auto answer = route_to<proof_answer>(mappings_, at, key, right);
  if (auto* slot = mappings_.find(key); slot && slot->second.at != mapping_table::step::active)
    slot->second.create = true;
  return answer;
}

template <class Message>
caf::result<mapping_answer> state_type::own(const Message& asked) {
  if (!may_answer(asked.via))
    return refused<mapping_answer>(errc::moved);
  if (asked.via.left <= asked.via.left.zero())
    return refused<mapping_answer>(errc::deadline);
  if (asked.key.layers != served_names_)
    return under_own_names(asked, &state_type::template own<Message>);
  auto* at = mappings_.find(asked.key);
  if (!at && misses_.contains(asked.key))
    return refused<mapping_answer>(errc::not_found);
  return route_to<mapping_answer>(mappings_, at, asked.key, asked);
}

caf::result<mapping_tended> state_type::tend(const tend_mapping& asked) {
  if (closed_)
    return refused<mapping_tended>(errc::moved);
  if (!serves_names())
    return refused<mapping_tended>(errc::overloaded);  // the page ends, and is visited again
  auto* at = mappings_.find(asked.key);
  if (!at && misses_.contains(asked.key))
    return refused<mapping_tended>(errc::none);  // gone since the page was read
  return route_to<mapping_tended>(mappings_, at, asked.key, asked);
}

caf::result<verification_answer> state_type::open(const open_verification& asked) {
  if (!may_answer(asked.via))
    return refused<verification_answer>(errc::moved);
  if (asked.via.left <= asked.via.left.zero())
    return refused<verification_answer>(errc::deadline);
  const auto& id = asked.record.id;
  if (verifications_.find(id))
    return refused<verification_answer>(errc::conflict);
  if (!make_room())
    return refused<verification_answer>(errc::overloaded);
  auto& at = verifications_.open(id);
  verifications_changed(+1);
  verifications_.activate(at, spawn_new_verification(self_, shard_, id));
  return route_to<verification_answer>(verifications_, &at, id, asked);
}

template <class Message>
caf::result<verification_answer> state_type::verify(const Message& asked) {
  if (!may_answer(asked.via))
    return refused<verification_answer>(errc::moved);
  if (asked.via.left <= asked.via.left.zero())
    return refused<verification_answer>(errc::deadline);
  return route_to<verification_answer>(verifications_, verifications_.find(asked.id), asked.id,
                                       asked);
}

caf::result<found_answer> state_type::find(const find_answer& asked) {
  if (!may_answer(asked.via))
    return refused<found_answer>(errc::moved);
  auto promise = self_->make_response_promise<found_answer>();
  once_sure([this, promise, asked](errc code) mutable {
    if (code != errc::none)
      return promise.deliver(refused<found_answer>(code)), void();
    shard_->node.directory.load_answer(shard_->id, asked.provider_id, asked.key_tag,
                                       here([promise](result<std::string> body) mutable {
                                         auto out = refused<found_answer>(body.error());
                                         if (body) {
                                           const auto view = decode_view(*body);
                                           const auto decided = decode_decided(*body);
                                           out.code = view || decided ? errc::none : errc::internal;
                                           out.view = view.value_or(verification_view{});
                                           if (decided) {
                                             out.mapping = decided->mapping;
                                             out.change_id = decided->change_id;
                                           }
                                         }
                                         promise.deliver(std::move(out));
                                       }));
  });
  return promise;
}

/// While an epoch is being raised a commit may still be on the wire: nobody reads past it.
void state_type::once_sure(raised then) {
  if (raising_)
    raise_waiters_.push_back(std::move(then));
  else
    then(errc::none);
}

void state_type::sent(const code_sent& news) {
  auto trim = [this, id = news.outbox_id] {
    shard_->node.directory.trim_outbox(shard_->id, {id}, [](result<bool>) {});
  };
  auto* at = verifications_.find(news.verification_id);
  if (at && at->second.at == verification_table::step::active) {
    verifications_.touch(*at, minute_, ++uses_);
    return self_->send(at->second.entity, news);
  }
  if (news.accepted)
    trim();
  if (!at && (news.accepted || closed_))
    return;
  if (!at && !(at = open_slot(verifications_, news.verification_id)))
    return;  // still in the outbox
  verifications_.push(
      *at,
      [this, news, trim](const verification_actor* to, errc code) {
        if (to)
          self_->send(*to, news);
        else if (code == errc::not_found)
          trim();
      },
      limits().queue_per_load);
}

// --- the actor -----------------------------------------------------------------------------------

void state_type::begin(shard_actor::pointer self, node_context& node, const node_services& services,
                       std::shared_ptr<shard_tenure> held) {
  self_ = self;
  const auto id = held->shard;
  lease_ = node.lease;
  tenure_ = held.get();
  shard_.reset(new shard_context{node, services, std::move(held), id, self->address()});
  names_ = served_names_ = shard_->held->names;
  misses_ = new_misses();
  self_->set_down_handler([this](const caf::down_msg& end) { on_down(end); });
  self_->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  self_->delayed_send(shard_actor{self_}, std::chrono::minutes(1), sweep{});
  recover_outbox();
  if (const auto begun = shard_->held->renaming; begun > names_)
    begin_renaming(begun);  // by the owner before
}

lru_set<sii_key> state_type::new_misses() const {
  return lru_set<sii_key>(miss_share(shard_->node.limits));
}

state_type::~shard_actor_state() {
  if (!shard_)
    return;
  mappings_changed(-live_mappings_);
  verifications_changed(-live_verifications_);
}

namespace {

/// All shards share one behavior, as the actors of slim_actor.hpp do, for the sake of the caches;
/// the state stands in the actor, whose lines are fetched together.
class shard_body final : public shard_actor::base {
 public:
  shard_body(caf::actor_config& cfg, node_context& node, const node_services& services,
             std::shared_ptr<shard_tenure> held)
      : base(cfg),
        node_(node),
        services_(services),
        held_(std::move(held)),
        state_(std::in_place) {}

  /// Whoever asks a shard has had its lines fetched before; the tenure is all that stands apart.
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit* unit) override {
    __builtin_prefetch(held_.get());
    base::enqueue(std::move(what), unit);
  }
  caf::resumable::resume_result resume(caf::execution_unit* unit, std::size_t most) override {
    const running_here<state_type> mark(state_ ? &*state_ : nullptr);
    return base::resume(unit, most);
  }
  void on_exit() override { state_.reset(); }

 protected:
  behavior_type make_behavior() override {
    state_->begin(this, node_, services_, held_);
    static const auto shared = behavior();
    return shared;
  }

 private:
  using base = shard_actor::base;

  static behavior_type behavior();

  node_context& node_;
  const node_services& services_;
  const std::shared_ptr<shard_tenure> held_;
  std::optional<state_type> state_;
};

shard_actor::behavior_type shard_body::behavior() {
  const auto now = []() -> state_type& { return running_here<state_type>::get(); };
  return {
      [now](const lookup_mapping& asked) { return now().lookup(asked); },
      [now](const proof_accepted& right) { return now().prove(right); },
      [now](const decide_mapping& asked) { return now().own(asked); },
      [now](const get_mapping& asked) { return now().own(asked); },
      [now](const find_mapping& asked) { return now().own(asked); },
      [now](const remove_mapping& asked) { return now().own(asked); },
      [now](const open_verification& asked) { return now().open(asked); },
      [now](const check_code& asked) { return now().verify(asked); },
      [now](const plan_resend& asked) { return now().verify(asked); },
      [now](const resend_code& asked) { return now().verify(asked); },
      [now](const cancel_verification& asked) { return now().verify(asked); },
      [now](const get_verification& asked) { return now().verify(asked); },
      [now](const find_answer& asked) { return now().find(asked); },
      [now](const get_change& asked) { return now().find_change(asked); },
      [now](const file_report& asked) { return now().keep_report(asked); },
      [now](const register_rows& asked) { return now().register_all(asked); },
      [now](const retract_rows& asked) { return now().retract_all(asked); },
      [now](const code_sent& news) { now().sent(news); },
      [now](const outcome_unsure& seen) { return now().unsure(seen); },
      [now](const verification_ended& which) { now().verification_over(which); },
      [now](const sweep_shard& asked) { return now().sweep_page(asked); },
      [now](const tend_mapping& asked) { return now().tend(asked); },
      [now](const rename_records& asked) { return now().rename(asked); },
      [now](sweep) { now().sweep_idle(); },
      [now](recover) { now().recover_outbox(); },
      [](const continuation& answer) { answer.run(); },
      [now](stop) { now().stop_all(); },
  };
}

}  // namespace

shard_actor spawn_shard(caf::actor_system& system, node_context& node,
                        const node_services& services, std::shared_ptr<shard_tenure> held) {
  return system.spawn<shard_body>(node, services, std::move(held));
}

}  // namespace glados::actors
