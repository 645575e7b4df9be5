// What operators read of one provider beyond its record: what it may still do and has used, its
// webhook, what was posted there; and a notice posted once more. The same answers that the provider
// itself gets.
#include "http/handle_admin.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

/// Makes the call one of the provider of the path; false if there is none, and it is answered.
bool takes_the_part(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return false;
  made->session = made->service.ports().sessions.by_id(*id);
  if (!made->session) {
    made->refuse(errc::not_found);
    return false;
  }
  made->who = made->session->facts();
  return true;
}

/// Runs a provider's own call for the provider of the path.
void on_behalf(const call_ptr& made, void (*handle)(const call_ptr&)) {
  if (takes_the_part(made))
    handle(made);
}

}  // namespace

void handle_provider_quota(const call_ptr& made) { on_behalf(made, handle_quota); }

void handle_provider_usage(const call_ptr& made) { on_behalf(made, handle_usage); }

void handle_provider_webhook(const call_ptr& made) { on_behalf(made, handle_get_webhook); }

void handle_provider_deliveries(const call_ptr& made) { on_behalf(made, handle_list_deliveries); }

void handle_redeliver_for_provider(const call_ptr& made) {
  if (!takes_the_part(made))
    return;
  made->parameter[0] = made->parameter[1];  // where the provider's own call has it
  if (!parse_event_place(made->parameter[0]))
    return made->refuse(errc::not_found);
  ask_registrar(
      made,
      actors::note_act{"webhook.redeliver", made->who->id, {{"delivery", made->parameter[0]}}},
      [made](const actors::registry_answer&) { handle_redeliver(made); });
}

}  // namespace glados::http
