#include "sim/world.hpp"

#include <algorithm>

#include "sim/life.hpp"
#include "sim/network.hpp"
#include "sim/node.hpp"
#include "sim/outside.hpp"
#include "sim/providers.hpp"

namespace glados::sim {
namespace {

/// More than this at one point of time is a loop.
constexpr std::uint64_t most_steps_at_once = 2'000'000;
constexpr moment latest_arrival = 4 * second;
constexpr moment progress_look = second;

}  // namespace

world::world(const scenario& from, plan drawn, plant bug, bool keep_lines)
    : order_of_things(drawn.seed, "order"),
      latencies(drawn.seed, "latencies"),
      luck(drawn.seed, "luck"),
      scenario_(from),
      plan_(std::move(drawn)),
      bug_(bug) {
  log.notes().keep_lines(keep_lines);
  log.invariants = make_invariants();
  for (auto& one : log.invariants)
    one->begin(*this,
               [this](std::string_view name, const std::string& how) { log.break_off(name, how); });
  store = std::make_shared<directory>(log, bug);
  wires = std::make_unique<network>(*this);
  outside = std::make_unique<gateways>(*this);
  callers = std::make_unique<providers>(*this);
  for (unsigned i = 0; i < plan_.nodes.size(); ++i)
    nodes.push_back(std::make_unique<node>(*this, i, plan_.nodes[i]));
}

world::~world() {
  log.close();
  plans.clear();
  wires->close();
  for (auto& one : nodes)
    if (one->process() != nullptr)
      one->process()->die();
  for (auto& one : nodes) one.reset();
  graves_.clear();
  plans.clear();
}

void world::bury(std::unique_ptr<life> gone) {
  auto* of = gone.get();
  graves_.push_back(std::move(gone));
  after(latencies.between(0, latest_arrival), [this, of] {
    while (of->store.pending() > 0) of->store.step(luck.below(of->store.pending()));
  });
}

// --- time
// ------------------------------------------------------------------------------------------

/// One thing that can happen now, drawn from all of them.
bool world::step() {
  std::size_t all = 0;
  for (const auto& one : nodes) all += one->things_to_do();
  if (all == 0)
    return false;
  auto which = static_cast<std::size_t>(order_of_things.below(all));
  for (auto& one : nodes) {
    const auto here = one->things_to_do();
    if (which < here) {
      one->do_thing(which);
      break;
    }
    which -= here;
  }
  ++steps_;
  return true;
}

void world::settle_instant() {
  const auto first = steps_;
  do {
    plans.run_due(log.now);
    for (auto& one : nodes) {
      one->reach_now();
      one->begin_trip();
    }
    while (log.broken.empty() && step() && plans.next() > log.now) {
    }
    if (steps_ - first > most_steps_at_once)
      log.break_off("progress", "the actors go round in circles");
  } while (log.broken.empty() && plans.next() <= log.now);
}

moment world::next_moment() const {
  auto out = plans.next();
  for (const auto& one : nodes) out = std::min(out, one->next_moment());
  return std::max(out, log.now);
}

void world::advance(moment to) {
  store->now = store->now + std::chrono::microseconds(to - log.now);
  log.now = to;
  log.notes().count(steps_);
}

void world::run(moment until) {
  for (auto& one : nodes) one->start();
  plan_faults();
  plans.at(warm_up / 2, [this] { callers->start(); });
  plans.at(plan_.faults_end, [this] { heal(); });
  while (!over_ && log.broken.empty() && log.now <= until) {
    settle_instant();
    if (over_ || !log.broken.empty())
      return;
    const auto next = next_moment();
    if (next == log.now && plans.next() > log.now)
      continue;
    if (next == never)
      return log.break_off("progress", "nothing is left to happen");
    advance(next);
  }
}

// --- healing, progress
// -----------------------------------------------------------------------------

void world::heal() {
  log.note("heal");
  healed_at_ = log.now;
  callers->stop();
  outside->codes = gateways::mood::fine;
  outside->receivers_fail = false;
  wires->heal();
  for (auto& one : nodes) {
    one->heal();
    one->thaw();
    one->start();
  }
  check_progress(log.now);
}

/// Every node serves, every shard has one owner that does, and nothing is left to be done.
bool world::whole() const {
  std::size_t served = 0;
  for (const auto& one : nodes) {
    const auto* of = one->process();
    if (of == nullptr || !of->member.ready())
      return false;
    const auto table = of->shards.table();
    served += static_cast<std::size_t>(std::count_if(table->owners.begin(), table->owners.end(),
                                                     [](const auto& owner) { return !!owner; }));
  }
  return served == shard_count;
}

void world::check_progress(moment since) {
  if (over_ || !log.broken.empty())
    return;
  const bool well = whole();
  if (well && !probing_ && log.now - healed_at_ >= 2 * second) {
    log.note("whole", {{"after", (log.now - healed_at_) / millisecond}});
    probing_ = true;
    callers->begin_probe();
  }
  const auto missing = callers->missing();
  const auto left = store->left_in_outboxes();
  if (well && probing_ && missing.empty() && left == 0 && callers->waiting() == 0)
    return finish();
  if (log.now - since > scenario_.heals_within_s.low * second)
    return log.break_off("progress", !well              ? "shards without an owner that serves"
                                     : !missing.empty() ? missing
                                     : left > 0 ? std::to_string(left) + " entries stay in outboxes"
                                                : "calls without an answer");
  after(progress_look, [this, since] { check_progress(since); });
}

void world::finish() {
  over_ = true;
  log.note("quiet");
  log.tell([](invariant& one) { one.ended(); });
  const auto& counts = callers->counts();
  const auto all = counts.answered + counts.failed + counts.abandoned;
  if (all > 0 &&
      counts.answered * 100 < all * static_cast<std::uint64_t>(scenario_.answered_percent.low))
    log.break_off("answered", "only " + std::to_string(counts.answered) + " of " +
                                  std::to_string(all) + " calls were answered");
  for (const auto& one : nodes)
    if (one->process() != nullptr && one->process()->workers.answered_twice())
      log.break_off("responses", "a question was answered twice");
}

// --- facts
// -----------------------------------------------------------------------------------------

bool world::lease_held(const std::string& incarnation) const {
  const auto of = incarnation.substr(0, incarnation.find('.'));
  for (const auto& one : nodes)
    if (one->name() == of && one->process() != nullptr)
      return one->current_incarnation() == incarnation && one->process()->lease.holds();
  return false;
}

directory_record world::stored(shard_id shard, const sii_key& key) const {
  return *store->load_mapping(shard, key);
}

std::vector<event> world::notices_of(const std::string& provider) const {
  return *store->read_events(provider, "", 1'000'000);
}

std::vector<event> world::posted_to(const std::string& provider) const {
  return outside->posted_to(provider);
}

shard_id world::shard_of(unsigned who) const {
  return static_cast<shard_id>((who * 389 + 7) % shard_count);
}

sii_key world::key_of(unsigned who) const {
  sii_key out;
  workload::fingerprint mix;
  mix.add(who);
  for (std::size_t i = 0; i < 8; ++i)
    out.value[i] = out.value[15 - i] = static_cast<std::uint8_t>(mix.value() >> (8 * i));
  return out;
}

moment world::well_since(unsigned index) const { return nodes[index]->well_since(); }

}  // namespace glados::sim
