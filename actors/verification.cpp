#include "actors/verification.hpp"

#include "actors/answer_codec.hpp"
#include "actors/verification_state.hpp"

namespace glados::actors {
namespace {

std::chrono::seconds rounded_up(std::chrono::microseconds span) {
  return std::max(std::chrono::ceil<std::chrono::seconds>(span), std::chrono::seconds(1));
}

/// Why a verification in this state cannot be cancelled; `none` for one that can, or that was.
errc cancel_refusal(verification_state state) {
  switch (state) {
    case verification_state::pending:
    case verification_state::cancelled:
      return errc::none;
    case verification_state::verified:
      return errc::conflict;
    case verification_state::exhausted:
      return errc::attempts_exhausted;
    case verification_state::expired:
    case verification_state::delivery_failed:
      break;
  }
  return errc::verification_expired;
}

}  // namespace

using state_type = verification_actor_state;

void state_type::begin(pointer self, std::shared_ptr<shard_context> shard, verification record,
                       bool stored) {
  start(self, std::move(shard), true);
  record_ = std::move(record);
  stored_ = stored;
}

verification_answer state_type::answer(errc code) const {
  verification_answer out;
  out.code = code;
  out.view = view_at(record_, node().clock.now(), node().policy);
  out.to = record_.to;
  out.has_mapping = record_.state == verification_state::verified;
  if (out.has_mapping) {
    out.key = record_.key;
    out.mapping = record_.outcome;
  }
  return out;
}

verification_answer state_type::refusal(errc code, bool for_check) const {
  auto out = answer(code);
  const auto now = node().clock.now();
  if (code == errc::too_early || code == errc::rate_limited) {
    const auto next = for_check ? out.view.next_check_at : out.view.next_send_at;
    out.policy = for_check ? "checks" : "resends";
    out.retry_after = rounded_up((code == errc::too_early ? next : record_.expires_at) - now);
  }
  return out;
}

// --- open ----------------------------------------------------------------------------------------

state_type::answer_result state_type::open(const open_verification& asked) {
  return submit_for<verification_answer>(asked.via, [this, asked](auto& promise) {
    if (stored_)
      promise.deliver(refused<verification_answer>(errc::conflict));
    else
      do_open(asked, promise);
  });
}

void state_type::do_open(const open_verification& asked, answer_promise promise) {
  const auto now = node().clock.now();
  auto made = asked.record;
  made.version = 0;
  made.state = verification_state::pending;
  made.created_at = made.last_send_at = now;
  made.expires_at = now + node().policy.lifetime;
  made.checks_used = 0;
  made.last_check_at = {};
  made.sends_used = 1;
  storage::commit step;
  step.proof = made;
  sessions_.per_provider = asked.sessions_per_provider;
  sessions_.ceiling = asked.sessions_per_sii;
  step.sessions = session();
  step.sessions->key = made.key;
  step.sessions->provider_id = made.provider_id;
  step.outbox.push_back({{}, storage::outbox_entry::kind::send_code, made.id, {}});
  step.answer = storage::stored_answer{made.provider_id, asked.key_tag,
                                       encode(view_at(made, now, node().policy))};
  commit(std::move(step), [this, made, tag = asked.key_tag, promise](const auto& done) {
    opened(done, made, tag, promise);
  });
}

void state_type::opened(const storage::commit_result& done, const verification& made,
                        const bytes16& key_tag, answer_promise promise) {
  if (done.code == errc::none && !done.replayed) {
    record_ = made;
    record_.version = done.version;
    stored_ = true;
    start_sending({done.outbox_ids.empty() ? std::string() : done.outbox_ids.front(),
                   0,
                   true,
                   false,
                   promise,
                   key_tag,
                   {}});
    return;
  }
  auto out = refused<verification_answer>(done.code);
  if (done.replayed) {
    const auto first = decode_view(done.replay);
    out.code = first ? errc::none : errc::internal;
    out.view = first.value_or(verification_view{});
  } else if (done.code == errc::rate_limited) {
    out.policy = "sessions";
    out.retry_after = done.retry_after;
  }
  promise.deliver(std::move(out));
  if (done.code != errc::outcome_unknown && done.code != errc::fenced)
    tell_ended();
}

// --- check ---------------------------------------------------------------------------------------

state_type::answer_result state_type::check(const check_code& asked) {
  return command_for(asked, [this, asked](auto& promise) { do_check(asked, promise); });
}

void state_type::do_check(const check_code& asked, answer_promise promise) {
  auto verdict = decide_check(record_, node().clock.now(), node().policy);
  if (verdict.code == errc::none && record_.code_tag == bytes16{})
    verdict.code = errc::verification_expired;  // the store let go of the code before its time
  if (verdict.code != errc::none)
    return promise.deliver(refusal(verdict.code, true)), void();
  storage::commit step;
  step.proof = verdict.next;
  commit(std::move(step), [this, next = verdict.next, asked, promise](const auto& done) mutable {
    if (done.code != errc::none)
      return promise.deliver(refused<verification_answer>(done.code)), void();
    record_ = std::move(next);
    record_.version = done.version;
    compare(asked, promise);
  });
}

void state_type::compare(const check_code& asked, answer_promise promise) {
  // Both, always: the time taken must not tell which one differs.
  const bool same_user = tags_equal(record_.user_tag, asked.user_tag);
  const bool same_code = tags_equal(record_.code_tag, asked.code_tag);
  if (same_user && same_code)
    return accept(asked, promise);
  auto out = answer(same_user ? errc::code_incorrect : errc::identifier_mismatch);
  out.compared = true;
  promise.deliver(std::move(out));
}

void state_type::accept(const check_code& asked, answer_promise promise) {
  const auto owner = shard().owner();
  if (!owner)
    return promise.deliver(refused<verification_answer>(errc::moved)), void();
  proof_accepted right;
  right.via = asked.via;
  right.via.left = local_wait;
  right.ended = ended(record_, verification_state::verified);
  right.by = {record_.provider_id,
              record_.user,
              static_cast<proof_method>(record_.way),
              asked.salt,
              record_.mail_domain,
              record_.way == channel::email ? std::string() : record_.to.region};
  hold();
  self()
      ->request(owner, local_wait, std::move(right))
      .then([this, promise](const proof_answer& done) { accepted(done, promise); },
            [this, promise](const caf::error&) {
              accepted(refused<proof_answer>(errc::outcome_unknown), promise);
            });
}

void state_type::accepted(const proof_answer& done, answer_promise promise) {
  if (done.code == errc::none) {
    record_ = ended(record_, verification_state::verified);
    record_.version = done.version;
    record_.outcome = done.mapping;
    auto out = answer(errc::none);
    out.compared = true;
    promise.deliver(std::move(out));
  } else {
    forget(done.code,
           shard().held->epoch.load());  // the mapping committed under this one at the latest
    auto out = refused<verification_answer>(done.code);
    out.compared = true;
    promise.deliver(std::move(out));
  }
  release();
}

// --- the others ----------------------------------------------------------------------------------

state_type::answer_result state_type::plan(const plan_resend& asked) {
  return command_for(asked, [this, asked](auto& promise) {
    const auto way = asked.same_way ? record_.way : asked.way;
    const auto verdict = decide_resend(record_, way, node().clock.now(), node().policy);
    promise.deliver(refusal(verdict.code, false));
  });
}

state_type::answer_result state_type::resend(const resend_code& asked) {
  return command_for(asked, [this, asked](auto& promise) { do_resend(asked, promise); });
}

void state_type::do_resend(const resend_code& asked, answer_promise promise) {
  const auto way = asked.same_way ? record_.way : asked.way;
  auto verdict = decide_resend(record_, way, node().clock.now(), node().policy);
  if (verdict.code == errc::none && record_.message.empty())
    verdict.code = errc::verification_expired;
  if (verdict.code != errc::none)
    return promise.deliver(refusal(verdict.code, false)), void();
  storage::commit step;
  step.proof = verdict.next;
  step.outbox.push_back({{}, storage::outbox_entry::kind::send_code, record_.id, {}});
  commit(std::move(step), [this, next = verdict.next, promise](const auto& done) mutable {
    if (done.code != errc::none)
      return promise.deliver(refused<verification_answer>(done.code)), void();
    auto before = std::exchange(record_, std::move(next));
    record_.version = done.version;
    before.message.clear();  // only its counts are of use
    start_sending({done.outbox_ids.empty() ? std::string() : done.outbox_ids.front(),
                   0,
                   false,
                   false,
                   promise,
                   {},
                   std::move(before)});
  });
}

state_type::answer_result state_type::cancel(const cancel_verification& asked) {
  return command_for(asked, [this](auto& promise) { do_cancel(promise); });
}

void state_type::do_cancel(answer_promise promise) {
  const auto state = state_at(record_, node().clock.now(), node().policy);
  const auto why_not = cancel_refusal(state);
  if (why_not != errc::none || state == verification_state::cancelled)
    return promise.deliver(answer(why_not)), void();
  const auto next = ended(record_, verification_state::cancelled);
  storage::commit step;
  step.proof = next;
  commit(std::move(step), [this, next, promise](const auto& done) mutable {
    if (done.code != errc::none)
      return promise.deliver(refused<verification_answer>(done.code)), void();
    record_ = next;
    record_.version = done.version;
    promise.deliver(answer(errc::none));
  });
}

state_type::answer_result state_type::get(const get_verification& asked) {
  if (usable() && stored_)
    return asked.provider_id == record_.provider_id ? answer(errc::none)
                                                    : refused<verification_answer>(errc::not_found);
  return command_for(asked, [this](auto& promise) { promise.deliver(answer(errc::none)); });
}

storage::session_limit state_type::session() const {
  auto out = sessions_;
  out.key = record_.key;
  out.provider_id = record_.provider_id;
  return out;
}

// --- entity --------------------------------------------------------------------------------------

void state_type::load() {
  node().directory.load_verification(shard().id, record_.id,
                                     on_self(me(), [this](result<verification> found) {
                                       if (found) {
                                         record_ = std::move(*found);
                                         stored_ = true;
                                       } else if (found.error() == errc::not_found) {
                                         tell_ended();
                                       }
                                       loaded(found.error());
                                     }));
}

void state_type::quiet() {
  if (stored_ && record_.state != verification_state::pending && sending_.empty())
    tell_ended();
}

void state_type::tell_ended() {
  if (std::exchange(told_ended_, true))
    return;
  if (const auto owner = shard().owner())
    self()->send(owner, verification_ended{record_.id});
}

namespace {

using verification_impl = verification_actor::stateful_pointer<verification_actor_state>;

verification_actor::behavior_type behave(verification_impl self,
                                         const std::shared_ptr<shard_context>& shard,
                                         const verification& record, bool stored) {
  self->state.begin(self, shard, record, stored);
  auto* state = &self->state;
  return {
      [state](const open_verification& asked) { return state->open(asked); },
      [state](const check_code& asked) { return state->check(asked); },
      [state](const plan_resend& asked) { return state->plan(asked); },
      [state](const resend_code& asked) { return state->resend(asked); },
      [state](const cancel_verification& asked) { return state->cancel(asked); },
      [state](const get_verification& asked) { return state->get(asked); },
      [state](const code_sent& news) { state->sent(news); },
      [state](const resume_send& order) { state->resume(order); },
      [](const continuation& answer) { answer.run(); },
      [state](stop) { state->stop(); },
  };
}

}  // namespace

verification_actor spawn_verification(shard_actor::pointer owner,
                                      std::shared_ptr<shard_context> shard, verification record) {
  return owner->spawn<caf::lazy_init + caf::monitored>(behave, std::move(shard), std::move(record),
                                                       true);
}

verification_actor spawn_new_verification(shard_actor::pointer owner,
                                          std::shared_ptr<shard_context> shard, std::string id) {
  verification empty;
  empty.id = std::move(id);
  return owner->spawn<caf::lazy_init + caf::monitored>(behave, std::move(shard), std::move(empty),
                                                       false);
}

}  // namespace glados::actors
