#include "sim/life.hpp"

#include <caf/send.hpp>
#include <utility>

#include "actors/registrar.hpp"
#include "sim/node.hpp"
#include "sim/providers.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr std::chrono::microseconds no_margin{0};
constexpr std::size_t fewest_sifted = 1000;

/// A planted bug: the first node takes its lease for one that never ends.
bool stands_still(const world& in, const node& of) {
  return in.bug() == plant::serve_after_lease && of.index() == 0;
}

actors::actor_limits limits_of(const plan& drawn) {
  actors::actor_limits out;
  out.max_entities = drawn.live_entities;
  out.idle_after = std::chrono::seconds(60);
  return out;
}

actors::session_limits sessions_of(const plan& drawn) {
  actors::session_limits out;
  out.quota_base = drawn.lookup_budget;
  out.quota_per_user = 0;
  out.sends_base = 1'000'000;
  out.region_base = 0;
  out.breaker_percent = 0;
  out.guesses_per_day = 1'000'000;
  return out;
}

verification_policy policy_of(const plan& drawn) {
  verification_policy out;
  out.lifetime = std::chrono::microseconds(drawn.code_lifetime);
  out.decision_window = std::chrono::microseconds(drawn.decision_window);
  out.wait_scale = 0.01;
  return out;
}

}  // namespace

life::life(world& in, node& of)
    : home(of),
      store(in.store),
      codes_(*in.outside, *this),
      notices_(*in.outside, *this),
      clock([&of] { return of.local_now(); }),
      lease([&of, stands = stands_still(in, of)] {
        return std::chrono::microseconds(stands ? 1 : of.local_now());
      }),
      context{store,
              store,
              store,
              store,
              store,
              clock,
              codes_,
              vault_,
              observer_,
              limits_of(in.options()),
              sessions_of(in.options()),
              policy_of(in.options()),
              of.name(),
              of.name() + " run " + std::to_string(of.lives())},
      config(actors::system_config::testing{}),
      system(config),
      scheduler(dynamic_cast<caf::scheduler::test_coordinator&>(system.scheduler())),
      hosts(system, context, sessions),
      desk(system, context, sessions, &shards),
      link(*in.wires, *this),
      member(system, context, clock, lease, shards, settings_of(in)),
      workers(*this) {
  system.await_actors_before_shutdown(false);
  context.lease = &lease;
  context.bell = &desk;
  context.poster = &notices_;
  context.owned_epoch = [this](shard_id shard) {
    return lease.holds() ? shards.table()->own_epoch(shard) : 0;
  };
  for (const auto& who : in.callers->records()) sessions.update(who);
}

cluster::member_settings life::settings_of(world& in) {
  cluster::member_settings out;
  if (in.bug() == plant::forget_lease_margin)
    out.terms.margin = no_margin;
  out.folder = "folder of " + home.name();
  out.new_incarnation = [this] { return home.next_incarnation(); };
  out.link = &link;
  return out;
}

std::string life::address() const { return home.name() + " life " + std::to_string(home.lives()); }

void life::begin() {
  scheduler.advance_time(std::chrono::microseconds(home.local_now()));
  member.start();
  registrar = actors::spawn_registrar(system, context, sessions);
}

void life::answered(caf::message_id id, caf::message what) {
  if (!dead)
    home.when_awake(*this, [this, id, what = std::move(what)] { workers.answered(id, what); });
}

// --- ends
// ------------------------------------------------------------------------------------------

void life::kill(const caf::strong_actor_ptr& who) {
  if (!who)
    return;
  caf::exit_msg end{caf::actor_addr(), caf::exit_reason::kill};
  who->enqueue(nullptr, caf::make_message_id(caf::message_priority::high),
               caf::make_message(std::move(end)), nullptr);
}

void life::kill_one(std::uint64_t chance) {
  const auto table = shards.table();
  const auto& shard = table->owners[home.in().shard_of(static_cast<unsigned>(chance >> 8))];
  switch (chance % 4) {
    case 0:
      return kill(caf::actor_cast<caf::strong_actor_ptr>(member.services().pump()));
    case 1:
      return kill(caf::actor_cast<caf::strong_actor_ptr>(member.services().notifier()));
    default:
      return kill(caf::actor_cast<caf::strong_actor_ptr>(shard));
  }
}

void life::note(caf::resumable& next) {
  if (next.subtype() != caf::resumable::scheduled_actor)
    return;
  const auto& actor = static_cast<caf::scheduled_actor&>(next);
  if (!known_.insert(actor.id()).second)
    return;
  ran_.push_back(actor.address());
  if (ran_.size() < 2 * sifted_ + fewest_sifted)
    return;
  std::erase_if(ran_, [](const auto& one) { return !caf::actor_cast<caf::strong_actor_ptr>(one); });
  sifted_ = ran_.size();
}

void life::die() {
  dead = true;
  workers.end();
}

/// Actors hold each other, and timers and store calls hold actors: all of them go before the
/// system does, also those that wait for an answer which was lost with a crash.
life::~life() {
  dead = true;
  workers.end();
  while (store.pending() > 0) store.orphan(0, false);
  for (const auto& one : std::exchange(ran_, {})) kill(caf::actor_cast<caf::strong_actor_ptr>(one));
  hosts.stop_all();
  desk.stop_all();
  shards.publish(std::make_shared<actors::shard_table>());
  for (int round = 0; round < 1000; ++round) {
    for (auto* job : scheduler.jobs)
      if (auto* actor = dynamic_cast<caf::scheduled_actor*>(job))
        kill(caf::actor_cast<caf::strong_actor_ptr>(actor));
    while (scheduler.try_run_once()) {
    }
    while (store.pending() > 0) store.orphan(0, false);
    if (!scheduler.has_pending_timeout() && !scheduler.has_job())
      break;
    scheduler.trigger_timeouts();
  }
}

}  // namespace glados::sim
