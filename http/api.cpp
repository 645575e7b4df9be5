#include "http/api.hpp"

#include <algorithm>
#include <array>
#include <caf/send.hpp>

#include "actors/fetch_ahead.hpp"
#include "crypto/digest.hpp"
#include "http/browser_guard.hpp"
#include "http/caller.hpp"
#include "http/lookup_budget.hpp"
#include "http/request_id.hpp"
#include "telemetry/log.hpp"

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

/// How often a call looks whether a shard has its new owner.
constexpr std::chrono::milliseconds move_look{5};

constexpr std::array<std::string_view, 5> status_classes{"1xx", "2xx", "3xx", "4xx", "5xx"};

}  // namespace

std::string_view bearer_token(std::string_view header) {
  if (header.size() < 8 || !same_name(header.substr(0, 7), "Bearer "))
    return {};
  header.remove_prefix(7);
  return header.size() <= token_max ? header : std::string_view{};
}

std::string user_aad(const sii_key& key, std::string_view provider_id) {
  std::string out;
  out.reserve(key.value.size() + provider_id.size());
  out.append(reinterpret_cast<const char*>(key.value.data()), key.value.size());
  out += provider_id;
  return out;
}

std::optional<std::string> open_user(const crypto::key_ring& keys, shard_id shard, sii_key key,
                                     std::string_view provider_id, std::string_view sealed) {
  for (;;) {
    if (auto user = keys.shard_sealer(shard, key.layers).open(sealed, user_aad(key, provider_id)))
      return user;
    if (key.layers >= keys.newest_index())
      return {};
    const auto next = static_cast<std::uint8_t>(key.layers + 1);
    key = {keys.advance(key.value, key.layers, next), next};
  }
}

// --- metrics -----------------------------------------------------------------------------------

struct api::route_metrics {
  struct of_route {
    std::array<telemetry::counter*, 5> by_class{};
    telemetry::histogram* took = nullptr;
  };

  route_metrics(telemetry::registry& in, const std::vector<route_row>& rows, std::string_view side)
      : requests_refused(in.add_counter("glados_http_overloaded_total",
                                        "Requests refused because too many were in flight",
                                        {{"listener", side}})) {
    for (const auto& row : rows) routes.push_back(make(in, row.name, side));
    other = make(in, "none", side);
  }

  static of_route make(telemetry::registry& in, std::string_view name, std::string_view side) {
    of_route out;
    for (std::size_t i = 0; i < status_classes.size(); ++i)
      out.by_class[i] =
          &in.add_counter("glados_http_requests_total", "Requests answered",
                          {{"listener", side}, {"route", name}, {"status", status_classes[i]}});
    out.took = &in.add_histogram("glados_http_request_seconds", "From whole request to answer",
                                 {{"listener", side}, {"route", name}});
    return out;
  }

  std::vector<of_route> routes;
  of_route other;
  telemetry::counter& requests_refused;
};

// --- call --------------------------------------------------------------------------------------

call::call(api& owner, bridge& of, exchange at, const request& from)
    : service(owner),
      actors(of),
      to(at),
      method(from.method),
      path(from.path),
      began(at.home()->now()),
      arrived(owner.ports().clock.now()) {
  if (from.client != nullptr) {
    certificate = from.client->certificate;
    permit = std::move(from.client->permit);
  }
  request_id = request_id_for(from.header("X-Request-Id"), service.ports().random);
  here().in_flight.fetch_add(1, std::memory_order_relaxed);
}

call::~call() {
  here().in_flight.fetch_sub(1, std::memory_order_relaxed);
  if (!answered_)  // a handler lost its way: the caller still gets exactly one answer
    refuse(errc::internal);
}

worker_state& call::here() const { return *service.states_[to.home()->index()]; }

instant call::now() const { return service.ports().clock.now(); }

std::chrono::milliseconds call::default_left() const {
  return service.ports().settings.actor_deadline;
}

void call::answer(response&& reply) {
  if (answered_)
    return;
  answered_ = true;
  constexpr std::size_t id_line = 20;  // bytes beside the id
  reply.header_lines.reserve(reply.header_lines.size() + header_lines.size() + request_id.size() +
                             id_line);
  reply.add_header("X-Request-Id", request_id);
  reply.header_lines += header_lines;
  const auto status = reply.status;
  service.finish(*this, status);
  to.answer(std::move(reply));
}

void call::answer_json(std::string json, int status) {
  response reply;
  reply.status = status;
  reply.body = std::move(json);
  answer(std::move(reply));
}

// --- shards ------------------------------------------------------------------------------------

caf::strong_actor_ptr call::find_owner(actors::route& via) const {
  const auto* table = here().shards.get();
  via.view = table->view;
  via.epoch = table->epochs[via.shard];
  actors::fetch_ahead(table->owners[via.shard], actors::shard_reach);
  return table->whom(via.shard);
}

std::chrono::milliseconds call::left_until(time_point until) {
  return std::max(std::chrono::milliseconds(1), std::chrono::ceil<std::chrono::milliseconds>(
                                                    until - std::chrono::steady_clock::now()));
}

void call::when_moved(shard_id shard, const void* asked, time_point until,
                      std::function<void()> then) {
  if (const auto& member = service.ports().member)
    caf::anon_send(member, actors::shard_missed{shard});
  const auto patience = service.ports().settings.move_patience;
  look_for_owner(shard, asked, std::min(until, std::chrono::steady_clock::now() + patience),
                 std::move(then));
}

void call::look_for_owner(shard_id shard, const void* asked, time_point until,
                          std::function<void()> then) {
  const auto now_asked = service.ports().shards.table()->whom(shard);
  if ((now_asked && now_asked.get() != asked) || std::chrono::steady_clock::now() >= until)
    return then();
  actors.after(move_look, [self = shared_from_this(), shard, asked, until, then = std::move(then)] {
    self->look_for_owner(shard, asked, until, then);
  });
}

actors::session_actor call::session_actor() const { return service.ports().session_of(who->id); }

// --- api ---------------------------------------------------------------------------------------

api::api(api_ports& ports, std::span<const route_row> rows, bool admin_listener)
    : ports_(ports),
      admin_(admin_listener),
      rows_(rows.begin(), rows.end()),
      lines_(ports.system, ports.settings.lookups_together) {
  for (std::size_t i = 0; i < rows_.size(); ++i)
    table_.add(rows_[i].method, rows_[i].pattern, static_cast<int>(i));
  metrics_ =
      std::make_unique<route_metrics>(ports.metrics, rows_, admin_listener ? "admin" : "provider");
  if (!admin_listener)
    conversion_.emplace(ports.metrics);
}

// The bridges first: a call that still waited in one ends now, and tells the metrics.
api::~api() { bridges_.clear(); }

void api::add_bridge(worker& at) {
  if (bridges_.size() <= at.index())
    bridges_.resize(at.index() + 1);
  bridges_[at.index()] = std::make_unique<bridge>(
      at, ports_.system, ports_.settings.lookups_together > 1 ? &lines_ : nullptr);
  states_.resize(bridges_.size());
  states_[at.index()] = std::make_unique<worker_state>(ports_.shards, ports_.sessions);
}

std::int64_t api::in_flight() const {
  std::int64_t sum = 0;
  for (const auto& one : states_)
    if (one)
      sum += one->in_flight.load(std::memory_order_relaxed);
  return sum;
}

void api::finish(const call& done, int status) {
  const auto took = std::chrono::steady_clock::now() - done.began;
  const auto& of = done.route == nullptr
                       ? metrics_->other
                       : metrics_->routes[static_cast<std::size_t>(done.route - rows_.data())];
  of.by_class[static_cast<std::size_t>(std::clamp(status / 100, 1, 5) - 1)]->add();
  of.took->observe(took);
  if (status >= 500)
    telemetry::log_event(status == 500 ? telemetry::level::error : telemetry::level::warn,
                         "http.failed",
                         {telemetry::field("route", done.route ? done.route->name : "none"),
                          telemetry::field("status", status)});
}

void api::operator()(exchange to, const request& from) {
  auto& actors = *bridges_[to.home()->index()];
  {
    auto made = std::make_shared<call>(*this, actors, to, from);
    if (in_flight() > static_cast<std::int64_t>(ports_.settings.max_in_flight)) {
      metrics_->requests_refused.add();
      made->refuse(errc::overloaded);
    } else {
      dispatch(made, from);
    }
  }
  actors.settle();
}

void api::dispatch(const call_ptr& made, const request& from) {
  const auto found = table_.find(from.method, from.path);
  if (found.handler < 0) {
    if (!found.path_known)
      return made->refuse(errc::not_found);
    auto reply = problem(errc::method_not_allowed);
    reply.add_header("Allow", found.allow);
    return made->answer(std::move(reply));
  }
  made->route = &rows_[static_cast<std::size_t>(found.handler)];
  for (std::size_t i = 0; i < found.parameters; ++i) made->parameter[i] = found.parameter[i];
  made->query = from.query;
  if (admin_)
    authorise_admin(made, from);
  else
    authorise_provider(made, from);
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

}  // namespace

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
  if (!made->session || shown.empty())
    return refuse_early(*made, errc::unauthorized);
  made->token_hash = crypto::sha256(shown);
  if (!take_body(*made, from))
    return;

  auto proceed = [](const call_ptr& of, const storage::access_token& token_found) {
    const auto needed = of->route->scope;
    if (of->who->state != provider_state::active)
      return refuse_early(*of, errc::provider_suspended);
    const auto& has = token_found.scopes;
    if (needed != "any" &&
        (std::find(has.begin(), has.end(), needed) == has.end() || !has_scope(*of->who, needed)))
      return refuse_early(*of, errc::insufficient_scope, {.required_scope = needed});
    if (of->route->maps && !may_map(of->who->standing.level))
      return of->refuse(errc::provider_suspended, {.detail = "no new mappings: see docs/abuse.md"});
    run(of);
  };
  if (const auto* token = live_token(*from.client, *caller, made->token_hash, made->arrived))
    return proceed(made, *token);
  made->ask<actors::token_answer>(
      made->session_actor(), actors::find_token{made->token_hash},
      [made, proceed](const actors::token_answer& got) {
        if (got.code == errc::not_found ||
            (got.code == errc::none &&
             (got.token.thumbprint != made->certificate || got.token.expires_at <= made->now())))
          return refuse_early(*made, errc::unauthorized);
        if (got.code != errc::none)
          return refuse_early(*made, got.code);
        proceed(made, got.token);
      });
}

}  // namespace glados::http
