// State of a session actor and what its parts share. Split over session.cpp (tokens, calls, limits,
// life) and session_reads.cpp (budget, quota, usage).
#pragma once

#include <algorithm>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "actors/continuation.hpp"
#include "actors/session.hpp"
#include "actors/session_lease.hpp"
#include "domain/quota.hpp"

namespace glados::actors {

struct session_state {
  node_context* node = nullptr;
  std::shared_ptr<session_view> view;
  std::string id;
  storage::user_counts all_users;
  user_counts users;        ///< what of them counts
  bool users_read = false;  ///< until then the budget is not known
  session_lease lease;
  instant last_used;
  std::size_t in_flight = 0;
  bool stopping = false;
  bool entering = false;  ///< a batch of usage is on its way

  std::uint64_t weighted_users() const { return weighted_thousandths(users) / 1000; }
};

using session_pointer = session_actor::stateful_pointer<session_state>;

/// What users, standing and throttles make of the lookup budget.
void set_budget(session_state& state);

/// Codes that may be sent in a day: what an operator set, else what users and throttles make of it.
std::uint64_t daily_sends(const session_state& state);

/// What of a provider's users counts.
user_counts counted(const storage::user_counts& all);

/// A session that stops ends once nothing is in flight.
void end_if_quiet(session_pointer self);

/// Enters what was metered. False: there is nothing to enter, or a batch is under way. One that
/// failed is entered again by the next sweep; a session that ends tries once, and its view keeps
/// the batch for the next session.
bool enter_usage(session_pointer self);

caf::result<quota_answer> on_quota(session_pointer self);
caf::result<usage_answer> on_usage(session_pointer self, const read_usage& ask);

/// Asks the store and answers with what `fill` makes of the result, in this actor's turn.
template <class Answer, class Result, class Ask, class Fill>
caf::result<Answer> through_store(session_pointer self, Ask ask, Fill fill) {
  auto& state = self->state;
  state.last_used = state.node->clock.now();
  ++state.in_flight;
  auto promise = self->make_response_promise<Answer>();
  ask(storage::reply<Result>(
      on_self(session_actor{self}, [self, promise, fill](result<Result> got) mutable {
        promise.deliver(fill(got));
        --self->state.in_flight;
        end_if_quiet(self);
      })));
  return promise;
}

/// Reads users (and what they make of the budget), then goes on. In flight until `then` returns.
template <class Then>
void read_users(session_pointer self, Then then) {
  auto& state = self->state;
  std::vector<std::uint64_t> listed;
  for (const auto& domain : state.view->facts()->listed_mail_domains)
    listed.push_back(state.node->vault.mail_domain_tag(domain));
  ++state.in_flight;
  state.node->providers.load_users(
      state.id, listed,
      on_self(session_actor{self}, [self, then](result<storage::user_counts> got) mutable {
        auto& mine = self->state;
        if (got) {
          mine.all_users = *got;
          mine.users = counted(*got);
          mine.users_read = true;
        }
        if (mine.users_read)
          set_budget(mine);  // also without an answer: throttles end by themselves
        else
          mine.lease.terms_unread(got.error());
        then(got.error());
        --mine.in_flight;
        end_if_quiet(self);
      }));
}

}  // namespace glados::actors
