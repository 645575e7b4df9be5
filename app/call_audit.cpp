#include "app/call_audit.hpp"

#include <caf/event_based_actor.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>
#include <memory>

#include "actors/local_messages.hpp"

namespace glados::app {
namespace {

constexpr std::chrono::seconds answer_wait{5};

struct audit_state {
  call_register* calls = nullptr;
  actors::registrar_actor registrar;
  std::string node;
};

using audit_pointer = caf::stateful_actor<audit_state>*;

/// `then` runs once all are written, or could not be: those are tried again the next time. When it
/// is not known whether they were, they stand in the chain twice rather than never.
void write_all(audit_pointer self, const std::function<void()>& then) {
  auto all = self->state.calls->take();
  auto open = std::make_shared<std::size_t>(all.size());
  const auto one_done = [open, then] {
    if (--*open == 0)
      then();
  };
  if (all.empty())
    return then();
  for (auto& of : all) {
    actors::registry_call call;
    call.by = {of.caller, admin_role::viewer};
    call.what = actors::note_act{"admin.calls", self->state.node, of.detail(), false};
    auto kept = std::make_shared<caller_calls>(std::move(of));
    self->request(self->state.registrar, answer_wait, std::move(call))
        .then(
            [self, kept, one_done](const actors::registry_answer& got) {
              if (got.code != errc::none)
                self->state.calls->put_back(std::move(*kept));
              one_done();
            },
            [self, kept, one_done](const caf::error&) {
              self->state.calls->put_back(std::move(*kept));
              one_done();
            });
  }
}

caf::behavior call_audit(audit_pointer self, call_register* calls,
                         const actors::registrar_actor& registrar, const std::string& node,
                         std::chrono::milliseconds period) {
  self->state = {calls, registrar, node};
  self->set_down_handler([self](const caf::down_msg&) { self->quit(); });
  self->monitor(registrar);
  self->delayed_send(self, period, actors::sweep{});
  return {
      [self, period](const actors::sweep&) {
        write_all(self, [self, period] { self->delayed_send(self, period, actors::sweep{}); });
      },
      [self](const actors::recover&) {
        auto done = self->make_response_promise<bool>();
        write_all(self, [done]() mutable { done.deliver(true); });
        return done;
      },
  };
}

}  // namespace

caf::actor spawn_call_audit(caf::actor_system& system, call_register& calls,
                            const actors::registrar_actor& registrar, std::string node,
                            std::chrono::milliseconds period) {
  return system.spawn(call_audit, &calls, registrar, std::move(node), period);
}

void write_calls(caf::actor_system& system, const caf::actor& audit,
                 std::chrono::milliseconds patience) {
  caf::scoped_actor self{system};
  self->request(audit, patience, actors::recover{}).receive([](bool) {}, [](const caf::error&) {});
}

}  // namespace glados::app
