// When a worker does what: schedules, timers, sweeps.
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>

#include "load/patron.hpp"

namespace glados::load {
namespace {

constexpr std::uint64_t sweep_gap = second_ns / 20;
/// So long after the end requests that were due before it are still sent.
constexpr std::uint64_t grace = second_ns;

std::uint64_t thread_cpu_ns() {
  timespec at{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
  return static_cast<std::uint64_t>(at.tv_sec) * second_ns + static_cast<std::uint64_t>(at.tv_nsec);
}

}  // namespace

worker::patron* worker::take_idle() {
  while (!idle_.empty()) {
    auto* at = idle_.front();
    idle_.pop_front();
    at->queued = false;
    if (at->at == patron::state::free)
      return at;
  }
  return nullptr;
}

void worker::send_due(std::uint64_t now) {
  while (left_ > 0) {
    const auto intended = times_.start + schedule_.due();
    if (intended > now || intended >= times_.end || now > times_.end + grace)
      return;
    auto* at = take_idle();
    if (!at)
      return;
    schedule_.advance();
    start(*at, intended, now);
  }
}

void worker::wake_rested(std::uint64_t now) {
  while (!timers_.empty() && timers_.top().due <= now) {
    const auto [due, who] = timers_.top();
    timers_.pop();
    auto& at = *patrons_[who];
    if (!may_start(now))
      at.at = patron::state::free;
    else if (at.continues)
      send(at, due, now);
    else
      start(at, due, now);
  }
}

void worker::sweep(std::uint64_t now) {
  using link_state = connection::state;
  const auto limit = static_cast<std::uint64_t>(options_.timeout * 1e9);
  std::size_t opened = 0;
  for (auto& each : patrons_) {
    const bool late = now - each->link.since() > limit;
    if (each->at == patron::state::asking && late) {
      if (counts(each->intended))
        counts_of(each->doing.now()).latency.record(now - each->intended);
      lost(*each, &tally::timed_out, now);
      each->link.close();
    } else if (each->at == patron::state::lost && opened < handshakes_at_once() / 2 + 1 &&
               (each->link.at() == link_state::closed || late)) {
      ++opened;
      ++found_.reconnects;
      open(*each, now);
    }
  }
  hand_in();
}

std::uint64_t worker::patience(std::uint64_t now) const {
  auto until = now + sweep_gap;
  if (!timers_.empty())
    until = std::min(until, timers_.top().due);
  if (open_loop() && !idle_.empty() && left_ > 0)
    until = std::min(until, times_.start + schedule_.due());
  return until <= now ? 0 : until - now;
}

bool worker::over(std::uint64_t now) const {
  if (all_.shown.interrupted)
    return true;
  if (waiting_ > 0)
    return false;
  if (!open_loop())
    return !may_start(now);
  return left_ == 0 || times_.start + schedule_.due() >= times_.end || now > times_.end + grace;
}

/// Requests of an open loop that were due but found no free connection: each waited from its
/// intended start to the end at least.
void worker::give_up_unsent() {
  const auto now = steady_ns();
  for (; open_loop() && left_ > 0; --left_, schedule_.advance()) {
    const auto intended = times_.start + schedule_.due();
    if (intended >= std::min(now, times_.end))
      return;
    if (!counts(intended))
      continue;
    const auto what =
        model_ ? purpose_of(model_->next_action()) : options_.mix.pick(chance_.uniform());
    auto& to = counts_of(first_of(what));
    ++to.unsent;
    to.latency.record(now - intended);
  }
}

void worker::work(const stage_times& times) {
  times_ = times;
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // a fixed rate must not start 50 us late
  auto now = steady_ns();
  while (now < times_.start && !all_.shown.interrupted) {
    poller_.wait(std::min(times_.start - now, sweep_gap));
    now = steady_ns();
  }
  auto cpu = thread_cpu_ns();
  bool counted = false;
  auto next_sweep = now + sweep_gap;
  for (auto& each : patrons_)
    if (each->at == patron::state::free)
      free(*each, now);
  while (!over(now)) {
    if (!counted && now >= times_.counted) {
      cpu = thread_cpu_ns();
      counted = true;
    }
    if (open_loop())
      send_due(now);
    wake_rested(now);
    if (desk_)
      desk_->tick(now);
    poller_.wait(patience(steady_ns()));
    now = steady_ns();
    if (now >= next_sweep) {
      sweep(now);
      next_sweep = now + sweep_gap;
    }
  }
  give_up_unsent();
  hand_in();
  found_.client_cpu = static_cast<double>(thread_cpu_ns() - cpu) / 1e9;
  if (last_answer_ > times_.counted)
    found_.seconds = static_cast<double>(last_answer_ - times_.counted) / 1e9;
}

}  // namespace glados::load
