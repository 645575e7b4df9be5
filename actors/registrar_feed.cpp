#include <caf/actor_clock.hpp>
#include <iterator>
#include <utility>

#include "actors/registrar_reads.hpp"
#include "actors/registrar_state.hpp"
#include "storage/change_feed.hpp"

namespace glados::actors {
namespace {

using kind = storage::registry_record::kind;
using steady_time = std::chrono::steady_clock::time_point;

/// So often what other nodes may have left in the outbox is looked for, counted in feed periods.
constexpr unsigned outbox_every = 20;
constexpr std::size_t most_waiting = 1'024;
constexpr unsigned review_every = std::chrono::hours(1) / feed_period;

void ask_feed(registrar_pointer self);

/// Answers who waits for the reading that has ended, once what it named is known, too.
void tell_waiting(registrar_pointer self, errc code) {
  auto& state = self->state;
  if (state.feed_asked || (state.feed_loads > 0 && code == errc::none))
    return;
  for (auto& promise : std::exchange(state.to_answer, {})) {
    registry_answer out;
    out.code = code;
    promise.deliver(std::move(out));
  }
  if (!state.to_ask.empty())
    ask_feed(self);
}

void take_in(registrar_pointer self, const storage::registry_record& stored) {
  const auto known = self->state.sessions->by_id(stored.id);
  if (known && known->facts()->version >= stored.version)
    return;
  if (auto who = open_provider(*self->state.node, stored)) {
    self->state.sessions->update(*who);
    sweep_if_ended(self, *who);
  }
}

void follow(registrar_pointer self, const storage::change_notice& notice) {
  auto& sessions = *self->state.sessions;
  const auto view = sessions.by_id(notice.provider_id);
  using notice_kind = storage::change_notice::kind;
  if (notice.what == notice_kind::token && view)
    return view->drop_token(notice.token_hash);
  if (notice.what == notice_kind::all_tokens && view)
    return view->drop_all_tokens();
  if (notice.what != notice_kind::provider)
    return;
  ++self->state.feed_loads;
  self->state.node->registry.load(kind::provider, notice.provider_id,
                                  later(self, [self](result<storage::registry_record> got) {
                                    --self->state.feed_loads;
                                    if (got)
                                      take_in(self, *got);
                                    else
                                      self->state.cursor.clear();  // all of them anew
                                    tell_waiting(self, got.error());
                                  }));
}

void forget_tokens(registrar_pointer self) {
  for (const auto& view : self->state.sessions->all()) view->drop_all_tokens();
}

/// Everything anew: at the start, and after notices were missed. `cursor` was taken before. Tokens
/// are read again when they are shown: among what was missed may be their revocation.
void load_everything(registrar_pointer self, std::string cursor, steady_time asked) {
  using records = std::vector<storage::registry_record>;
  forget_tokens(self);
  self->state.node->registry.load_all(
      kind::provider, later(self, [self, cursor = std::move(cursor), asked](result<records> got) {
        self->state.feed_asked = false;
        if (!got) {
          self->state.cursor.clear();
          return tell_waiting(self, got.error());
        }
        for (const auto& stored : *got)
          if (auto who = open_provider(*self->state.node, stored)) {
            self->state.sessions->update(*who);
            sweep_if_ended(self, *who);
          }
        self->state.cursor = cursor;
        self->state.sessions->loaded(true);
        self->state.heard = asked;
        if (auto* bell = self->state.node->bell)
          for (const auto& stored : *got)
            bell->ring(stored.id);  // notices may have been left by an earlier run
        tell_waiting(self, errc::none);
      }));
}

/// Levels fall within about an hour, a provider each time, so that nobody waits behind many.
void review_one(registrar_pointer self) {
  auto& state = self->state;
  auto* errands = state.node->errands;
  if (errands == nullptr || !state.sessions->loaded())
    return;
  if (state.reviews++ % review_every == 0 && state.to_review.empty())
    for (const auto& view : state.sessions->all()) state.to_review.push_back(view->facts()->id);
  if (state.to_review.empty())
    return;
  errands->review(state.to_review.back());
  state.to_review.pop_back();
}

void feed_read(registrar_pointer self, const result<storage::change_page>& got, steady_time asked) {
  auto& state = self->state;
  if (got && (state.cursor.empty() || got->gap))
    return load_everything(self, got->next, asked);
  state.feed_asked = false;
  if (!got)
    return tell_waiting(self, got.error());
  state.cursor = got->next;
  for (const auto& notice : got->notices) follow(self, notice);
  if (got->notices.size() >= storage::most_notices)
    return ask_feed(self);
  // Of a provider whose record is still being read, the news has come, but not what it is.
  if (state.feed_loads == 0)
    state.heard = asked;
  tell_waiting(self, errc::none);
}

void ask_feed(registrar_pointer self) {
  auto& state = self->state;
  state.feed_asked = true;
  std::move(state.to_ask.begin(), state.to_ask.end(), std::back_inserter(state.to_answer));
  state.to_ask.clear();
  const auto asked = self->clock().now();
  state.node->registry.changes(state.cursor,
                               later(self, [self, asked](result<storage::change_page> got) {
                                 feed_read(self, got, asked);
                               }));
}

}  // namespace

void read_feed(registrar_pointer self) {
  auto& state = self->state;
  if (state.stopping)
    return;
  self->delayed_send(self, feed_period, sweep{});
  if (state.periods++ % outbox_every == 0)
    carry_outbox(self, [] {});
  review_one(self);
  if (!state.cursor.empty() && self->clock().now() - state.heard > feed_silence) {
    forget_tokens(self);
    state.cursor.clear();
  }
  if (state.feed_asked)
    return;
  ask_feed(self);
}

caf::result<registry_answer> answer_after_news(registrar_pointer self) {
  auto& state = self->state;
  auto promise = self->make_response_promise<registry_answer>();
  if (state.to_ask.size() >= most_waiting) {
    registry_answer full;
    full.code = errc::overloaded;
    promise.deliver(std::move(full));
    return promise;
  }
  state.to_ask.push_back(promise);
  if (!state.feed_asked)
    ask_feed(self);
  return promise;
}

void sweep_if_ended(registrar_pointer self, const provider& who) {
  if (who.state == provider_state::terminated && self->state.node->errands != nullptr)
    self->state.node->errands->sweep_soon();
}

}  // namespace glados::actors
