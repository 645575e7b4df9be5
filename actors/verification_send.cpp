#include "actors/verification_state.hpp"

namespace glados::actors {

using state_type = verification_actor_state;

state_type::sending* state_type::find_sending(const std::string& outbox_id) {
  for (auto& order : sending_)
    if (order.outbox_id == outbox_id)
      return &order;
  return nullptr;
}

void state_type::drop_sending(const std::string& outbox_id) {
  std::erase_if(sending_, [&](const sending& order) { return order.outbox_id == outbox_id; });
}

void state_type::start_sending(sending order) {
  const auto notifier = shard().services.notifier();
  order.notifier = notifier ? notifier.id() : 0;
  if (!order.answered)
    self()->delayed_send(me(), node().limits.delivery_wait,
                         continuation{[this, id = order.outbox_id] { waited_enough(id); }});
  if (notifier)
    self()->send(notifier, send_code{shard().id, record_.id, order.outbox_id, record_.provider_id,
                                     record_.way, record_.message, record_.expires_at});
  drop_sending(order.outbox_id);
  sending_.push_back(std::move(order));
  if (stopping())
    told_to_stop();  // it ends now: nobody would answer later
}

/// No word yet: the caller is told that the code is on its way, and a later refusal ends it.
void state_type::waited_enough(const std::string& outbox_id) {
  auto* order = find_sending(outbox_id);
  if (!order || order->answered)
    return;
  order->answered = true;
  order->promise.deliver(answer(errc::none));
}

void state_type::told_to_stop() {
  for (auto& order : sending_)
    if (!std::exchange(order.answered, true))
      order.promise.deliver(answer(errc::none));
}

void state_type::sent(const code_sent& news) {
  if (!news.accepted)
    return submit(
        [this, news](errc code) {
          if (code == errc::none)
            settle_refusal(news);
        },
        true);
  trim(news.outbox_id);
  waited_enough(news.outbox_id);
  drop_sending(news.outbox_id);
  if (record_.state != verification_state::pending)
    submit([](errc) {}, true);  // it may be quiet now
}

void state_type::resume(const resume_send& order) {
  submit(
      [this, order](errc code) {
        if (code != errc::none)
          return;
        const auto notifier = shard().services.notifier();
        const auto* known = find_sending(order.outbox_id);
        if (known && notifier && known->notifier == notifier.id())
          return;
        const auto now = node().clock.now();
        if (state_at(record_, now, node().policy) != verification_state::pending ||
            record_.message.empty())
          return trim(order.outbox_id);
        sending again = known ? *known : sending{};
        again.outbox_id = order.outbox_id;
        again.answered = known ? known->answered : true;
        start_sending(std::move(again));
      },
      true);
}

void state_type::settle_refusal(const code_sent& news) {
  const auto state = state_at(record_, node().clock.now(), node().policy);
  if (state != verification_state::pending) {
    // Proven, cancelled or over meanwhile: the message's fate changes nothing.
    trim(news.outbox_id);
    waited_enough(news.outbox_id);
    return drop_sending(news.outbox_id);
  }
  const auto* order = find_sending(news.outbox_id);
  if (!order || order->answered)
    return fail_late(news);
  return order->opening ? undo_opening(news) : undo_resend(news);
}

/// Refused by every gateway while the caller waits: as if it had never been opened.
void state_type::undo_opening(const code_sent& news) {
  const auto order = *find_sending(news.outbox_id);
  drop_sending(news.outbox_id);
  storage::commit step;
  step.proof = ended(record_, verification_state::delivery_failed);
  step.sessions = session();
  step.sessions_returned = true;
  step.answer_withdrawn = order.key_tag;
  step.withdrawn_provider = record_.provider_id;
  step.outbox_done.push_back(news.outbox_id);
  undo(std::move(step), order, news);
}

/// The same for a resend: its count and its wait are given back, the first code stays good.
void state_type::undo_resend(const code_sent& news) {
  const auto order = *find_sending(news.outbox_id);
  drop_sending(news.outbox_id);
  storage::commit step;
  auto& next = step.proof.emplace(record_);
  next.sends_used = static_cast<std::uint8_t>(next.sends_used - 1);
  next.last_send_at = order.before.last_send_at;
  next.way = order.before.way;
  step.outbox_done.push_back(news.outbox_id);
  undo(std::move(step), order, news);
}

/// Writes the record without the refused send, and tells who waits for it.
void state_type::undo(storage::commit step, const sending& order, const code_sent& news) {
  const auto next = *step.proof;
  commit(std::move(step), [this, next, promise = order.promise,
                           permanent = news.permanent](const auto& done) mutable {
    auto out = refused<verification_answer>(done.code);
    if (done.code == errc::none) {
      record_ = next;
      record_.version = done.version;
      out = answer(errc::delivery_failed);
      out.permanent = permanent;
    }
    promise.deliver(std::move(out));
  });
}

/// Refused after the caller was told 202, or after a restart: the session is over, and when nothing
/// was ever sent it does not count.
void state_type::fail_late(const code_sent& news) {
  drop_sending(news.outbox_id);
  const auto next = ended(record_, verification_state::delivery_failed);
  storage::commit step;
  step.proof = next;
  step.outbox_done.push_back(news.outbox_id);
  if (record_.sends_used == 1) {
    step.sessions = session();
    step.sessions_returned = true;
  }
  commit(std::move(step), [this, next](const auto& done) {
    if (done.code != errc::none)
      return;  // the entry is still in the outbox
    record_ = next;
    record_.version = done.version;
  });
}

void state_type::trim(const std::string& outbox_id) {
  // A failure leaves the entry to the next recovery, which trims it once the code has expired.
  node().directory.trim_outbox(shard().id, {outbox_id}, [](result<bool>) {});
}

}  // namespace glados::actors
