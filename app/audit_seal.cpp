#include "app/audit_seal.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/stateful_actor.hpp>

#include "actors/continuation.hpp"
#include "actors/registry_rules.hpp"
#include "crypto/digest.hpp"
#include "domain/audit.hpp"
#include "domain/time_text.hpp"
#include "http/audit_signature.hpp"

namespace glados::app {
namespace {

constexpr std::chrono::seconds look_every{5};
constexpr std::size_t page_size = 500;

struct seal_state {
  actors::node_context* node = nullptr;
  const crypto::key_ring* keys = nullptr;
  bool busy = false;
  storage::audit_head read;  ///< of the chain as far as it was read
  std::string day;           ///< of the last head in it, "2026-11-25"
};

using seal_pointer = caf::stateful_actor<seal_state>*;

std::string day_text(instant at) { return rfc3339(at).substr(0, 10); }

/// A value of a record cannot look like this: its quotation marks are escaped.
bool is_head(const std::string& body) {
  static const std::string mark = ",\"action\":\"" + std::string(audit_head_action) + "\",";
  return body.find(mark) != body.npos;
}

void read_on(seal_pointer self);

void write_head(seal_pointer self, instant now) {
  auto& state = self->state;
  const auto made = http::sign_audit_head(*state.keys, state.read, now);
  actors::registry_decision act;
  act.action = audit_head_action;
  act.target = day_text(now);
  act.detail = {{"sequence", std::to_string(state.read.sequence)},
                {"hash", made.hash},
                {"kid", made.kid},
                {"signature", made.signature}};
  storage::registry_commit step;
  step.audit.emplace();
  step.audit->sequence = state.read.sequence + 1;
  step.audit->previous = state.read.hash;
  step.audit->body = actors::audit_body(act, {"audit", admin_role::operator_}, now);
  step.audit->hash =
      crypto::sha256(audit_link_text(state.read.hash, step.audit->sequence, step.audit->body));
  // Whatever came of it, the chain says so the next time.
  state.node->registry.apply(std::move(step),
                             actors::on_self(caf::actor_cast<caf::actor>(self),
                                             [self](result<bool>) { self->state.busy = false; }));
}

void on_page(seal_pointer self, const std::vector<storage::audit_entry>& page) {
  auto& state = self->state;
  for (const auto& entry : page) {
    state.read = {entry.sequence, entry.hash};
    if (is_head(entry.body))
      state.day = entry.body.substr(std::string_view(R"({"at":")").size(), 10);
  }
  if (!page.empty())
    return read_on(self);
  const auto now = state.node->clock.now();
  // Cluster time is only known while the lease is held.
  const bool sure = state.node->lease == nullptr || state.node->lease->holds();
  if (sure && state.read.sequence > 0 && state.day < day_text(now))
    return write_head(self, now);
  state.busy = false;
}

void read_on(seal_pointer self) {
  using entries = std::vector<storage::audit_entry>;
  self->state.node->registry.load_audit(
      self->state.read.sequence, page_size,
      actors::on_self(caf::actor_cast<caf::actor>(self), [self](result<entries> got) {
        if (got)
          return on_page(self, *got);
        self->state.busy = false;
      }));
}

caf::behavior audit_seal(seal_pointer self, actors::node_context* node,
                         const crypto::key_ring* keys, const actors::registrar_actor& until) {
  self->state.node = node;
  self->state.keys = keys;
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->monitor(until);
  self->send(self, actors::sweep{});
  return {
      [self](const actors::sweep&) {
        auto& state = self->state;
        self->delayed_send(self, look_every, actors::sweep{});
        if (state.busy || state.day == day_text(state.node->clock.now()))
          return;
        state.busy = true;
        read_on(self);
      },
      [](const actors::continuation& then) { then.run(); },
  };
}

}  // namespace

void spawn_audit_seal(caf::actor_system& system, actors::node_context& node,
                      const crypto::key_ring& keys, const actors::registrar_actor& until) {
  system.spawn(audit_seal, &node, &keys, until);
}

}  // namespace glados::app
