#include "http/api.hpp"

#include <algorithm>
#include <array>
#include <caf/send.hpp>

#include "actors/fetch_ahead.hpp"
#include "http/request_id.hpp"
#include "http/route_metrics.hpp"
#include "http/trace.hpp"

namespace glados::http {
namespace {

/// How often a call looks whether a shard has its new owner.
constexpr std::chrono::milliseconds move_look{5};

}  // namespace

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
  trace = joined_trace(from.header("traceparent"), service.ports().random);
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
  header_lines += reply.header_lines;
  header_lines.append("X-Request-Id: ").append(request_id).append("\r\n");
  reply.header_lines = std::move(header_lines);
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

void call::fetch_owner(shard_id shard) const {
  if (const auto& owner = here().shards.get()->owners[shard])
    actors::fetch_actor(owner, actors::shard_reach);
}

caf::strong_actor_ptr call::find_owner(actors::route& via) const {
  const auto* table = here().shards.get();
  via.view = table->view;
  via.epoch = table->epochs[via.shard];
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
  auto again = [self = shared_from_this(), shard, asked, until, then = std::move(then)]() mutable {
    self->look_for_owner(shard, asked, until, std::move(then));
  };
  worker::current()->after(move_look, std::move(again));
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
  at.add_sink(states_[at.index()]->tally);  // behind the bridge, whose answers it counts
}

std::int64_t api::in_flight() const {
  std::int64_t sum = 0;
  for (const auto& one : states_)
    if (one)
      sum += one->in_flight.load(std::memory_order_relaxed);
  return sum;
}

void api::operator()(exchange to, const request& from) {
  auto made = std::make_shared<call>(*this, *bridges_[to.home()->index()], to, from);
  if (in_flight() > static_cast<std::int64_t>(ports_.settings.max_in_flight)) {
    metrics_->requests_refused.add();
    made->refuse(errc::overloaded);
  } else {
    dispatch(made, from);
  }
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
  if (made->route->scope != "lookup" && !made->trace.present())
    made->trace = new_trace(ports_.random);
  if (admin_)
    authorise_admin(made, from);
  else
    authorise_provider(made, from);
}

}  // namespace glados::http
