// Who calls, and whether it may: certificate, token, scope and standing of a provider; certificate
// and role of an operator. What the answer does not depend on is refused first.
#include <algorithm>

#include "crypto/digest.hpp"
#include "domain/enrolment.hpp"
#include "http/api.hpp"
#include "http/browser_guard.hpp"
#include "http/caller.hpp"
#include "http/lookup_budget.hpp"

namespace glados::http {
namespace {

constexpr std::size_t token_max = 128;
constexpr std::size_t idempotency_key_max = 64;

bool media_type_is(std::string_view header, std::string_view wanted) {
  const auto end = header.find(';');
  auto type = header.substr(0, end);
  while (!type.empty() && (type.back() == ' ' || type.back() == '\t')) type.remove_suffix(1);
  if (!same_name(type, wanted))
    return false;
  if (end == std::string_view::npos)
    return true;
  auto rest = header.substr(end + 1);
  while (!rest.empty() && rest.front() == ' ') rest.remove_prefix(1);
  return same_name(rest, "charset=utf-8") || same_name(rest, "charset=\"utf-8\"");
}

bool valid_key(std::string_view key) {
  return !key.empty() && key.size() <= idempotency_key_max &&
         std::all_of(key.begin(), key.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

}  // namespace

std::string_view bearer_token(std::string_view header) {
  if (header.size() < 8 || !same_name(header.substr(0, 7), "Bearer "))
    return {};
  header.remove_prefix(7);
  return header.size() <= token_max ? header : std::string_view{};
}

namespace {

/// Every answer to a lookup shows the budget (api.md section 4), so far as it is known whose it is:
/// also those that are given before its handler runs.
void refuse_early(call& of, errc code, problem_details more = {}) {
  if (of.session && of.route->scope == "lookup")
    show_lookup_budget(of);
  of.refuse(code, more);
}

/// Checks what every handler relies on: media type, Idempotency-Key; then runs the handler.
void run(const call_ptr& made) {
  if (made->route->idempotent && !valid_key(made->idempotency_key))
    return made->refuse(errc::idempotency_key_missing);
  made->route->handle(made);
}

/// Copies what the handler needs beyond the read buffer; refuses a body of the wrong kind.
bool take_body(call& made, const request& from) {
  const auto rule = made.route->body;
  const auto type = from.header("Content-Type");
  if (rule == body_rule::none && from.body.empty())
    return true;
  if (rule == body_rule::none && made.method != "POST") {
    made.refuse(errc::malformed_request, {.detail = "this call takes no body"});
    return false;
  }
  const auto wanted = rule == body_rule::form     ? "application/x-www-form-urlencoded"
                      : rule == body_rule::ndjson ? "application/x-ndjson"
                                                  : "application/json";
  const bool may_be_absent = rule == body_rule::none || rule == body_rule::optional_json;
  if (!(may_be_absent && from.body.empty()) && !media_type_is(type, wanted)) {
    refuse_early(made, errc::unsupported_media_type);
    return false;
  }
  made.body = from.body;
  if (rule == body_rule::none) {  // a POST without members takes no body or {}
    auto in = json_input::or_empty(made.body);
    if (auto fault = in.finish()) {
      made.answer(problem(*fault));
      return false;
    }
  }
  return true;
}

void admit(const call_ptr& made) {
  if (made->who->state != provider_state::active)
    return refuse_early(*made, errc::provider_suspended);
  if (made->route->maps && !may_map(made->who->standing.level))
    return made->refuse(errc::provider_suspended, {.detail = "no new mappings: see docs/abuse.md"});
  run(made);
}

/// What the token lets its bearer do.
void proceed(const call_ptr& made, const storage::access_token& found) {
  const auto needed = made->route->scope;
  if (needed == "any" || made->who->state != provider_state::active)
    return admit(made);
  const auto& has = found.scopes;
  if (std::find(has.begin(), has.end(), needed) == has.end())
    return refuse_early(*made, errc::insufficient_scope, {.required_scope = needed});
  if (has_scope(*made->who, needed))
    return admit(made);
  // A token with this scope was given out where the provider had it: granted a moment ago, or taken
  // away since.
  after_news(made, [needed](const call_ptr& of) {
    of->who = of->session->facts();
    if (!has_scope(*of->who, needed))
      return refuse_early(*of, errc::insufficient_scope, {.required_scope = needed});
    admit(of);
  });
}

/// Of a token that this node does not remember.
void find_token(const call_ptr& made) {
  made->ask<actors::token_answer>(
      made->session_actor(), actors::find_token{made->token_hash},
      [made](const actors::token_answer& got) {
        if (got.code == errc::not_found ||
            (got.code == errc::none &&
             (got.token.thumbprint != made->certificate || got.token.expires_at <= made->now())))
          return refuse_early(*made, errc::unauthorized);
        if (got.code != errc::none)
          return refuse_early(*made, got.code);
        proceed(made, got.token);
      });
}

}  // namespace

void after_news(const call_ptr& made, std::function<void(const call_ptr&)> then) {
  made->ask<actors::registry_answer>(
      made->service.ports().registrar, actors::registry_call{{}, actors::catch_up{}},
      [made, then = std::move(then)](const actors::registry_answer& got) {
        if (got.code != errc::none)
          return made->refuse(got.code);
        then(made);
      });
}

void api::authorise_admin(const call_ptr& made, const request& from) {
  const auto known = ports_.admin_of(made->certificate);
  if (!known)
    return made->refuse(errc::unauthorized);
  made->admin = *known;
  if (from_another_site(from) && !(made->route->page && is_navigation(from)))
    return made->refuse(errc::insufficient_scope, {.detail = "the call comes from another site"});
  if (!may(made->admin.role, made->route->role))
    return made->refuse(errc::insufficient_scope,
                        {.required_scope = to_string(role_for(made->route->role))});
  if (!take_body(*made, from))
    return;
  made->idempotency_key = from.header("Idempotency-Key");
  made->if_none_match = from.header("If-None-Match");
  run(made);
}

void api::authorise_provider(const call_ptr& made, const request& from) {
  // Nothing that this node remembers counts without a lease: tokens, certificates, mappings.
  if (ports_.lease != nullptr && !ports_.lease->holds())
    return made->refuse(errc::storage_unavailable);
  made->idempotency_key = from.header("Idempotency-Key");
  made->if_match = from.header("If-Match");
  const auto caller = caller_of(*from.client, ports_.sessions, made->arrived);
  if (caller) {  // both count as references to `caller`, which is this connection's alone
    made->session = {caller, caller->session.get()};
    made->who = {caller, caller->who.get()};
  }
  const auto scope = made->route->scope;
  if (scope.empty()) {
    made->authorization = from.header("Authorization");
    return take_body(*made, from) ? run(made) : void();
  }
  const auto shown = bearer_token(from.header("Authorization"));
  if (shown.empty())
    return refuse_early(*made, errc::unauthorized);
  made->token_hash = crypto::sha256(shown);
  if (!take_body(*made, from))
    return;
  if (caller) {
    if (const auto* token = live_token(*from.client, *caller, made->token_hash, made->arrived))
      return proceed(made, *token);
    return find_token(made);
  }
  after_news(made, [](const call_ptr& of) {
    of->session = of->service.ports().sessions.by_certificate(of->certificate);
    of->who = of->session ? of->session->facts() : nullptr;
    if (!of->who || !certificate_valid(*of->who, of->certificate, of->now())) {
      of->session = nullptr;
      return of->refuse(errc::unauthorized);
    }
    find_token(of);
  });
}

}  // namespace glados::http
