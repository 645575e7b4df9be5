#include "actors/courier.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <set>
#include <utility>

#include "actors/courier_state.hpp"
#include "domain/shard.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t page_size = 100;
constexpr std::chrono::seconds store_wait{1};

}  // namespace

void courier_state::begin(pointer self, node_context& node, const session_directory& providers,
                          std::string provider_id) {
  self_ = self;
  node_ = &node;
  providers_ = &providers;
  id_ = std::move(provider_id);
  last_used_ = node.clock.now();
  load();
  self_->delayed_send(courier_actor{self_}, courier_poll, sweep{});
}

void courier_state::grown(bool elsewhere) {
  last_used_ = node_->clock.now();
  more_ = true;
  stale_ = stale_ || elsewhere;
  work();
}

/// One node posts: the owner of the provider's home shard. Before its first post it takes a fence
/// beside the notices, by the shard's epoch: from then on nobody of an earlier epoch writes down
/// how far it is. It goes on from what the one before wrote; what that had under way may be posted
/// twice.
std::uint64_t courier_state::home_epoch() const {
  return node_->owned_epoch ? node_->owned_epoch(home_shard(id_)) : 1;
}

/// Another one posts, in a later epoch. What is here is not true any more.
void courier_state::fenced() {
  refused(fence_);
  fence_ = 0;
  ousted_ = true;
  stale_ = true;
  dirty_ = false;
}

/// Who is later ends our home before long. If it does not, there is none: a restored store may hold
/// a fence that is younger than its shards.
void courier_state::refused(std::uint64_t epoch) {
  refused_ = epoch;
  refused_until_ = node_->clock.now() + courier_contest;
}

bool courier_state::may_take(std::uint64_t epoch) const {
  return epoch != 0 && (epoch > refused_ || node_->clock.now() >= refused_until_);
}

/// Reads everything anew if another node may have changed it, once nothing of ours is under way.
bool courier_state::start_again() {
  const auto epoch = home_epoch();
  stale_ = stale_ || (epoch != fence_ && may_take(epoch));
  if (!stale_ || loading_ || busy_ || in_flight_ > 0 || reading_ || saving_ || dirty_ || disabling_)
    return false;
  stale_ = ousted_ = false;
  progress_known_ = false;
  open_.clear();
  cursor_ = {};
  more_ = true;
  load();
  return true;
}

void courier_state::on_sweep() {
  const bool quiet = operations_.empty() && !busy_ && in_flight_ == 0 && !saving_;
  const bool idle = loaded_ && settings_.state != webhook_state::active && !dirty_;
  if (quiet && idle && node_->clock.now() - last_used_ > courier_idle)
    return self_->quit();
  self_->delayed_send(courier_actor{self_}, courier_poll, sweep{});
  more_ = true;
  work();
}

/// Suspension stops nothing but the posts: the notices wait.
bool courier_state::may_post() const {
  if (!loaded_ || stale_ || fence_ == 0 || !at_home() || disabling_ ||
      settings_.state != webhook_state::active || node_->poster == nullptr)
    return false;
  const auto who = providers_->by_id(id_);
  return who && who->facts()->state == provider_state::active;
}

void courier_state::work() {
  if (start_again() || !may_post())
    return;
  if (more_ && !reading_ && open_.size() < courier_open)
    read_stream();
  start_due();
}

// --- the stream ----------------------------------------------------------------------------------

void courier_state::read_stream() {
  reading_ = true;
  more_ = false;  // whoever appends from now on rings
  node_->events.read_events(id_, cursor_ == event_place{} ? "" : to_string(cursor_), page_size,
                            here([this](result<std::vector<event>> page) {
                              reading_ = false;
                              if (!page)
                                return later(store_wait, [this] { grown(false); });
                              take(*page);
                              more_ = more_ || page->size() == page_size;
                              work();
                            }));
}

void courier_state::take(const std::vector<event>& page) {
  for (const auto& one : page) {
    const auto at = parse_event_place(one.id).value_or(event_place{});
    if (at <= cursor_)
      continue;  // the provider began anew meanwhile
    cursor_ = at;
    if (wanted(settings_, one.type))
      open_.emplace(at, item{lane_of(one), 0, node_->clock.now(), false});
  }
  if (!page.empty())
    changed();
}

// --- posts ---------------------------------------------------------------------------------------

/// The oldest first; of a lane only the oldest, and that only when its time has come.
void courier_state::start_due() {
  const auto now = node_->clock.now();
  std::set<std::uint64_t> taken;
  std::vector<event_place> due;
  instant next;
  for (const auto& [at, one] : open_) {
    const bool first = one.lane == 0 || taken.insert(one.lane).second;
    if (!first || one.in_flight)
      continue;
    if (one.next_try <= now)
      due.push_back(at);
    else if (next.us == 0 || one.next_try < next)
      next = one.next_try;
  }
  for (const auto& at : due) {
    if (in_flight_ >= courier_in_flight)
      break;
    post(at);
  }
  if (next.us != 0)
    wake_at(next);
}

void courier_state::wake_at(instant when) {
  if (timer_.us != 0 && timer_ <= when)
    return;
  timer_ = when;
  const auto wait = when - node_->clock.now() + std::chrono::milliseconds(1);
  later(wait, [this, when] {
    if (timer_ == when)
      timer_ = {};
    work();
  });
}

/// Notices are read again for each try: only their places stay in memory.
void courier_state::post(event_place at) {
  open_.at(at).in_flight = true;
  ++in_flight_;
  node_->events.load_event(
      id_, to_string(at), here([this, at](result<event> what) {
        const bool gone = what.error() == errc::not_found;
        if (what && may_post()) {
          const auto version = settings_.version;
          notice_order order{settings_.url, signing_keys(settings_, node_->clock.now()), *what};
          return node_->poster->post(
              std::move(order), here([this, at, what = *what, version](const post_result& got) {
                posted(at, what, version, got);
              }));
        }
        --in_flight_;
        const auto found = open_.find(at);
        if (found == open_.end())
          return;
        found->second.in_flight = false;
        if (gone) {
          open_.erase(found);
          changed();
        } else if (!what) {
          found->second.next_try = node_->clock.now() + store_wait;
        }
        work();
      }));
}

void courier_state::posted(event_place at, const event& what, std::uint64_t version,
                           const post_result& got) {
  --in_flight_;
  const auto found = open_.find(at);
  if (found != open_.end()) {
    found->second.in_flight = false;
    if (got.stopped)
      found->second.next_try = node_->clock.now() + store_wait;
    else
      conclude(at, what, got, version);
  }
  work();
}

void courier_state::conclude(event_place at, const event& what, const post_result& got,
                             std::uint64_t version) {
  auto& one = open_.at(at);
  const auto now = node_->clock.now();
  ++one.tries;
  auto verdict = judge_attempt(one.tries, got.answer, now, chance(at, one.tries), failing_since_);
  // The settings are others by now: what they were answered is no word about the present ones.
  if (version != settings_.version && verdict.what != attempt_outcome::delivered)
    verdict = {attempt_outcome::will_retry, now};
  write_attempt(what, one, got, verdict);
  one.next_try =
      verdict.what == attempt_outcome::disabled ? now + webhook_waits[1] : verdict.next_try;
  if (verdict.what == attempt_outcome::delivered)
    failing_since_ = {};
  else if (failing_since_.us == 0)
    failing_since_ = now;
  if (verdict.what == attempt_outcome::delivered || verdict.what == attempt_outcome::given_up)
    open_.erase(at);
  changed();
  if (verdict.what == attempt_outcome::disabled)
    disable(got.answer.status == 410 ? "gone" : "failing");
}

void courier_state::write_attempt(const event& what, const item& one, const post_result& got,
                                  const attempt_verdict& verdict) {
  delivery_attempt made;
  made.event_id = what.id;
  made.type = what.type;
  made.at = node_->clock.now() - got.latency;
  made.tries = one.tries;
  made.status = got.answer.status;
  made.latency_ms = static_cast<std::uint32_t>(got.latency.count());
  made.what = verdict.what;
  made.next_try = verdict.next_try;
  node_->events.add_attempt(id_, made, [](const result<std::string>&) {});
}

/// Jitter without a random source: a hash that nobody outside can foresee or repeat.
double courier_state::chance(event_place at, std::uint32_t tries) const {
  const auto bytes = node_->vault.sha256(id_ + to_string(at) + "/" + std::to_string(tries));
  return (bytes[0] * 256 + bytes[1]) / 65'535.0;
}

// --- progress
// --------------------------------------------------------------------------------------

void courier_state::changed() {
  dirty_ = true;
  if (!saving_)
    save();
}

courier_progress courier_state::progress() const {
  courier_progress out{cursor_, failing_since_, {}};
  for (const auto& [at, one] : open_) out.open.push_back({at, one.lane, one.tries, one.next_try});
  return out;
}

/// One at a time; what changes meanwhile goes with the next.
void courier_state::save(std::function<void(errc)> then) {
  dirty_ = false;
  if (ousted_) {
    if (then)
      then(errc::fenced);
    return;
  }
  saving_ = true;
  node_->events.save_progress(id_, fence_, progress(),
                              here([this, then = std::move(then)](result<bool> done) {
                                saving_ = false;
                                const bool over = done.error() == errc::fenced;
                                if (over)
                                  fenced();
                                if (then)
                                  then(done.error());
                                if (over)
                                  return work();
                                if (!done) {
                                  dirty_ = true;
                                  return later(store_wait, [this] {
                                    if (dirty_ && !saving_)
                                      save();
                                  });
                                }
                                if (dirty_ && !saving_)
                                  save();
                              }));
}

namespace {

courier_actor::behavior_type behave(courier_actor::stateful_pointer<courier_state> self,
                                    node_context* node, const session_directory* providers,
                                    const std::string& id) {
  self->state.begin(self, *node, *providers, id);
  auto* state = &self->state;
  return {
      [state](const get_webhook&) { return state->get(); },
      [state](const put_webhook& what) { return state->put(what); },
      [state](const delete_webhook&) { return state->remove(); },
      [state](const test_webhook&) { return state->test(); },
      [state](const redeliver_notice& what) { return state->redeliver(what); },
      [state](const list_attempts& what) { return state->list(what); },
      [state](const events_grown& news) { state->grown(news.elsewhere); },
      [state](const sweep&) { state->on_sweep(); },
      [](const continuation& then) { then.run(); },
      [self](const stop&) { self->quit(); },
  };
}

}  // namespace

courier_actor spawn_courier(caf::actor_system& system, node_context& node,
                            const session_directory& providers, std::string provider_id) {
  return system.spawn(behave, &node, &providers, std::move(provider_id));
}

}  // namespace glados::actors
