#include "cluster/member_agent.hpp"

#include <caf/actor_system.hpp>

namespace glados::cluster {
namespace {

constexpr std::chrono::milliseconds retry_wait{250};
constexpr std::uint64_t ticks_per_sample = 4;
/// How many the word of a shard's owner that it gives it away holds against the record.
constexpr std::uint64_t ticks_of_a_gift = 16;

}  // namespace

void member_agent::begin(pointer self, member_parts parts) {
  self_ = self;
  parts_ = std::move(parts);
  watch_ = lease_watch(settings().terms);
  guardian_ = std::make_unique<actors::guardian>(parts_.node->observer);
  self_->set_down_handler([this](const caf::down_msg& end) { on_down(end); });
  self_->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  watch_records();
  spawn_pump();
  spawn_notifier();
  spawn_gate();
  self_->delayed_send(actors::member_actor{self_}, settings().renewal, actors::sweep{});
  open_gate();
}

// --- joining -------------------------------------------------------------------------------------

void member_agent::join() {
  if (stopping_)
    return;
  incarnation_ = settings().new_incarnation();
  ask_to_join();
}

void member_agent::ask_to_join() {
  if (stopping_)
    return;
  storage::join_request request{settings().identity, {}};
  request.me = {incarnation_, parts_.node->node, address_, settings().folder, 0, false};
  request.keys = own_keys();
  reported_keys_ = request.keys.size();
  store().join(request, here_in_life([this](result<storage::join_answer> got) {
                 if (stopping_)
                   return;
                 if (got)
                   joined(*got);
                 else
                   later(retry_wait, [this] { ask_to_join(); });
               }));
}

void member_agent::joined(const storage::join_answer& got) {
  switch (got.outcome) {
    case storage::join_outcome::joined:
      joined_ = true;
      tell_peers(greeting());  // those that are still connected from an earlier life
      return renew();
    case storage::join_outcome::other_directory:
      return give_up(errc::conflict, got.why);
    case storage::join_outcome::id_live:
      return watch_predecessor();
    case storage::join_outcome::ended:
      return join();
  }
}

/// A member has our node id. From our data folder, which we hold locked, it has ended; from another
/// one it is for us to find out. It is ended by its name: a request to join that arrives late, from
/// a process that is no more, ends nobody.
void member_agent::watch_predecessor() {
  if (stopping_)
    return;
  store().renew("", here_in_life([this](result<storage::table_answer> table) {
                  if (!stopping_ && table)
                    judge_predecessor(*table);
                  else
                    later(retry_wait, [this] { watch_predecessor(); });
                }));
}

void member_agent::judge_predecessor(const storage::table_answer& table) {
  const auto now = parts_.lease->now();
  watch_.seen(table.view, {}, store().connections(), now);
  const auto* other = table.view.find_node(parts_.node->node);
  if (!other)
    return ask_to_join();
  const bool ours = other->folder == settings().folder;
  if (!ours && watch_.seen_alive(other->incarnation))
    return give_up(errc::conflict, "another live node has the id " + other->node);
  if (!ours && watch_.left(other->incarnation, now)->count() > 0)
    return later(settings().renewal, [this] { watch_predecessor(); });
  store().evict(other->incarnation, other->counter,
                here_in_life([this](result<bool>) { ask_to_join(); }));
}

// --- the lease -----------------------------------------------------------------------------------

void member_agent::tick() {
  self_->delayed_send(actors::member_actor{self_}, settings().renewal, actors::sweep{});
  ++ticks_;
  if (serving_ && !stopping_ && !parts_.lease->holds())
    lapse();
  if (joined_ && !leaving_)
    renew();
  const auto late = std::erase_if(
      given_, [this](const auto& at) { return ticks_ > at.second.tick + ticks_of_a_gift; });
  if (late > 0)
    publish();
  if (ticks_ % ticks_per_sample == 0)
    sample_mailbox();
}

void member_agent::renew() {
  const auto sent = parts_.lease->now();
  store().renew(incarnation_, here_in_life([this, sent](result<storage::table_answer> got) {
                  if (got && joined_ && !leaving_)
                    renewed(sent, *got);
                }));
}

/// Others know a later view. Once a tick: many may say so at the same time.
void member_agent::renew_early() {
  if (joined_ && !leaving_ && std::exchange(asked_early_, ticks_) != ticks_)
    renew();
}

void member_agent::renewed(std::chrono::microseconds sent, const storage::table_answer& table) {
  parts_.clock->set(table.now);
  const auto now = parts_.lease->now();
  const auto until = sent + settings().terms.lease;
  if (!table.member || until <= now)
    return lapse();
  learn_index(table.index);
  // Another connection may lead to another process: what it says about our shards comes first.
  const auto connection = store().connections();
  const bool confirm = connection != connection_;
  connection_ = connection;
  if (confirm || unconfirmed_until_.count() != 0)
    unconfirmed_until_ = until;
  else
    extend(until);
  watch_.seen(table.view, unknown_, connection, now);
  const bool changed = table.view.number != view_.number || !records_known_;
  view_ = table.view;
  if (changed) {
    proposal_ = propose_owners(view_);
    publish();  // who is asked for shards on their way here lets the callers wait from now on
  }
  update_peers();
  ask_for_shards();
  check_doubts();
  if (changed || confirm)
    read_all_owners();
  else
    settle();
  evict_overdue();
  show_status();
}

void member_agent::extend(std::chrono::microseconds until) {
  parts_.lease->extend(until);
  serving_ = true;
}

void member_agent::evict_overdue() {
  for (const auto& late : watch_.overdue(parts_.lease->now())) {
    if (late.incarnation == incarnation_ || !evicting_.insert(late.incarnation).second)
      continue;
    store().evict(late.incarnation, late.counter,
                  here_in_life([this, who = late.incarnation](result<bool> done) {
                    evicting_.erase(who);
                    if (!done)
                      return;
                    ended_.insert(who);
                    unknown_.erase(who);
                    renew();  // the view is another now
                  }));
  }
}

/// This incarnation serves no longer: its lease is over, or somebody ended it. What it had is
/// dropped at once; the next incarnation starts from nothing.
void member_agent::lapse() {
  parts_.lease->end();
  parts_.status->ready = false;
  joined_ = false;
  serving_ = false;
  auto lost = std::exchange(held_, {});
  for (auto& [shard, one] : lost) {
    children_.erase(one.actor.id());
    self_->demonitor(one.actor.address());
    self_->send(one.actor, actors::stop{});
  }
  claiming_.clear();
  to_claim_.clear();
  claims_sent_ = 0;
  resting_.clear();
  missed_.clear();
  given_.clear();
  evicting_.clear();
  unknown_.clear();
  renaming_.clear();
  moving_ = 0;
  records_.assign(shard_count, {});
  records_known_ = false;
  view_ = {};
  proposal_.clear();
  connection_ = 0;
  unconfirmed_until_ = std::chrono::microseconds(0);
  watch_ = lease_watch(settings().terms);
  publish();
  if (stopping_)
    all_shards_ended();
  else
    join();
}

void member_agent::give_up(errc why, std::string text) {
  parts_.status->why(std::move(text));
  parts_.status->failed = why;
  stop();
}

// --- the end -------------------------------------------------------------------------------------

void member_agent::hand_over() {
  if (std::exchange(handing_over_, true))
    return;
  later(std::chrono::milliseconds(0), [this] { check_handed_over(); });
}

/// Asks to be drained until the view says so; then waits for the last shard.
void member_agent::check_handed_over() {
  const auto* me = view_.find(incarnation_);
  bool others = false;
  for (const auto& member : view_.members)
    others = others || (!member.draining && member.node != parts_.node->node);
  if (stopping_ || !joined_ || !me || !others || (me->draining && held_.empty())) {
    parts_.status->handed_over = true;
    return;
  }
  if (!me->draining)
    store().drain(parts_.node->node, here_in_life([this](result<bool> done) {
                    if (done)
                      renew();
                  }));
  later(std::chrono::milliseconds(50), [this] { check_handed_over(); });
}

caf::result<actors::drain_answer> member_agent::drain(const actors::drain_node& whom) {
  auto promise = self_->make_response_promise<actors::drain_answer>();
  store().drain(whom.node, here([this, promise](result<bool> done) mutable {
                  if (done && joined_)
                    renew();
                  promise.deliver(actors::drain_answer{done.error()});
                }));
  return promise;
}

void member_agent::stop() {
  if (std::exchange(stopping_, true))
    return;
  stop_shards();
}

void member_agent::leave() {
  auto end = [this](result<bool>) {
    parts_.lease->end();
    parts_.status->ended = true;
    self_->quit();
  };
  leaving_ = true;
  if (settings().watch != nullptr)
    settings().watch->watch({});
  if (joined_)
    store().leave(incarnation_, here(end));
  else
    end(true);
}

namespace {

actors::member_actor::behavior_type behave(
    actors::member_actor::stateful_pointer<member_agent> self, const member_parts& parts) {
  self->state.begin(self, parts);
  auto* state = &self->state;
  return {
      [state](actors::sweep) { state->tick(); },
      [state](const actors::peer_hello& from) { state->hello(from); },
      [state](const actors::shard_moved& news) { state->moved(news); },
      [state](const actors::shard_released& news) { state->released(news); },
      [state](const actors::shard_missed& which) { state->missed(which.shard); },
      [state](const actors::drain_node& whom) { return state->drain(whom); },
      [state](const actors::activate_index_key& asked) { return state->activate(asked); },
      [state](const actors::hand_over&) { state->hand_over(); },
      [](const actors::continuation& answer) { answer.run(); },
      [state](actors::stop) { state->stop(); },
  };
}

}  // namespace

actors::member_actor spawn_member_agent(caf::actor_system& system, member_parts parts) {
  return system.spawn(behave, std::move(parts));
}

}  // namespace glados::cluster
