// What operators read of one provider beyond its record: what it may still do and has used, its
// webhook, what was posted there. The same answers that the provider itself gets.
#include "http/handle_admin.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

/// Runs a provider's own call for the provider of the path.
void on_behalf(const call_ptr& made, void (*handle)(const call_ptr&)) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  made->session = made->service.ports().sessions.by_id(*id);
  if (!made->session)
    return made->refuse(errc::not_found);
  made->who = made->session->facts();
  handle(made);
}

}  // namespace

void handle_provider_quota(const call_ptr& made) { on_behalf(made, handle_quota); }

void handle_provider_usage(const call_ptr& made) { on_behalf(made, handle_usage); }

void handle_provider_webhook(const call_ptr& made) { on_behalf(made, handle_get_webhook); }

void handle_provider_deliveries(const call_ptr& made) { on_behalf(made, handle_list_deliveries); }

}  // namespace glados::http
