// What each fault does to the world; see plan.hpp.
#include "sim/life.hpp"
#include "sim/network.hpp"
#include "sim/node.hpp"
#include "sim/outside.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr moment longest_patience = 3'500 * millisecond;  ///< lease and margin

}  // namespace

void world::plan_faults() {
  for (const auto& one : plan_.faults)
    plans.at(one.at, [this, one] {
      if (healed_at_ == 0)
        begin_fault(one);
    });
}

void world::begin_fault(const fault& one) {
  auto& to = *nodes[one.node];
  log.note("fault", {}, to_string(one));
  switch (one.what) {
    case fault_kind::crash:
      to.crash();
      return after(one.span, [&to] { to.start(); });
    case fault_kind::crash_at_message:
      return to.crash_after(static_cast<std::uint64_t>(one.amount), one.span);
    case fault_kind::freeze:
      to.freeze();
      return after(one.span, [&to] { to.thaw(); });
    case fault_kind::cut_store:
      return to.cut_store(one.span);
    case fault_kind::cut_peer:
      return wires->cut(one.node, one.other, now() + one.span);
    case fault_kind::break_link:
      return wires->break_between(one.node, one.other);
    case fault_kind::flaky_store:
      return to.flaky_store(one.span, static_cast<unsigned>(one.amount));
    case fault_kind::slow_store:
      return to.slow_store(one.span, one.amount);
    case fault_kind::slow_network:
      wires->slowest = one.amount;
      return after(one.span, [this] { wires->slowest = 0; });
    case fault_kind::step_store_clock:
      store->now = store->now + std::chrono::microseconds(one.amount);
      return;
    case fault_kind::step_wall_clock:
      return step_wall_clock(to, one.amount);
    case fault_kind::gateways_fail: {
      constexpr std::array moods{gateways::mood::refuse, gateways::mood::slow,
                                 gateways::mood::silent, gateways::mood::refuse_for_good};
      outside->codes = moods[static_cast<std::size_t>(one.amount)];
      return after(one.span, [this] { outside->codes = gateways::mood::fine; });
    }
    case fault_kind::receivers_fail:
      outside->receivers_fail = true;
      return after(one.span, [this] { outside->receivers_fail = false; });
    case fault_kind::fail_over:
      return fail_over(one.span);
    case fault_kind::upgrade:
      return to.upgrade(one.span);
    case fault_kind::dead_entity:
      if (to.running())
        to.process()->kill_one(luck.next());
      return;
  }
}

/// Nothing in a node reads its wall clock. One that timed the others' leases on it would find them
/// all over.
void world::step_wall_clock(const node& of, moment by) {
  if (bug_ != plant::evict_by_wall_clock || by < longest_patience || !of.running())
    return;
  for (const auto& one : nodes)
    if (one.get() != &of && one->process() != nullptr)
      store->evict(one->current_incarnation(), {});
}

/// The primary ends; until the replica takes over, nothing that is written reaches it.
void world::fail_over(moment span) {
  if (store->replica_lost())
    return;
  for (auto& one : nodes) one->store_trouble(span);
  store->lose_replica();
  for (auto& one : nodes) one->reconnect_store();
  after(span, [this] {
    store->promote_replica();
    for (auto& one : nodes) one->reconnect_store();
  });
}

}  // namespace glados::sim
