#include "actors/registrar.hpp"

#include <algorithm>
#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>

#include "actors/backup_desk.hpp"
#include "actors/continuation.hpp"
#include "actors/credential_notice.hpp"
#include "actors/registrar_reads.hpp"
#include "actors/registrar_state.hpp"
#include "actors/registry_rules.hpp"
#include "domain/audit.hpp"
#include "storage/backup_codec.hpp"
#include "storage/registry_codec.hpp"
#include "storage/signal_codec.hpp"
#include "storage/standing_codec.hpp"

namespace glados::actors {
namespace {

using kind = storage::registry_record::kind;
using answer_promise = caf::typed_response_promise<registry_answer>;

constexpr int max_races = 8;
constexpr std::size_t max_waiting = 256;

void start_next(registrar_pointer self);

void finish(registrar_pointer self, registry_change& done, registry_answer answer) {
  done.promise.deliver(std::move(answer));
  self->state.busy = false;
  start_next(self);
}

void finish(registrar_pointer self, registry_change& done, errc code) {
  registry_answer out;
  out.code = code;
  finish(self, done, std::move(out));
}

storage::registry_record to_record(const node_context& node, kind what, const std::string& id,
                                   std::uint64_t version, const std::string& body) {
  return {what, id, version, node.vault.seal(body, seal_name(what, id))};
}

/// The next link behind `head`.
storage::audit_entry next_link(const node_context& node, const storage::audit_head& head,
                               std::string body) {
  storage::audit_entry out;
  out.sequence = head.sequence + 1;
  out.previous = head.hash;
  out.hash = node.vault.sha256(audit_link_text(head.hash, out.sequence, body));
  out.body = std::move(body);
  return out;
}

// --- one change --------------------------------------------------------------------------------

void load_form(registrar_pointer self, const std::shared_ptr<registry_change>& at);

void on_committed(registrar_pointer self, const std::shared_ptr<registry_change>& at,
                  const registry_decision& made, errc code) {
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
  if (made.filed)
    out.reports = {*made.filed};
  if (made.who) {
    // Its version is still the one before: the feed brings the record once more with the new one.
    self->state.sessions->update(*made.who);
    sweep_if_ended(self, *made.who);
    out.providers = {*made.who};
  }
  const bool logged = (made.form || made.who) && backup_desk_of(self->system());
  if (made.outbox.empty() && !logged && !credential_notice(at->call, made, at->facts.now))
    return finish(self, *at, std::move(out));
  carry_outbox(self, [self, at, out] { finish(self, *at, out); });
}

void decide_and_commit(registrar_pointer self, const std::shared_ptr<registry_change>& at) {
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
  if (made.filed)
    step.writes.push_back(to_record(node, kind::report, made.filed->id, at->filed_version,
                                    storage::encode(*made.filed)));
  step.outbox = made.outbox;
  if (auto notice = credential_notice(at->call, made, at->facts.now)) {
    storage::outbox_entry told;
    told.what = storage::outbox_entry::kind::event;
    told.notice = std::move(*notice);
    step.outbox.push_back(std::move(told));
  }
  if (backup_desk_of(self->system()))
    for (const auto& write : step.writes)
      if (write.what == kind::application || write.what == kind::provider)
        step.outbox.push_back(storage::entry_of(write));
  if (!made.action.empty())
    step.audit = next_link(node, at->head, audit_body(made, at->call.by, at->facts.now));
  else if (step.writes.empty())
    return finish(self, *at, errc::none);  // there was nothing to change
  node.registry.apply(std::move(step), later(self, [self, at, made](result<bool> done) {
                        on_committed(self, at, made, done.error());
                      }));
}

void load_head(registrar_pointer self, const std::shared_ptr<registry_change>& at) {
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

/// What the abuse desk needs beside: the report, or what a standing is made of.
void load_desk(registrar_pointer self, const std::shared_ptr<registry_change>& at) {
  auto& node = *self->state.node;
  if (const auto* op = std::get_if<resolve_report>(&at->call.what))
    return node.registry.load(kind::report, op->report_id,
                              later(self, [self, at](result<storage::registry_record> got) {
                                if (!got)
                                  return finish(self, *at, got.error());
                                at->facts.filed = open_report(*self->state.node, *got);
                                at->filed_version = got->version;
                                if (!at->facts.filed)
                                  return finish(self, *at, errc::internal);
                                load_head(self, at);
                              }));
  if (const auto* op = std::get_if<review_standing>(&at->call.what))
    return load_standing(registrar_actor{self}, node, op->id,
                         [self, at](result<standing_facts> got) {
                           if (!got)
                             return finish(self, *at, got.error());
                           at->facts.standing = std::move(*got);
                           load_head(self, at);
                         });
  load_head(self, at);
}

void load_provider(registrar_pointer self, const std::shared_ptr<registry_change>& at,
                   const std::string& id) {
  if (id.empty())
    return load_desk(self, at);
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
                                    load_desk(self, at);
                                  }));
}

void load_signals(registrar_pointer self, const std::shared_ptr<registry_change>& at) {
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

void load_form(registrar_pointer self, const std::shared_ptr<registry_change>& at) {
  const auto& node = *self->state.node;
  at->facts = {};
  at->form_version = at->who_version = 0;
  at->facts.by = at->call.by;
  at->facts.two_person = node.sessions.two_person;
  at->facts.credential_settle = node.sessions.credential_settle;
  at->facts.quota_base = node.sessions.quota_base;
  at->facts.sends_base = node.sessions.sends_base;
  at->facts.rules = node.abuse.rules;
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

void start_next(registrar_pointer self) {
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

caf::result<registry_answer> on_call(registrar_pointer self, const registry_call& call) {
  if (std::holds_alternative<catch_up>(call.what))
    return answer_after_news(self);
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
  auto at = std::make_shared<registry_change>();
  at->call = call;
  at->promise = promise;
  self->state.waiting.push_back(std::move(at));
  start_next(self);
  return promise;
}

registrar_actor::behavior_type registrar(registrar_pointer self, node_context* node,
                                         session_directory* sessions) {
  self->state.node = node;
  self->state.sessions = sessions;
  self->set_exception_handler(
      [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
  self->send(self, sweep{});
  return {
      [self](const registry_call& call) { return on_call(self, call); },
      [self](const sweep&) { read_feed(self); },
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
