// State of the registrar. Split over registrar.cpp (changes, one after the other),
// registrar_outbox.cpp (what they leave for providers) and registrar_feed.cpp (what others changed,
// and what is done from time to time).
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <caf/typed_response_promise.hpp>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/continuation.hpp"
#include "actors/registrar.hpp"
#include "actors/registry_rules.hpp"

namespace glados::actors {

/// One change on its way: loaded, decided, committed; again from the start when it lost a race.
struct registry_change {
  registry_call call;
  caf::typed_response_promise<registry_answer> promise;
  registry_facts facts;
  std::uint64_t form_version = 0;
  std::uint64_t who_version = 0;
  std::uint64_t filed_version = 0;
  storage::audit_head head;
  int races = 0;
};

struct registrar_state {
  node_context* node = nullptr;
  session_directory* sessions = nullptr;
  std::deque<std::shared_ptr<registry_change>> waiting;
  bool busy = false;
  bool feed_asked = false;
  std::size_t feed_loads = 0;  ///< records on their way, of providers that the feed named
  using answer_promises = std::vector<caf::typed_response_promise<registry_answer>>;
  answer_promises to_ask;     ///< of those who wait for a reading of the feed that begins after now
  answer_promises to_answer;  ///< of those who wait for the one under way
  bool stopping = false;
  std::string cursor;  ///< empty: everything is to be read
  /// What was changed anywhere until then is known here.
  std::chrono::steady_clock::time_point heard{};
  unsigned periods = 0;
  unsigned reviews = 0;
  std::vector<std::string> to_review;  ///< providers whose standing is looked at in their turn
};

using registrar_pointer = registrar_actor::stateful_pointer<registrar_state>;

template <class F>
auto later(registrar_pointer self, F f) {
  return on_self(registrar_actor{self}, std::move(f));
}

/// Carries what the registry's outbox holds. `then` runs after one try, whatever came of it: what
/// stays there is carried by a later one, of this or another node.
void carry_outbox(registrar_pointer self, std::function<void()> then);
/// Reads the change feed, and does by the way what the desk asks for. Once every feed_period.
void read_feed(registrar_pointer self);
/// Reads it now. Many who ask at the same time share a reading, and one is under way at most.
caf::result<registry_answer> answer_after_news(registrar_pointer self);
/// Has the mappings of a provider found that has ended.
void sweep_if_ended(registrar_pointer self, const provider& who);

}  // namespace glados::actors
