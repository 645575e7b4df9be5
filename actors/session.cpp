#include "actors/session.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>

#include "actors/session_state.hpp"

namespace glados::actors {
namespace {

/// No hour has as many codes: the breaker never looks.
constexpr std::uint64_t never_enough_codes = 1'000'000'000'000;

limit_answer to_limit(const result<storage::refusal>& got) {
  if (!got)
    return {got.error(), {}};
  return {got->policy.empty() ? errc::none : errc::rate_limited, *got};
}

limit_answer to_done(const result<bool>& got) { return {got.error(), {}}; }

storage::send_debit debit_of(const session_state& state, std::string verification_id,
                             destination to, channel way) {
  const auto& limits = state.node->sessions;
  const bool lifted = state.view->facts()->overrides.sends_daily.has_value();
  const bool by_mail = to.region == "email";
  const bool exempt =
      std::find(limits.exempt.begin(), limits.exempt.end(), state.id) != limits.exempt.end();
  storage::send_debit out;
  out.provider_id = state.id;
  out.verification_id = std::move(verification_id);
  out.to = std::move(to);
  out.daily_limit = daily_sends(state);
  out.region_limit = lifted || by_mail || exempt ? 0 : limits.region_base;
  out.breaker_min = exempt ? never_enough_codes : limits.breaker_min;
  out.breaker_percent = limits.breaker_percent;
  out.way = way;
  out.price = price_of_send(limits.prices, way, out.to.region);
  out.spend_cap = spend_cap_of(limits.prices, state.id);
  return out;
}

// --- tokens ------------------------------------------------------------------------------------

caf::result<token_answer> on_issue(session_pointer self, const issue_token& ask) {
  auto& state = self->state;
  return through_store<token_answer, bool>(
      self,
      [&](auto done) {
        state.node->providers.put_token(state.id, ask.token, state.node->sessions.tokens_per_client,
                                        std::move(done));
      },
      [self, token = ask.token, before = state.view->changes()](const result<bool>& got) {
        // What changed while the answer was on its way may have been that all were revoked.
        if (got && self->state.view->changes() == before)
          self->state.view->keep_token(token);
        return token_answer{got.error(), token};
      });
}

caf::result<token_answer> on_find(session_pointer self, const find_token& ask) {
  auto& state = self->state;
  return through_store<token_answer, storage::access_token>(
      self,
      [&](auto done) { state.node->providers.load_token(state.id, ask.hash, std::move(done)); },
      [self, before = state.view->changes()](const result<storage::access_token>& got) {
        if (!got)
          return token_answer{got.error(), {}};
        if (got->expires_at <= self->state.node->clock.now())
          return token_answer{errc::not_found, {}};
        // What changed meanwhile may have been its revocation, told by another node: then it must
        // not stay, and whoever shows it next asks the store anew.
        if (self->state.view->changes() == before)
          self->state.view->keep_token(*got);
        return token_answer{errc::none, *got};
      });
}

caf::result<token_answer> on_revoke(session_pointer self, const revoke_token& ask) {
  auto& state = self->state;
  state.view->drop_token(ask.hash);
  return through_store<token_answer, bool>(
      self,
      [&](auto done) { state.node->providers.revoke_token(state.id, ask.hash, std::move(done)); },
      [self, hash = ask.hash](const result<bool>& got) {
        self->state.view->drop_token(hash);  // it may have been read again meanwhile
        return token_answer{got.error(), {}};
      });
}

caf::result<token_answer> on_revoke_all(session_pointer self) {
  auto& state = self->state;
  state.view->drop_all_tokens();
  return through_store<token_answer, bool>(
      self, [&](auto done) { state.node->providers.revoke_all_tokens(state.id, std::move(done)); },
      [self](const result<bool>& got) {
        self->state.view->drop_all_tokens();
        return token_answer{got.error(), {}};
      });
}

// --- calls and budgets -------------------------------------------------------------------------

caf::result<call_answer> on_begin(session_pointer self, const begin_call& ask) {
  auto& store = self->state.node->providers;
  return through_store<call_answer, storage::call_state>(
      self, [&](auto done) { store.begin_call(ask.call, std::move(done)); },
      [](const result<storage::call_state>& got) {
        return got ? call_answer{errc::none, *got} : call_answer{got.error(), {}};
      });
}

caf::result<call_answer> on_end(session_pointer self, const end_call& ask) {
  auto& store = self->state.node->providers;
  return through_store<call_answer, bool>(
      self, [&](auto done) { store.end_call(ask.call, ask.kept, std::move(done)); },
      [](const result<bool>& got) {
        return call_answer{got.error(), {}};
      });
}

caf::result<limit_answer> on_debit(session_pointer self, const debit_send& ask) {
  auto& state = self->state;
  return through_store<limit_answer, storage::refusal>(
      self,
      [&](auto done) {
        state.node->providers.debit_send(debit_of(state, ask.verification_id, ask.to, ask.way),
                                         std::move(done));
      },
      [self](const result<storage::refusal>& got) {
        auto out = to_limit(got);
        if (out.code == errc::none)
          self->state.view->watch().code_sent();
        return out;
      });
}

caf::result<limit_answer> on_return(session_pointer self, const return_send& ask) {
  auto& state = self->state;
  state.view->watch().code_returned();
  return through_store<limit_answer, bool>(
      self,
      [&](auto done) {
        state.node->providers.return_send(
            debit_of(state, ask.verification_id, ask.to, channel::sms), std::move(done));
      },
      to_done);
}

caf::result<limit_answer> on_reserve(session_pointer self) {
  auto& state = self->state;
  return through_store<limit_answer, storage::refusal>(
      self,
      [&](auto done) {
        state.node->providers.reserve_guess(state.id, state.node->sessions.guesses_per_day,
                                            std::move(done));
      },
      [self](const result<storage::refusal>& got) {
        auto out = to_limit(got);
        if (out.code == errc::rate_limited)
          self->state.view->watch().guess_refused();
        return out;
      });
}

caf::result<limit_answer> on_settle(session_pointer self, const settle_guess& ask) {
  auto& state = self->state;
  if (ask.how == storage::provider_store::guess::right)
    state.view->watch().code_confirmed();
  if (ask.how == storage::provider_store::guess::right && ask.to.prefix_tag != 0)
    state.node->providers.count_confirmed(state.id, ask.to, [](const result<bool>&) {});
  return through_store<limit_answer, bool>(
      self,
      [&](auto done) { state.node->providers.settle_guess(state.id, ask.how, std::move(done)); },
      to_done);
}

// --- life --------------------------------------------------------------------------------------

void on_stop(session_pointer self) {
  self->state.stopping = true;
  self->state.lease.close();
  end_if_quiet(self);
}

void report_patterns(const session_state& state, instant now) {
  for (auto& found : state.view->watch().judge(now, state.node->sessions.signals)) {
    found.provider_id = state.id;
    state.node->observer.pattern_found(found.kind);
    if (state.node->findings != nullptr)
      state.node->findings->report(found);
  }
}

void on_sweep(session_pointer self) {
  auto& state = self->state;
  const auto now = state.node->clock.now();
  state.view->drop_expired_tokens(now);
  report_patterns(state, now);
  if (now - std::max(state.last_used, state.lease.last_used()) > session_idle || state.stopping)
    return on_stop(self);
  enter_usage(self);
  read_users(self, [self](errc) { self->state.lease.sweep(); });
  self->delayed_send(self, session_refresh, sweep{});
}

session_actor::behavior_type session(session_pointer self, node_context* node,
                                     std::shared_ptr<session_view> view) {
  auto& state = self->state;
  state.node = node;
  state.view = std::move(view);
  state.id = state.view->facts()->id;
  state.last_used = node->clock.now();
  state.lease.begin(self, *node, state.view, [self] { end_if_quiet(self); });
  self->send(self, sweep{});
  return {
      [self](const issue_token& ask) { return on_issue(self, ask); },
      [self](const find_token& ask) { return on_find(self, ask); },
      [self](const revoke_token& ask) { return on_revoke(self, ask); },
      [self](const revoke_all_tokens&) { return on_revoke_all(self); },
      [self](const begin_call& ask) { return on_begin(self, ask); },
      [self](const end_call& ask) { return on_end(self, ask); },
      [self](const debit_send& ask) { return on_debit(self, ask); },
      [self](const return_send& ask) { return on_return(self, ask); },
      [self](const reserve_guess&) { return on_reserve(self); },
      [self](const settle_guess& ask) { return on_settle(self, ask); },
      [self](const charge_lookup& ask) { return self->state.lease.charge(ask); },
      [self](const tend_lease&) { self->state.lease.tend(); },
      [self](const read_quota&) { return on_quota(self); },
      [self](const read_usage& ask) { return on_usage(self, ask); },
      [self](const sweep&) { on_sweep(self); },
      [](const continuation& then) { then.run(); },
      [self](const stop&) { on_stop(self); },
  };
}

}  // namespace

session_actor spawn_session(caf::actor_system& system, node_context& node,
                            std::shared_ptr<session_view> view) {
  return system.spawn(session, &node, std::move(view));
}

session_actor session_hosts::of(const std::string& provider_id) {
  std::lock_guard guard(lock_);
  if (stopped_)
    return {};
  auto& place = live_[provider_id];
  if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(place))
    return caf::actor_cast<session_actor>(strong);
  const auto view = providers_.by_id(provider_id);
  if (!view) {
    live_.erase(provider_id);
    return {};
  }
  auto made = spawn_session(system_, node_, view);
  place = made.address();
  return made;
}

void session_hosts::stop_all() {
  std::lock_guard guard(lock_);
  stopped_ = true;
  for (auto& [id, address] : live_)
    if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(address))
      caf::anon_send(caf::actor_cast<session_actor>(strong), stop{});
  live_.clear();
}

}  // namespace glados::actors
