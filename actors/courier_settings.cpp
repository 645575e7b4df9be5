#include <algorithm>
#include <utility>

#include "actors/courier_state.hpp"
#include "storage/event_codec.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t max_waiting = 64;
constexpr std::chrono::seconds store_wait{1};

}  // namespace

std::string webhook_seal_name(const std::string& provider_id) { return "webhook:" + provider_id; }

// --- loading -------------------------------------------------------------------------------------

void courier_state::load() {
  loading_ = true;
  loaded_ = false;
  node_->events.load_webhook(id_, here([this](result<storage::stored_webhook> got) {
                               if (!got)
                                 return loaded(got.error());
                               settings_ = {};
                               if (got->version != 0) {
                                 auto opened = storage::decode_webhook(
                                     node_->vault.open(got->sealed, webhook_seal_name(id_)));
                                 if (!opened)
                                   return loaded(errc::internal);
                                 settings_ = std::move(*opened);
                               }
                               settings_.version = got->version;
                               if (progress_known_)
                                 loaded(errc::none);
                               else
                                 load_progress();
                             }));
}

/// Whoever is to post takes the fence in the same step; the others only read.
void courier_state::load_progress() {
  const auto epoch = home_epoch();
  if (!may_take(epoch))
    return node_->events.load_progress(
        id_, here([this](const result<courier_progress>& at) { progress_loaded(0, at); }));
  const bool in_any_case = epoch <= refused_;
  node_->events.take_courier(id_, epoch, in_any_case,
                             here([this, epoch](const result<courier_progress>& at) {
                               if (at.error() != errc::fenced)
                                 return progress_loaded(epoch, at);
                               refused(epoch);
                               load_progress();
                             }));
}

void courier_state::progress_loaded(std::uint64_t epoch, const result<courier_progress>& at) {
  if (at) {
    fence_ = epoch;
    progress_known_ = true;
    cursor_ = at->cursor;
    failing_since_ = at->failing_since;
    for (const auto& one : at->open)
      open_.emplace(one.at, item{one.lane, one.tries, one.next_try, false});
  }
  loaded(at.error());
}

void courier_state::loaded(errc code) {
  loading_ = false;
  loaded_ = code == errc::none;
  if (loaded_) {
    const auto before = std::exchange(tried_version_, settings_.version);
    if (before != 0 && before != settings_.version)
      try_all_now();
    run_next();
    return work();
  }
  for (auto& waiting : std::exchange(operations_, {})) waiting(code);
  later(store_wait, [this] {
    if (!loaded_ && !loading_)
      load();
  });
}

// --- one after the other -------------------------------------------------------------------------

/// What was written here is read there. Should that one write meanwhile, its word on what is under
/// way stands; the settings have a version, which decides.
void courier_state::tell_the_one_that_posts() {
  if (!at_home() && node_->bell != nullptr)
    node_->bell->ring(id_);
}

caf::result<webhook_answer> courier_state::submit(std::function<void(answer_promise)> run) {
  last_used_ = node_->clock.now();
  if (!at_home() && operations_.empty())
    stale_ = true;  // others write, too
  auto promise = self_->make_response_promise<webhook_answer>();
  webhook_answer full;
  full.code = errc::overloaded;
  if (operations_.size() >= max_waiting) {
    promise.deliver(std::move(full));
    return promise;
  }
  operations_.push_back([run = std::move(run), promise](errc code) mutable {
    if (code == errc::none)
      return run(promise);
    webhook_answer failed;
    failed.code = code;
    promise.deliver(std::move(failed));
  });
  if (start_again())
    return promise;
  if (loaded_)
    run_next();
  else if (!loading_)
    load();
  return promise;
}

void courier_state::run_next() {
  if (busy_ || operations_.empty())
    return;
  busy_ = true;
  const auto next = std::move(operations_.front());
  operations_.pop_front();
  next(errc::none);
}

void courier_state::finish(answer_promise& promise, webhook_answer out) {
  promise.deliver(std::move(out));
  busy_ = false;
  if (loaded_)
    run_next();
  work();
}

void courier_state::finish(answer_promise& promise, errc code) {
  webhook_answer out;
  out.code = code;
  if (code == errc::none)
    out.settings = settings_;
  finish(promise, std::move(out));
}

/// Writes the settings. After any failure what is stored is read again before the next question.
void courier_state::store(webhook next, std::function<void(errc)> then) {
  const storage::stored_webhook record{
      next.version, node_->vault.seal(storage::encode(next), webhook_seal_name(id_))};
  node_->events.put_webhook(
      id_, record,
      here([this, next = std::move(next),
            then = std::move(then)](result<std::uint64_t> done) mutable {
        if (done) {
          settings_ = std::move(next);
          settings_.version = *done;
          then(errc::none);
          return tell_the_one_that_posts();
        }
        const auto code = done.error() == errc::stale_version ? errc::overloaded : done.error();
        load();
        then(code);
      }));
}

// --- questions
// -------------------------------------------------------------------------------------

caf::result<webhook_answer> courier_state::get() {
  return submit([this](answer_promise promise) {
    finish(promise, settings_.state == webhook_state::removed ? errc::not_found : errc::none);
  });
}

caf::result<webhook_answer> courier_state::put(const put_webhook& what) {
  return submit([this, what](answer_promise promise) { do_put(what, promise); });
}

caf::result<webhook_answer> courier_state::remove() {
  return submit([this](answer_promise promise) { do_remove(promise); });
}

caf::result<webhook_answer> courier_state::test() {
  return submit([this](answer_promise promise) { do_test(promise); });
}

caf::result<webhook_answer> courier_state::redeliver(const redeliver_notice& what) {
  return submit(
      [this, id = what.attempt_id](answer_promise promise) { do_redeliver(id, promise); });
}

/// A new webhook begins with what comes from now on. One that comes back while its old key still
/// signs, or after it was disabled, goes on where it was.
void courier_state::do_put(const put_webhook& what, answer_promise promise) {
  auto next = settings_;
  drop_old_keys(next, node_->clock.now());
  const bool anew = settings_.state == webhook_state::removed && next.keys.empty();
  next.state = webhook_state::active;
  next.url = what.url;
  next.types = what.types;
  if (current_key(next) == nullptr)
    next.keys.insert(next.keys.begin(), what.fresh);
  auto write = [this, next, promise](errc code) mutable {
    if (code != errc::none)
      return finish(promise, code);
    store(std::move(next), [this, promise](errc done) mutable {
      if (done == errc::none) {
        more_ = true;
        tried_version_ = settings_.version;
        try_all_now();
      }
      finish(promise, done);
    });
  };
  if (anew)
    start_at_the_end(std::move(write));
  else
    write(errc::none);
}

/// The settings are others than those that the waits between tries were earned with. What is under
/// way sees to itself (`conclude`).
void courier_state::try_all_now() {
  failing_since_ = {};
  for (auto& [at, one] : open_) one.next_try = std::min(one.next_try, node_->clock.now());
  changed();
}

void courier_state::start_at_the_end(std::function<void(errc)> then) {
  node_->events.last_event(id_, here([this, then = std::move(then)](result<std::string> last) {
                             if (!last)
                               return then(last.error());
                             cursor_ = parse_event_place(*last).value_or(event_place{});
                             open_.clear();
                             failing_since_ = {};
                             save(then);
                           }));
}

void courier_state::do_remove(answer_promise promise) {
  if (settings_.state == webhook_state::removed)
    return finish(promise, errc::not_found);
  auto next = settings_;
  next.state = webhook_state::removed;
  next.url.clear();
  next.types.clear();
  for (auto& key : next.keys)
    if (key.retired_at.us == 0)
      key.retired_at = node_->clock.now();
  store(std::move(next), [this, promise](errc code) mutable { finish(promise, code); });
}

void courier_state::do_test(answer_promise promise) {
  if (settings_.state != webhook_state::active)
    return finish(promise,
                  settings_.state == webhook_state::removed ? errc::not_found : errc::conflict);
  event what;
  what.type = event_type::webhook_test;
  what.provider_id = id_;
  what.created_at = node_->clock.now();
  node_->events.append(what, here([this, promise](result<std::string> id) mutable {
                         webhook_answer out;
                         out.code = id.error();
                         if (id) {
                           out.settings = settings_;
                           out.event_id = *id;
                           more_ = true;
                           if (node_->bell != nullptr)
                             node_->bell->ring(id_);
                         }
                         finish(promise, std::move(out));
                       }));
}

void courier_state::do_redeliver(const std::string& attempt_id, answer_promise promise) {
  if (settings_.state != webhook_state::active)
    return finish(promise,
                  settings_.state == webhook_state::removed ? errc::not_found : errc::conflict);
  node_->events.load_attempt(id_, attempt_id,
                             here([this, promise](result<delivery_attempt> made) mutable {
                               if (!made)
                                 return finish(promise, made.error());
                               queue_again(made->event_id, promise);
                             }));
}

void courier_state::queue_again(const std::string& event_id, answer_promise promise) {
  node_->events.load_event(
      id_, event_id, here([this, promise](result<event> what) mutable {
        if (!what)
          return finish(promise, what.error());
        const auto at = parse_event_place(what->id).value_or(event_place{});
        const auto [place, fresh] = open_.try_emplace(at, item{lane_of(*what), 0, {}, false});
        place->second.next_try = node_->clock.now();
        changed();
        webhook_answer out;
        out.settings = settings_;
        out.event_id = what->id;
        finish(promise, std::move(out));
        tell_the_one_that_posts();
      }));
}

caf::result<attempts_answer> courier_state::list(const list_attempts& what) {
  last_used_ = node_->clock.now();
  auto promise = self_->make_response_promise<attempts_answer>();
  node_->events.read_attempts(
      id_, what.after, what.limit,
      here([promise, after = what.after](result<std::vector<delivery_attempt>> got) mutable {
        attempts_answer out;
        out.code = got.error();
        if (got)
          out.attempts = std::move(*got);
        out.next = out.attempts.empty() ? after : out.attempts.back().id;
        promise.deliver(std::move(out));
      }));
  return promise;
}

// --- the end of a webhook ------------------------------------------------------------------------

/// Nothing goes out from here on. Waits for its turn among what is asked of the settings.
void courier_state::disable(std::string why) {
  if (std::exchange(disabling_, true))
    return;
  const auto version = settings_.version;
  operations_.push_front([this, why = std::move(why), version](errc code) {
    const bool same = settings_.version == version && settings_.state == webhook_state::active;
    if (code == errc::none && same)
      do_disable(why);
    else if (code == errc::none)
      disabled_or_not();
    else
      disabling_ = false;
  });
  if (loaded_)
    run_next();
}

/// The event comes first: should the node die in between, the receiver is asked once more and the
/// event appended once more.
void courier_state::do_disable(const std::string& why) {
  event what;
  what.type = event_type::webhook_disabled;
  what.provider_id = id_;
  what.created_at = node_->clock.now();
  what.detail = "\"reason\":\"" + why + "\"";
  node_->events.append(what, here([this](result<std::string> done) {
                         if (!done)
                           return disabled_or_not();
                         if (node_->bell != nullptr)
                           node_->bell->ring(id_);
                         auto next = settings_;
                         next.state = webhook_state::disabled;
                         store(std::move(next), [this](errc) { disabled_or_not(); });
                       }));
}

/// If not, the next answer says so again.
void courier_state::disabled_or_not() {
  disabling_ = false;
  busy_ = false;
  if (loaded_)
    run_next();
  work();
}

}  // namespace glados::actors
