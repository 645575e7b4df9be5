// /admin/v1/applications: enrolment, its five checks, the decision.
#include "crypto/digest.hpp"
#include "domain/text.hpp"
#include "http/admin_json.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {
namespace {

constexpr std::size_t scopes_max = 4;
constexpr std::size_t word_max = 32;  // names from our own lists
constexpr std::size_t secret_bytes = 32;
constexpr std::size_t client_id_bytes = 12;  // 16 characters

void answer_application(const call_ptr& made, const actors::registry_answer& got, int status) {
  if (got.applications.empty())
    return made->refuse(errc::internal);
  response reply;
  reply.status = status;
  reply.body = application_json(got.applications.front());
  if (made->route->name == "submit_application")
    reply.add_header("Location", "/admin/v1/applications/" + got.applications.front().id);
  made->answer(std::move(reply));
}

void approve(const call_ptr& made, const application& form) {
  auto& random = made->service.ports().random;
  auto secret = crypto::random_token(random, secret_bytes);
  auto client_id = form.provider_id + "-" + crypto::random_token(random, client_id_bytes);
  const auto hash = crypto::sha256(secret);
  ask_registrar(made, actors::approve_application{form.id, hash, client_id},
                [made, secret, client_id, provider = form.provider_id](const auto&) {
                  json_output out;
                  out.begin_object().member("provider_id", provider);
                  out.member("client_id", client_id).member("client_secret", secret).end_object();
                  response reply;
                  reply.status = 201;
                  reply.body = out.take();
                  reply.add_header("Location", "/admin/v1/providers/" + provider);
                  reply.add_header("Cache-Control", "no-store");
                  made->answer(std::move(reply));
                });
}

}  // namespace

void handle_submit_application(const call_ptr& made) {
  json_input in(made->body);
  application form;
  form.provider_id = in.text("provider_id", provider_id_max);
  form.name = in.text("name", provider_name_max);
  form.contact = in.text("contact", contact_max);
  form.website = in.text("website", website_max);
  form.apps = in.texts("apps", apps_max, name_max);
  form.scopes = in.texts("scopes", scopes_max, word_max);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  if (auto pointer = offending_member(form))
    return refuse_member(made, *pointer, "the value is not allowed here");
  ask_registrar(made, actors::submit_application{std::move(form)},
                [made](const auto& got) { answer_application(made, got, 201); });
}

void handle_list_applications(const call_ptr& made) {
  ask_registrar(made, actors::list_applications{query_value(made->query, "after").value_or("")},
                [made](const auto& got) {
                  made->answer_json(applications_json(got.applications, got.next));
                });
}

void handle_get_application(const call_ptr& made) {
  if (const auto id = application_in_path(made))
    ask_registrar(made, actors::get_application{*id},
                  [made](const auto& got) { answer_application(made, got, 200); });
}

void handle_record_check(const call_ptr& made) {
  const auto id = application_in_path(made);
  if (!id)
    return;
  json_input in(made->body);
  const auto which = parse_enrolment_check(in.text("check", word_max));
  if (!which)
    in.refuse("check", "not business, availability, messaging, reputation or spam");
  const auto result = parse_check_outcome(in.text("result", word_max));
  if (!result)
    in.refuse("result", "not pass or fail");
  check_record step;
  step.evidence = in.text("evidence", note_max);
  if (step.evidence.empty())
    in.refuse("evidence", "a check needs evidence");
  step.note = in.text("note", note_max);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  if (auto pointer = offending_member(step))
    return refuse_member(made, *pointer, "control characters");
  step.outcome = *result;
  ask_registrar(made, actors::record_check{*id, *which, std::move(step)},
                [made](const auto& got) { answer_application(made, got, 201); });
}

void handle_approve_application(const call_ptr& made) {
  const auto id = application_in_path(made);
  if (!id)
    return;
  // The client's id begins with the provider's, which only the application tells.
  ask_registrar(made, actors::get_application{*id}, [made](const auto& got) {
    if (got.applications.empty())
      return made->refuse(errc::internal);
    approve(made, got.applications.front());
  });
}

void handle_reject_application(const call_ptr& made) {
  const auto id = application_in_path(made);
  if (!id)
    return;
  json_input in(made->body);
  const std::string reason(in.text("reason", note_max));
  if (reason.empty() || !valid_note(reason))
    in.refuse("reason", "a rejection needs a reason in plain text");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_registrar(made, actors::reject_application{*id, reason},
                [made](const auto& got) { answer_application(made, got, 200); });
}

}  // namespace glados::http
