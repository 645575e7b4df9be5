#include "sim/providers.hpp"

#include <algorithm>
#include <array>

#include "actors/notice_messages.hpp"
#include "sim/life.hpp"
#include "sim/node.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

/// A caller waits so long for an answer.
constexpr moment patience = 12 * second;

}  // namespace

providers::providers(world& in)
    : world_(in), model_(in.options().traffic, workload::draw(in.options().seed, "workload")) {
  for (unsigned i = 0; i < in.options().traffic.providers; ++i) {
    provider one;
    one.id = "p" + std::to_string(i);
    one.version = 1;
    one.name = one.id;
    records_.push_back(std::move(one));
  }
}

// --- when
// ------------------------------------------------------------------------------------------

void providers::start() {
  going_ = true;
  for (unsigned i = 0; i < records_.size(); ++i) set_webhook(i);
  next_call();
}

/// Asks until it is there: without it nobody hears of what others did.
void providers::set_webhook(unsigned provider) {
  const auto again = [this, provider] {
    world_.after(second, [this, provider] { set_webhook(provider); });
  };
  auto& to = world_.at(any_node());
  if (!to.running())
    return again();
  to.process()->workers.ask<actors::webhook_answer>(
      caf::actor_cast<caf::strong_actor_ptr>(to.process()->desk.courier_of(id_of(provider))),
      actors::put_webhook{"https://receiver.example/in", {}, {}},
      [again](const actors::webhook_answer& got) {
        if (got.code != errc::none)
          again();
      });
}

void providers::next_call() {
  world_.after(model_.pause(), [this] {
    if (!going_)
      return;
    act();
    next_call();
  });
}

void providers::act() {
  using workload::action;
  switch (model_.next_action()) {
    case action::lookup:
      return look_up(model_.any_identifier());
    case action::opening: {
      const auto provider = model_.any_provider();
      return open(provider, model_.any_identifier(), false);
    }
    case action::guess:
      return guess();
    case action::decision:
      return decide();
    case action::removal:
      return remove();
    case action::restore:
      return restore();
    case action::report:
      return report();
    case action::row:
      return register_rows();
    case action::repeat:
      return repeat();
    case action::token:
      return token();
  }
}

unsigned providers::any_node() {
  return static_cast<unsigned>(model_.chance().below(world_.nodes.size()));
}

// --- a call's life
// ---------------------------------------------------------------------------------

call_ptr providers::make(deed what, unsigned provider, unsigned who) {
  auto out = std::make_shared<call>();
  out->what = what;
  out->node = any_node();
  out->provider = provider;
  out->who = who;
  return out;
}

namespace {

/// The earliest and the latest that a node which may answer has on its clock.
void widen(call& made, world& in) {
  const auto show = [&](instant at) {
    made.clock_low = made.clock_low == instant{} ? at : std::min(made.clock_low, at);
    made.clock_high = std::max(made.clock_high, at);
  };
  show(in.store_clock());
  for (const auto& one : in.nodes)
    if (const auto* of = one->process(); of != nullptr && of->lease.holds())
      show(of->clock.now());
}

}  // namespace

void providers::enter(const call_ptr& made, std::function<void(life&)> work, done then) {
  auto& to = world_.at(made->node);
  if (to.process() == nullptr) {
    ++counts_.refused_connections;
    return;
  }
  auto& of = *to.process();
  made->number = ++calls_;
  made->asked_at = world_.now();
  made->asked = ++world_.log.order;
  widen(*made, world_);
  ++counts_.made;
  ++open_calls_;
  world_.log.note(to_string(made->what),
                  {{"call", static_cast<std::int64_t>(made->number)},
                   {"node", to.number()},
                   {"provider", made->provider},
                   {"identifier", made->who}},
                  made->subject);
  world_.log.tell([&](invariant& one) { one.asked(*made); });
  if (then)
    then_[made->number] = std::move(then);
  world_.after(patience, [this, made] {
    if (made->answers == 0)
      finish(made, errc::deadline);
  });
  to.when_awake(of, [this, made, &of, work = std::move(work)] {
    if (of.lease.holds())
      work(of);
    else
      finish(made, errc::storage_unavailable);
  });
}

void providers::finish(const call_ptr& made, errc code) {
  if (made->abandoned)
    return;  // whoever asked has gone
  made->abandoned = world_.now() - made->asked_at >= patience;
  ++made->answers;
  made->code = code;
  made->answered_at = world_.now();
  made->answered = ++world_.log.order;
  widen(*made, world_);
  world_.log.note("answer",
                  {{"call", static_cast<std::int64_t>(made->number)},
                   {"status", errc_rows[static_cast<std::size_t>(code)].status}},
                  errc_rows[static_cast<std::size_t>(code)].problem);
  world_.log.tell([&](invariant& one) { one.answered(*made); });
  if (made->answers > 1)
    return;
  --open_calls_;
  ++(made->abandoned ? counts_.abandoned : is_failure(code) ? counts_.failed : counts_.answered);
  ++counts_.by_answer[std::string(to_string(made->what)) + " " +
                      std::string(errc_rows[static_cast<std::size_t>(code)].problem)];
  if (const auto at = then_.find(made->number); at != then_.end()) {
    const auto then = std::move(at->second);
    then_.erase(at);
    then(made);
  }
}

// --- users
// -----------------------------------------------------------------------------------------

void providers::code_arrived(const std::string& verification_id) {
  const auto at = sessions_.find(verification_id);
  if (at == sessions_.end() || at->second.checked)
    return;
  at->second.checked = true;
  if (!at->second.probe && model_.loses_interest())
    return;  // lost interest
  at->second.wrong_first = at->second.probe || model_.types_right() ? 0 : 1;
  world_.after(model_.typing(), [this, verification_id] {
    auto& of = sessions_[verification_id];
    check(of, of.wrong_first == 0);
  });
}

/// After a wrong code most users try again; after a failure all do.
void providers::checked(const call_ptr& made) {
  auto& of = sessions_[made->subject];
  if (made->code == errc::none)
    claims_.push_back({of.provider, of.who, made->mapping.salt});
  if (made->code == errc::none || made->code == errc::conflict) {  // conflict: it was right before
    if (of.probe)
      verified_[of.who] = true;
    return;
  }
  const bool again =
      made->code == errc::code_incorrect ? model_.tries_again() : is_failure(made->code);
  if (again && (going_ || of.probe))
    world_.after(model_.typing(), [this, id = of.id] { check(sessions_[id], true); });
  else if (of.probe)
    world_.after(second,
                 [this, provider = of.provider, who = of.who] { open(provider, who, true); });
}

// --- the probe
// -------------------------------------------------------------------------------------

void providers::begin_probe() {
  constexpr unsigned most = 6;
  for (unsigned who = 0; who < std::min(most, world_.options().traffic.identifiers); ++who) {
    looked_up_[who] = verified_[who] = false;
    look_up(who, true);
    open(0, who, true);
  }
}

std::string providers::missing() const {
  for (const auto& [who, well] : looked_up_)
    if (!well)
      return "identifier " + std::to_string(who) + " cannot be looked up";
  for (const auto& [who, well] : verified_)
    if (!well)
      return "identifier " + std::to_string(who) + " cannot be verified";
  return {};
}

}  // namespace glados::sim
