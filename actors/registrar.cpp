#include "actors/registrar.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>

#include "actors/continuation.hpp"
#include "actors/credential_notice.hpp"
#include "actors/registrar_reads.hpp"
#include "actors/registry_rules.hpp"
#include "storage/registry_codec.hpp"
#include "storage/signal_codec.hpp"

namespace glados::actors {
namespace {

using kind = storage::registry_record::kind;
using answer_promise = caf::typed_response_promise<registry_answer>;

constexpr int max_races = 8;
constexpr std::size_t max_waiting = 256;
constexpr std::size_t notice_page = 32;
/// So often what other nodes may have left in the outbox is looked for, counted in feed periods.
constexpr unsigned outbox_every = 20;

/// One change on its way: loaded, decided, committed; again from the start when it lost a race.
struct change {
  registry_call call;
  answer_promise promise;
  registry_facts facts;
  std::uint64_t form_version = 0;
  std::uint64_t who_version = 0;
  storage::audit_head head;
  int races = 0;
};

struct registrar_state {
  node_context* node = nullptr;
  session_directory* sessions = nullptr;
  std::deque<std::shared_ptr<change>> waiting;
  bool busy = false;
  bool feed_asked = false;
  unsigned periods = 0;
  bool stopping = false;
  std::string cursor;
};

using pointer = registrar_actor::stateful_pointer<registrar_state>;

template <class F>
auto later(pointer self, F f) {
  return on_self(registrar_actor{self}, std::move(f));
}

void start_next(pointer self);

void finish(pointer self, change& done, registry_answer answer) {
  done.promise.deliver(std::move(answer));
  self->state.busy = false;
  start_next(self);
}

void finish(pointer self, change& done, errc code) {
  registry_answer out;
  out.code = code;
  finish(self, done, std::move(out));
}

storage::registry_record to_record(const node_context& node, kind what, const std::string& id,
                                   std::uint64_t version, const std::string& body) {
  return {what, id, version, node.vault.seal(body, seal_name(what, id))};
}

/// The next link: SHA-256 over the previous hash, the sequence (8 bytes, big endian) and the text.
storage::audit_entry next_link(const node_context& node, const storage::audit_head& head,
                               std::string body) {
  storage::audit_entry out;
  out.sequence = head.sequence + 1;
  out.previous = head.hash;
  std::string bytes(head.hash.begin(), head.hash.end());
  for (int shift = 56; shift >= 0; shift -= 8)
    bytes += static_cast<char>(out.sequence >> shift & 0xFF);
  out.hash = node.vault.sha256(bytes + body);
  out.body = std::move(body);
  return out;
}

// --- one change --------------------------------------------------------------------------------

/// A page of the outbox on its way to the providers.
struct carrying {
  std::vector<storage::registry_notice> notices;
  std::size_t done = 0;
  std::function<void()> then;
};

void trim_carried(pointer self, const std::shared_ptr<carrying>& at) {
  if (at->done == 0)
    return at->then();
  std::vector<std::string> ids;
  for (std::size_t i = 0; i < at->done; ++i) ids.push_back(at->notices[i].id);
  self->state.node->registry.trim_notices(std::move(ids),
                                          later(self, [at](const result<bool>&) { at->then(); }));
}

/// In order, so that the high-water mark takes each once, whoever else carries them too.
void carry_next(pointer self, const std::shared_ptr<carrying>& at) {
  if (at->done == at->notices.size())
    return trim_carried(self, at);
  const auto& next = at->notices[at->done];
  self->state.node->events.append_once(storage::registry_outbox, next.id, next.what,
                                       later(self, [self, at](const result<std::string>& appended) {
                                         if (!appended)
                                           return trim_carried(self, at);
                                         if (auto* bell = self->state.node->bell)
                                           bell->ring(at->notices[at->done].what.provider_id);
                                         ++at->done;
                                         carry_next(self, at);
                                       }));
}

/// Carries what the registry's outbox holds. `then` runs after one try, whatever came of it: what
/// stays there is carried by a later one, of this or another node.
void carry_notices(pointer self, std::function<void()> then) {
  auto at = std::make_shared<carrying>();
  at->then = std::move(then);
  self->state.node->registry.load_notices(
      notice_page, later(self, [self, at](result<std::vector<storage::registry_notice>> found) {
        if (found)
          at->notices = std::move(*found);
        carry_next(self, at);
      }));
}

void load_form(pointer self, const std::shared_ptr<change>& at);

void on_committed(pointer self, const std::shared_ptr<change>& at, const registry_decision& made,
                  errc code) {
  if (code == errc::stale_version && ++at->races < max_races)
    return load_form(self, at);
  if (code != errc::none)
    return finish(self, *at, code == errc::stale_version ? errc::overloaded : code);
  registry_answer out;
  out.waiting = made.waiting;
  out.secret_number = made.secret_number;
  out.signals = made.signals;
  if (made.form)
    out.applications = {*made.form};
  if (made.who) {
    // Its version is still the one before: the feed brings the record once more with the new one.
    self->state.sessions->update(*made.who);
    out.providers = {*made.who};
  }
  if (!credential_notice(at->call, made, at->facts.now))
    return finish(self, *at, std::move(out));
  carry_notices(self, [self, at, out] { finish(self, *at, out); });
}

void decide_and_commit(pointer self, const std::shared_ptr<change>& at) {
  auto& node = *self->state.node;
  auto made = decide(at->call.what, at->facts);
  if (made.code != errc::none)
    return finish(self, *at, made.code);
  storage::registry_commit step;
  if (made.form)
    step.writes.push_back(to_record(node, kind::application, made.form->id, at->form_version,
                                    storage::encode(*made.form)));
  if (made.who) {
    step.writes.push_back(
        to_record(node, kind::provider, made.who->id, at->who_version, storage::encode(*made.who)));
    step.changed_providers.push_back(made.who->id);
  }
  for (const auto& one : made.signals)
    step.writes.push_back(to_record(node, kind::signal, one.id, one.version, storage::encode(one)));
  for (const auto& one : made.dropped)
    step.writes.push_back({kind::signal, one.id, one.version, {}});
  step.audit = next_link(node, at->head, audit_body(made, at->call.by, at->facts.now));
  if (auto notice = credential_notice(at->call, made, at->facts.now))
    step.notices.push_back(std::move(*notice));
  node.registry.apply(std::move(step), later(self, [self, at, made](result<bool> done) {
                        on_committed(self, at, made, done.error());
                      }));
}

void load_head(pointer self, const std::shared_ptr<change>& at) {
  self->state.node->registry.load_head(later(self, [self, at](result<storage::audit_head> got) {
    if (!got)
      return finish(self, *at, got.error());
    at->head = *got;
    const auto& node = *self->state.node;
    at->facts.now = node.clock.now();
    // Unique without a random source: the head's hash is, and ids of applications are no secrets.
    const auto seed = node.vault.sha256(std::string(got->hash.begin(), got->hash.end()) +
                                        std::to_string(got->sequence) + "application");
    static constexpr char digits[] = "0123456789abcdefghijklmnopqrstuv";
    at->facts.audit_sequence = got->sequence + 1;
    at->facts.fresh_id = "app-";
    for (std::size_t i = 0; i < 16; ++i) at->facts.fresh_id += digits[seed[i] & 0x1F];
    decide_and_commit(self, at);
  }));
}

void load_provider(pointer self, const std::shared_ptr<change>& at, const std::string& id) {
  if (id.empty())
    return load_head(self, at);
  self->state.node->registry.load(kind::provider, id,
                                  later(self, [self, at](result<storage::registry_record> got) {
                                    if (!got && got.error() != errc::not_found)
                                      return finish(self, *at, got.error());
                                    if (got) {
                                      at->facts.who = open_provider(*self->state.node, *got);
                                      at->who_version = got->version;
                                      if (!at->facts.who)
                                        return finish(self, *at, errc::internal);
                                    }
                                    load_head(self, at);
                                  }));
}

void load_signals(pointer self, const std::shared_ptr<change>& at) {
  using records = std::vector<storage::registry_record>;
  self->state.node->registry.load_all(
      kind::signal, later(self, [self, at](result<records> got) {
        if (!got)
          return finish(self, *at, got.error());
        const auto& node = *self->state.node;
        for (const auto& stored : *got)
          if (auto known = open_signal(node, stored))
            at->facts.signals.push_back(std::move(*known));
        const auto who = provider_of_signal(at->call.what, at->facts.signals);
        const auto& exempt = node.sessions.exempt;
        at->facts.exempt = std::find(exempt.begin(), exempt.end(), who) != exempt.end();
        at->facts.signal_limits = node.sessions.signals;
        load_provider(self, at, who);
      }));
}

void load_form(pointer self, const std::shared_ptr<change>& at) {
  const auto& node = *self->state.node;
  at->facts = {};
  at->form_version = at->who_version = 0;
  at->facts.by = at->call.by;
  at->facts.two_person = node.sessions.two_person;
  at->facts.credential_settle = node.sessions.credential_settle;
  at->facts.quota_base = node.sessions.quota_base;
  at->facts.sends_base = node.sessions.sends_base;
  if (concerns_signals(at->call.what))
    return load_signals(self, at);
  const auto provider_id = provider_of(at->call.what);
  if (const auto added = added_certificate(at->call.what)) {
    const auto owner = self->state.sessions->by_certificate(*added);
    at->facts.certificate_taken = owner && owner->facts()->id != provider_id;
  }
  const auto form_id = application_of(at->call.what);
  if (form_id.empty())
    return load_provider(self, at, provider_id);
  self->state.node->registry.load(kind::application, form_id,
                                  later(self, [self, at](result<storage::registry_record> got) {
                                    if (!got)
                                      return finish(self, *at, got.error());
                                    at->facts.form = open_application(*self->state.node, *got);
                                    at->form_version = got->version;
                                    if (!at->facts.form)
                                      return finish(self, *at, errc::internal);
                                    load_provider(self, at, at->facts.form->provider_id);
                                  }));
}

void start_next(pointer self) {
  auto& state = self->state;
  if (state.busy)
    return;
  if (state.waiting.empty()) {
    if (state.stopping)
      self->quit();
    return;
  }
  state.busy = true;
  auto at = std::move(state.waiting.front());
  state.waiting.pop_front();
  load_form(self, at);
}

// --- calls -------------------------------------------------------------------------------------

caf::result<registry_answer> on_call(pointer self, const registry_call& call) {
  auto promise = self->make_response_promise<registry_answer>();
  if (only_reads(call.what)) {
    read_registry(registrar_actor{self}, *self->state.node, call.what, promise);
    return promise;
  }
  if (self->state.waiting.size() >= max_waiting) {
    registry_answer full;
    full.code = errc::overloaded;
    promise.deliver(std::move(full));
    return promise;
  }
  auto at = std::make_shared<change>();
  at->call = call;
  at->promise = promise;
  self->state.waiting.push_back(std::move(at));
  start_next(self);
  return promise;
}

// --- the change feed ---------------------------------------------------------------------------

void follow(pointer self, const storage::change_notice& notice) {
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
                                    if (auto who = open_provider(*self->state.node, *got))
                                      self->state.sessions->update(*who);
                                  }));
}

/// Everything anew: at the start, and after the feed could not be read. `cursor` was taken before.
void load_everything(pointer self, std::string cursor) {
  using records = std::vector<storage::registry_record>;
  self->state.node->registry.load_all(
      kind::provider, later(self, [self, cursor = std::move(cursor)](result<records> got) {
        self->state.feed_asked = false;
        if (!got)
          return;
        for (const auto& stored : *got)
          if (auto who = open_provider(*self->state.node, stored))
            self->state.sessions->update(*who);
        self->state.cursor = cursor;
        self->state.sessions->loaded(true);
        if (auto* bell = self->state.node->bell)
          for (const auto& stored : *got)
            bell->ring(stored.id);  // notices may have been left by an earlier run
      }));
}

void on_sweep(pointer self) {
  auto& state = self->state;
  if (state.stopping)
    return;
  self->delayed_send(self, feed_period, sweep{});
  if (state.periods++ % outbox_every == 0)
    carry_notices(self, [] {});
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

registrar_actor::behavior_type registrar(pointer self, node_context* node,
                                         session_directory* sessions) {
  self->state.node = node;
  self->state.sessions = sessions;
  self->send(self, sweep{});
  return {
      [self](const registry_call& call) { return on_call(self, call); },
      [self](const sweep&) { on_sweep(self); },
      [](const continuation& then) { then.run(); },
      [self](const stop&) {
        self->state.stopping = true;
        start_next(self);
      },
  };
}

}  // namespace

registrar_actor spawn_registrar(caf::actor_system& system, node_context& node,
                                session_directory& sessions) {
  return system.spawn(registrar, &node, &sessions);
}

}  // namespace glados::actors
