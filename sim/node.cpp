#include "sim/node.hpp"

#include <caf/actor_clock.hpp>

#include "sim/life.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr moment command_timeout = second;
constexpr moment upgrade_look = 50 * millisecond;

}  // namespace

node::node(world& in, unsigned index, node_options options)
    : in_(in), index_(index), name_("node-" + std::to_string(index + 1)), options_(options) {}

node::~node() = default;

std::string node::next_incarnation() { return name_ + "." + std::to_string(++incarnations_); }

// --- the process
// -----------------------------------------------------------------------------------

void node::start() {
  if (life_)
    return;
  ++lives_;
  in_.log.note("start", {{"node", number()}});
  arrived_ = 0;
  life_ = std::make_unique<life>(in_, *this);
  life_->begin();
}

/// What was sent to the store arrives, or not; nobody hears of it.
void node::crash() {
  messages_left_ = 0;
  if (!life_)
    return;
  in_.log.note("crash", {{"node", number()}});
  frozen_ = false;
  inbox_.clear();
  auto gone = std::move(life_);
  gone->die();
  in_.wires->drop(*gone);
  for (auto left = gone->store.pending(); left > 0; --left)
    gone->store.orphan(left - 1, in_.luck.percent(50));
  arrived_ = 0;
  in_.bury(std::move(gone));
}

void node::crash_after(std::uint64_t messages, moment back) {
  messages_left_ = messages;
  back_after_ = back;
}

void node::upgrade(moment pause) {
  if (!running())
    return;
  in_.log.note("upgrade", {{"node", number()}});
  life_->member.hand_over();
  watch_upgrade(life_.get(), pause);
}

void node::watch_upgrade(life* of, moment pause) {
  if (life_.get() != of)
    return;
  if (of->member.ended()) {
    crash();  // there is nothing left to lose
    return in_.after(pause, [this] { start(); });
  }
  if (of->member.handed_over() && running())
    of->member.stop();
  in_.after(upgrade_look, [this, of, pause] { watch_upgrade(of, pause); });
}

void node::freeze() {
  if (!life_ || frozen_)
    return;
  in_.log.note("freeze", {{"node", number()}});
  frozen_ = true;
}

void node::thaw() {
  if (!frozen_)
    return;
  in_.log.note("thaw", {{"node", number()}});
  frozen_ = false;
  store_trouble(0);
  reach_now();
  for (auto all = std::exchange(inbox_, {}); !all.empty(); all.pop_front())
    if (life_)
      all.front()();
}

void node::when_awake(life& of, std::function<void()> what) {
  if (of.dead)
    return;
  if (!frozen_)
    return what();
  inbox_.push_back(std::move(what));
}

// --- clocks
// ----------------------------------------------------------------------------------------

moment node::local_now() const {
  const auto now = in_.now();
  return options_.clock_offset + now + now * options_.drift_ppm / second;
}

moment node::true_time(moment local) const {
  const auto span = local - options_.clock_offset;
  auto out = span - span * options_.drift_ppm / (second + options_.drift_ppm);
  while (out > 0 && options_.clock_offset + out + out * options_.drift_ppm / second >= local) --out;
  while (options_.clock_offset + out + out * options_.drift_ppm / second < local) ++out;
  return out;
}

moment node::next_moment() const {
  if (!running())
    return never;
  const auto& planned = life_->scheduler.clock().schedule();
  if (planned.empty())
    return never;
  const auto due = planned.begin()->first.time_since_epoch();
  return true_time(std::chrono::ceil<std::chrono::microseconds>(due).count());
}

void node::reach_now() {
  if (!running())
    return;
  const auto shown = life_->scheduler.clock().now().time_since_epoch();
  const auto span =
      std::chrono::microseconds(local_now()) - std::chrono::floor<std::chrono::microseconds>(shown);
  life_->scheduler.advance_time(std::max(span, span.zero()));
}

// --- the way to the store
// --------------------------------------------------------------------------

void node::store_trouble(moment span) {
  trouble_until_ = std::max(trouble_until_, in_.now() + span);
}

moment node::well_since() const {
  return frozen_ || trouble_until_ > in_.now() ? never : trouble_until_;
}

void node::cut_store(moment span) {
  cut_until_ = std::max(cut_until_, in_.now() + span);
  store_trouble(span);
  in_.after(std::min(span, command_timeout), [this] { lose_what_waits(); });
  in_.after(span, [this] { begin_trip(); });
}

void node::slow_store(moment span, moment latency) {
  slow_until_ = std::max(slow_until_, in_.now() + span);
  slow_latency_ = latency;
  store_trouble(span + latency);
}

void node::flaky_store(moment span, unsigned percent) {
  flaky_until_ = std::max(flaky_until_, in_.now() + span);
  flaky_percent_ = percent;
  store_trouble(span);
}

void node::heal() {
  cut_until_ = slow_until_ = flaky_until_ = 0;
  messages_left_ = 0;
  trouble_until_ = std::min(trouble_until_, in_.now());
  begin_trip();
}

/// Calls that wait longer than their time end; some of them are on the wire and arrive some day.
void node::lose_what_waits() {
  if (!life_ || cut_until_ <= in_.now() || in_.log.closed())
    return;
  using answer_fault = storage::simulated_store::fault;
  for (auto left = life_->store.pending(); left > 0; --left)
    life_->store.step(left - 1, in_.luck.percent(30) ? answer_fault::late : answer_fault::refuse);
  arrived_ = 0;
  in_.after(command_timeout, [this] { lose_what_waits(); });
}

void node::reconnect_store() {
  if (!life_)
    return;
  life_->store.disconnect();
  arrived_ = 0;
  believes_wait_ = in_.bug() == plant::trust_wait_on_new_connection;
  begin_trip();
}

void node::begin_trip() {
  if (!life_ || travelling_ || arrived_ > 0 || cut_until_ > in_.now() ||
      life_->store.pending() == 0)
    return;
  travelling_ = true;
  const auto most = slow_until_ > in_.now() ? slow_latency_ : in_.options().store_latency;
  in_.after(in_.latencies.between(most / 4, most), [this] {
    travelling_ = false;
    if (life_ && cut_until_ <= in_.now())
      arrived_ = life_->store.pending();
  });
}

void node::step_store(std::size_t which) {
  using answer_fault = storage::simulated_store::fault;
  auto& store = life_->store;
  const bool commits = store.name(which) == "commit";
  auto how = answer_fault::none;
  if (in_.has_replica_trouble() && !(commits && believes_wait_))
    how = store.writes(which) ? answer_fault::lose_answer : answer_fault::refuse;
  else if (flaky_until_ > in_.now() && in_.luck.percent(flaky_percent_))
    how = std::array{answer_fault::refuse, answer_fault::lose_answer,
                     answer_fault::late}[in_.luck.below(3)];
  if (commits)
    believes_wait_ = false;
  store.step(which, how);
}

// --- one thing at a time
// ---------------------------------------------------------------------------

std::size_t node::things_to_do() const {
  if (!life_)
    return 0;
  const auto arrived = std::min(arrived_, life_->store.pending());
  return (frozen_ ? 0 : life_->scheduler.jobs.size()) + arrived;
}

void node::do_thing(std::size_t which) {
  auto& jobs = life_->scheduler.jobs;
  const auto runnable = frozen_ ? 0 : jobs.size();
  if (which >= runnable) {
    --arrived_;
    step_store(which - runnable);
  } else {
    std::swap(jobs[0], jobs[which]);
    life_->note(*jobs[0]);
    life_->scheduler.run_once();
    if (messages_left_ != 0 && --messages_left_ == 0) {
      crash();
      return in_.after(back_after_, [this] { start(); });
    }
  }
  begin_trip();
}

}  // namespace glados::sim
