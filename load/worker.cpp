#include "load/worker.hpp"

#include <algorithm>
#include <utility>

#include "load/patron.hpp"

namespace glados::load {
namespace {

constexpr std::uint64_t look_gap = second_ns / 20;
/// So that the numbers to be proven are not in step with those that are asked for.
constexpr std::uint64_t provable_seed = 3'000'000;

std::uint64_t nanoseconds(double seconds) { return static_cast<std::uint64_t>(seconds * 1e9); }

/// Each number once, one after the other.
key_space in_turn(key_space all) {
  all.sequential = true;
  all.unknown_share = 0;
  return all;
}

}  // namespace

worker::worker(const common_parts& all, unsigned lane)
    : all_(all),
      options_(all.asked),
      lane_(lane),
      chance_(options_.seed, "errands", lane),
      schedule_(options_.rate > 0 ? options_.rate : 1, lane, options_.threads,
                options_.poisson ? std::optional(workload::draw(options_.seed, "schedule", lane))
                                 : std::nullopt),
      numbers_(options_.numbers.value_or(key_space{}), options_.seed, lane, options_.threads,
               all.popularity),
      provable_(in_turn(options_.provable.value_or(key_space{0, 1, 0, 0, true})),
                options_.seed + provable_seed, lane, options_.threads, nullptr),
      left_(share_of(options_.requests, lane, options_.threads)),
      used_(all.callers.size()) {
  if (options_.traffic) {
    model_.emplace(*options_.traffic, workload::draw(options_.seed, "workload", lane));
    for (const auto& each : all.callers)
      books_.emplace_back(options_.numbers->base, options_.numbers->count,
                          !each->client_id.empty());
  }
  for (unsigned i = lane; i < options_.connections; i += options_.threads)
    patrons_.push_back(std::make_unique<patron>(*this, patrons_.size(), i));
  if (options_.outbox)
    desk_ = std::make_unique<code_desk>(
        all.context, poller_, all.outbox, all.outbox_reader,
        [this](std::size_t who, std::string code) { code_came(who, std::move(code)); });
}

worker::~worker() = default;

// --- connections
// -----------------------------------------------------------------------------------

/// With connections that are made anew, the callers take turns.
bool worker::open(patron& at, std::uint64_t now) {
  if (at.opened && options_.requests_each > 0)
    at.caller_at = (at.caller_at + options_.connections) % all_.callers.size();
  at.opened = true;
  used_[at.caller_at] = true;
  const auto& who = *all_.callers[at.caller_at];
  at.text.use(at.to, who);
  return at.link.open(at.to, who.shows, now);
}

bool worker::connect() {
  const auto patience = nanoseconds(options_.timeout);
  auto heard = steady_ns();
  std::size_t next = 0;
  while (connected_ < patrons_.size() && !refused_ && !all_.shown.interrupted) {
    for (; next < patrons_.size() && next - connected_ < handshakes_at_once(); ++next)
      refused_ = !open(*patrons_[next], steady_ns()) || refused_;
    const auto before = connected_;
    poller_.wait(look_gap);
    if (connected_ != before)
      heard = steady_ns();
    else if (steady_ns() - heard > patience)
      return false;
  }
  return connected_ == patrons_.size() && !refused_;
}

void worker::handle(patron& at) {
  using event = connection::event;
  const auto got = at.link.on_ready();
  if (got == event::ready)
    connected(at);
  else if (got == event::answered)
    answered(at);
  else if (got == event::failed || got == event::malformed)
    disconnected(at, got == event::malformed);
}

void worker::connected(patron& at) {
  if (times_.start == 0) {  // before the run
    ++connected_;
    return;
  }
  const auto now = steady_ns();
  if (counts(now))
    found_.handshakes.record(now - at.link.since());
  if (at.at == patron::state::asking)
    return transmit(at, now);
  if (at.at == patron::state::lost)
    free(at, now);
}

void worker::disconnected(patron& at, bool malformed) {
  if (times_.start == 0)
    refused_ = true;  // also when a server refuses a certificate after the handshake
  else if (at.at == patron::state::asking)
    lost(at, malformed ? &tally::malformed : &tally::closed, steady_ns());
  else if (at.at == patron::state::free)
    at.at = patron::state::lost;
}

// --- errands
// -----------------------------------------------------------------------------------

std::optional<errand> worker::draw(const patron& at, std::uint64_t intended) {
  if (model_) {
    const auto what = model_->next_action();
    if (auto about = books_[at.caller_at].next(what, *model_))
      return errand(std::move(*about));
    note_not_done(what, intended);
    return {};
  }
  const auto only = options_.mix.only();
  const auto what = only ? *only : options_.mix.pick(chance_.uniform());
  if (what == purpose::lookup || what == purpose::find)
    return errand(what, numbers_.next());
  return errand(what, what == purpose::verify ? provable_.next() : 0);
}

void worker::note_not_done(workload::action what, std::uint64_t intended) {
  if (counts(intended))
    ++found_.not_done[static_cast<std::size_t>(what)];
}

void worker::start(patron& at, std::uint64_t intended, std::uint64_t now) {
  auto next = draw(at, intended);
  if (!next)
    return free(at, now);
  at.doing = std::move(*next);
  send(at, intended, now);
}

void worker::send(patron& at, std::uint64_t intended, std::uint64_t now) {
  at.intended = intended;
  at.at = patron::state::asking;
  --left_;
  ++waiting_;
  if (at.link.at() == connection::state::idle)
    transmit(at, now);
  else if (at.link.at() == connection::state::closed && !open(at, now))
    lost(at, &tally::closed, now);
}

void worker::transmit(patron& at, std::uint64_t now) {
  if (!at.link.send(at.text.of(at.doing), now, at.doing.reads_body()))
    lost(at, &tally::closed, now);
}

/// It has nothing to do: the next errand in a closed loop, else it waits for its turn.
void worker::free(patron& at, std::uint64_t now) {
  at.at = patron::state::free;
  if (open_loop()) {
    if (!std::exchange(at.queued, true))
      idle_.push_back(&at);
  } else if (may_start(now)) {
    if (options_.thinking.none())
      start(at, now, now);
    else
      rest(at, now + nanoseconds(options_.thinking.draw(chance_)), false);
  }
}

void worker::rest(patron& at, std::uint64_t until, bool continues) {
  at.at = patron::state::resting;
  at.continues = continues;
  timers_.push({until, at.index});
}

void worker::answered(patron& at) {
  const auto now = last_answer_ = steady_ns();
  const auto& reader = at.link.reader();
  const auto status = std::clamp(reader.status(), 0, 599);
  const auto latency = now - at.intended;
  --waiting_;
  if (counts(at.intended)) {
    auto& to = counts_of(at.doing.now());
    to.latency.record(latency);
    ++to.by_status[static_cast<std::size_t>(status)];
    ++to.answered;
  }
  show(verdict_of(status), latency, now);
  const auto next = at.doing.answered(status, reader.body());
  if (model_)
    books_[at.caller_at].note(at.doing);
  if (reader.closes() || (options_.requests_each > 0 && at.link.used() >= options_.requests_each))
    at.link.close();
  go_on(at, next, now);
}

void worker::go_on(patron& at, errand::next how, std::uint64_t now) {
  switch (how) {
    case errand::next::over:
      return free(at, now);
    case errand::next::send:
      if (model_ && at.doing.what() == purpose::guess)
        return go_on_after(at, static_cast<double>(model_->between_guesses()) / 1e6, now);
      return go_on_after(at, 0, now);
    case errand::next::type:
      if (model_ && options_.typing.none())
        return go_on_after(at, static_cast<double>(model_->typing()) / 1e6, now);
      return go_on_after(at, options_.typing.none() ? 0 : options_.typing.draw(chance_), now);
    case errand::next::await_code:
      at.at = patron::state::reading;
      return desk_->ask(at.index, at.doing.number(), at.text.by().provider_id, now);
    case errand::next::await_notice:
      return go_on(at, at.doing.notice_chosen(choose_notice(at, now)), now);
  }
}

void worker::go_on_after(patron& at, double seconds, std::uint64_t now) {
  if (seconds > 0)
    rest(at, now + nanoseconds(seconds), true);
  else if (may_start(now))
    send(at, now, now);
  else
    at.at = patron::state::free;
}

std::optional<notice> worker::choose_notice(const patron& at, std::uint64_t now) {
  auto out = books_[at.caller_at].choose(at.doing, at.link.reader().body(), *model_);
  if (!out)
    note_not_done(
        at.doing.what() == purpose::restore ? workload::action::restore : workload::action::report,
        now);
  return out;
}

void worker::code_came(std::size_t who, std::string code) {
  auto& at = *patrons_[who];
  const auto now = steady_ns();
  const auto next = at.doing.code_came(std::move(code));
  if (next == errand::next::over)
    found_.codes_missing += counts(now) ? 1 : 0;
  go_on(at, next, now);
}

/// A request that was sent, or should have been, gets no answer.
void worker::lost(patron& at, std::uint64_t tally::*counter, std::uint64_t now) {
  --waiting_;
  at.at = patron::state::lost;
  if (model_)
    books_[at.caller_at].note_lost(at.doing);
  show(verdict::failed, now - at.intended, now);
  if (counts(at.intended))
    ++(counts_of(at.doing.now()).*counter);
}

// --- what is shown while it goes on
// -----------------------------------------------------------------

void worker::show(verdict how, std::uint64_t latency, std::uint64_t now) {
  const auto second = now < times_.start ? 0 : (now - times_.start) / second_ns;
  if (second != second_)
    hand_in();
  second_ = second;
  seen_.add(how, latency);
}

void worker::hand_in() {
  if (seen_.all() == 0)
    return;
  all_.shown.add(second_, seen_);
  seen_.clear();
}

}  // namespace glados::load
