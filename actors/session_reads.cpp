#include "actors/session_state.hpp"

namespace glados::actors {

user_counts counted(const storage::user_counts& all) {
  const auto count = [](std::int64_t of) {
    return static_cast<std::uint64_t>(std::max<std::int64_t>(0, of));
  };
  user_counts out;
  out.phone_due = count(all.phone_due);
  out.phone = count(all.sms + all.voice - all.phone_due);
  out.email = count(all.counted_email);
  out.email_due = count(all.counted_email_due);
  out.asserted = count(all.asserted);
  return out;
}

void set_budget(session_state& state) {
  const auto& limits = state.node->sessions;
  const auto left = effect_of(state.view->facts()->throttles, state.node->clock.now());
  const auto factor = quota_factor(state.view->facts()->standing.level);
  state.lease.terms_read(daily_lookup_budget({limits.quota_base, limits.quota_per_user},
                                             weighted_users(state.users),
                                             factor * left.quota_percent / 100.0));
}

std::uint64_t daily_sends(const session_state& state) {
  const auto facts = state.view->facts();
  const auto left = effect_of(facts->throttles, state.node->clock.now());
  return facts->overrides.sends_daily.value_or(
      (state.node->sessions.sends_base + state.weighted_users()) * left.sends_percent / 100);
}

void end_if_quiet(session_pointer self) {
  if (self->state.stopping && self->state.in_flight == 0 && !self->state.lease.busy() &&
      !enter_usage(self)) {
    self->state.view->drop_all_tokens();
    self->quit();
  }
}

bool enter_usage(session_pointer self) {
  auto& state = self->state;
  const auto& node = *state.node;
  auto batch = state.entering ? std::nullopt : state.view->meter().next(node.node, node.run);
  if (!batch)
    return false;
  batch->provider_id = state.id;
  batch->cost = price_of(node.sessions.prices, batch->hits + batch->misses, 0);
  state.entering = true;
  ++state.in_flight;
  node.providers.enter_usage(*batch, on_self(session_actor{self}, [self](result<bool> done) {
    auto& mine = self->state;
    if (done)
      mine.view->meter().taken();
    mine.entering = !done && mine.stopping;  // then it ends without
    --mine.in_flight;
    end_if_quiet(self);
  }));
  return true;
}

namespace {

quota_answer quota_of(const session_state& state, const storage::provider_day& day) {
  quota_answer out;
  out.users = state.all_users;
  out.weighted = weighted_users(state.users);
  out.sends_limit = daily_sends(state);
  out.guesses_limit = state.node->sessions.guesses_per_day + day.right_codes / 2;
  out.day = day;
  const auto& standing = state.view->facts()->standing;
  out.level = standing.level;
  out.strikes = strikes_at(standing, state.node->abuse.rules, state.node->clock.now());
  return out;
}

}  // namespace

caf::result<quota_answer> on_quota(session_pointer self) {
  auto promise = self->make_response_promise<quota_answer>();
  const auto tell = [promise](quota_answer what) {
    auto to = promise;
    to.deliver(std::move(what));
  };
  const auto fail = [tell](errc why) {
    quota_answer none;
    none.code = why;
    tell(std::move(none));
  };
  const auto on_leased = [self, tell, fail](errc code, const storage::provider_day& day) {
    return code == errc::none ? tell(quota_of(self->state, day)) : fail(code);
  };
  const auto on_day = [self, fail, on_leased](const result<storage::provider_day>& day) {
    --self->state.in_flight;
    if (!day)
      return fail(day.error());
    self->state.lease.refresh([on_leased, day = *day](errc code) { on_leased(code, day); });
  };
  self->state.last_used = self->state.node->clock.now();
  read_users(self, [self, fail, on_day](errc code) {
    if (code != errc::none)
      return fail(code);
    ++self->state.in_flight;
    self->state.node->providers.load_day(self->state.id, on_self(session_actor{self}, on_day));
  });
  return promise;
}

caf::result<usage_answer> on_usage(session_pointer self, const read_usage& ask) {
  auto& state = self->state;
  return through_store<usage_answer, usage_counts>(
      self,
      [&](auto done) {
        state.node->providers.load_usage(state.id, ask.month.first_day, ask.month.days,
                                         std::move(done));
      },
      [](const result<usage_counts>& got) {
        return got ? usage_answer{errc::none, *got} : usage_answer{got.error(), {}};
      });
}

}  // namespace glados::actors
