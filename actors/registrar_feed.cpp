#include "actors/registrar_reads.hpp"
#include "actors/registrar_state.hpp"

namespace glados::actors {
namespace {

using kind = storage::registry_record::kind;

/// So often what other nodes may have left in the outbox is looked for, counted in feed periods.
constexpr unsigned outbox_every = 20;
constexpr unsigned review_every = std::chrono::hours(1) / feed_period;

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
  self->state.node->registry.load(kind::provider, notice.provider_id,
                                  later(self, [self](result<storage::registry_record> got) {
                                    if (!got)
                                      return;  // the full reading after a fault brings it
                                    const auto known = self->state.sessions->by_id(got->id);
                                    if (known && known->facts()->version >= got->version)
                                      return;
                                    if (auto who = open_provider(*self->state.node, *got)) {
                                      self->state.sessions->update(*who);
                                      sweep_if_ended(self, *who);
                                    }
                                  }));
}

/// Everything anew: at the start, and after the feed could not be read. `cursor` was taken before.
void load_everything(registrar_pointer self, std::string cursor) {
  using records = std::vector<storage::registry_record>;
  self->state.node->registry.load_all(
      kind::provider, later(self, [self, cursor = std::move(cursor)](result<records> got) {
        self->state.feed_asked = false;
        if (!got)
          return;
        for (const auto& stored : *got)
          if (auto who = open_provider(*self->state.node, stored)) {
            self->state.sessions->update(*who);
            sweep_if_ended(self, *who);
          }
        self->state.cursor = cursor;
        self->state.sessions->loaded(true);
        if (auto* bell = self->state.node->bell)
          for (const auto& stored : *got)
            bell->ring(stored.id);  // notices may have been left by an earlier run
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

}  // namespace

void read_feed(registrar_pointer self) {
  auto& state = self->state;
  if (state.stopping)
    return;
  self->delayed_send(self, feed_period, sweep{});
  if (state.periods++ % outbox_every == 0)
    carry_outbox(self, [] {});
  review_one(self);
  if (state.feed_asked)
    return;
  state.feed_asked = true;
  state.node->registry.changes(state.cursor, later(self, [self](result<storage::change_page> got) {
                                 auto& mine = self->state;
                                 if (got && mine.cursor.empty())
                                   return load_everything(self, got->next);
                                 mine.feed_asked = false;
                                 if (!got)
                                   return;
                                 for (const auto& notice : got->notices) follow(self, notice);
                                 mine.cursor = got->next;
                               }));
}

void sweep_if_ended(registrar_pointer self, const provider& who) {
  if (who.state == provider_state::terminated && self->state.node->errands != nullptr)
    self->state.node->errands->sweep_soon();
}

}  // namespace glados::actors
