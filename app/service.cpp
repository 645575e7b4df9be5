#include "app/service.hpp"

#include <algorithm>
#include <atomic>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>
#include <stdexcept>
#include <thread>

#include "actors/backup_desk.hpp"
#include "actors/bulk_desk.hpp"
#include "actors/notice_desk.hpp"
#include "actors/session.hpp"
#include "actors/signal_desk.hpp"
#include "actors/system_config.hpp"
#include "app/admin_list.hpp"
#include "app/audit_seal.hpp"
#include "app/call_audit.hpp"
#include "app/cluster_page.hpp"
#include "app/code_delivery.hpp"
#include "app/console_files.hpp"
#include "app/data_folder.hpp"
#include "app/errands.hpp"
#include "app/name_vault.hpp"
#include "app/node_observer.hpp"
#include "app/redis_metrics.hpp"
#include "app/service_keys.hpp"
#include "app/service_settings.hpp"
#include "app/vault.hpp"
#include "app/webhook_delivery.hpp"
#include "cluster/caf_link.hpp"
#include "cluster/member.hpp"
#include "cluster/redis_clock.hpp"
#include "config/prices.hpp"
#include "crypto/random.hpp"
#include "domain/sii.hpp"
#include "http/api.hpp"
#include "http/openapi.hpp"
#include "http/server.hpp"
#include "storage/redis_stores.hpp"
#include "telemetry/log.hpp"

namespace glados::app {
namespace {

using std::chrono::seconds;

void refuse(const std::vector<config::fault>& faults) {
  std::string all;
  for (const auto& fault : faults) all += (all.empty() ? "" : "; ") + config::to_string(fault);
  if (!all.empty())
    throw std::runtime_error(all);
}

config::message_templates load_templates(const config::settings& values) {
  std::vector<config::fault> faults;
  auto out =
      config::message_templates::load(values.templates.directory, values.delivery.domain, faults);
  refuse(faults);
  return std::move(*out);
}

void load_admins(admin_list& into, const config::settings& values) {
  std::vector<config::fault> faults;
  auto rows = config::admin_certificates(values, faults);
  refuse(faults);
  into.replace(std::move(rows));
}

instant instant_of(std::chrono::system_clock::time_point at) {
  return {std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()).count()};
}

}  // namespace

struct service::parts {
  explicit parts(config::settings from);
  ~parts();

  void start();
  bool drain();
  bool prepared() const { return member->ready() && member->store_alive() && sessions.loaded(); }
  bool ready() const { return opened.load() && prepared(); }
  bool open(bool unprepared);
  http::api_ports make_ports();
  cluster::member_settings make_member();
  std::vector<http::sandbox_message> sandbox_messages(const std::string& sii) const;
  void add_metrics();

  // Everything that actors refer to comes before the actor system, so that it ends after it.
  config::settings values;
  data_folder folder;
  crypto::key_ring keys;
  telemetry::registry metrics;
  std::vector<config::fault> delivery_faults;
  code_delivery delivery;
  vault secrets;
  name_vault names;
  node_observer observer;
  cluster::redis_clock clock;
  actors::lease_guard lease;
  std::unique_ptr<storage::redis_stores> redis;
  actors::signal_desk findings;
  actors::node_context node;
  actors::session_directory sessions;
  actors::shard_directory shards;
  webhook_delivery webhooks;
  std::unique_ptr<cluster::caf_link> link;
  std::unique_ptr<cluster::member> member;
  std::unique_ptr<actors::session_hosts> hosts;
  std::unique_ptr<actors::notice_desk> desk;
  std::unique_ptr<errands> between;
  admin_list admins;
  call_register calls;
  cluster::node_config caf_config;
  std::unique_ptr<caf::actor_system> system;
  actors::bulk_desk_actor bulk;
  actors::backup_desk_actor backup;
  caf::actor call_writer;
  std::unique_ptr<http::api_ports> ports;
  std::unique_ptr<http::api> provider_api, admin_api;
  std::unique_ptr<http::server> provider_server, admin_server;
  std::atomic<bool> opened{false};
};

service::parts::parts(config::settings from)
    : values(std::move(from)),
      folder(values.node.data_dir),
      keys(load_keys(values)),
      delivery(values, keys, load_templates(values), delivery_faults),
      secrets(keys, crypto::system_random()),
      names(keys),
      observer(metrics, values.log.slow_request),
      redis(storage::open_redis(redis_of(values, delivery_faults), observer.redis())),
      node{redis->directory(),
           redis->membership(),
           redis->providers(),
           redis->registry(),
           redis->events(),
           clock,
           delivery,
           secrets,
           observer,
           limits_of(values),
           sessions_of(values),
           policy_of(values),
           values.node.id,
           new_incarnation_of(values.node.id)},
      webhooks(values, keys, sessions, clock),
      caf_config(values.actors.threads != 0 ? values.actors.threads : 2, link_of(values)) {
  if (auto prices = config::load_prices(values.usage.prices, delivery_faults))
    node.sessions.prices = std::move(*prices);
  refuse(delivery_faults);
  load_admins(admins, values);
  prepare_sii();
  system = std::make_unique<caf::actor_system>(caf_config);
  hosts = std::make_unique<actors::session_hosts>(*system, node, sessions);
  desk = std::make_unique<actors::notice_desk>(*system, node, sessions, &shards);
  node.bell = desk.get();
  node.poster = &webhooks;
  node.abuse = abuse_of(values);
  node.findings = &findings;
  node.lease = &lease;
  node.names = &names;
  node.naming = &redis->names();
  node.owned_epoch = [this](shard_id shard) {
    return lease.holds() ? shards.table()->own_epoch(shard) : 0;
  };
  if (!values.cluster.address.empty())
    link = std::make_unique<cluster::caf_link>(*system, link_of(values));
  member = std::make_unique<cluster::member>(*system, node, clock, lease, shards, make_member());
  between = std::make_unique<errands>(node, sessions);
}

service::parts::~parts() {
  provider_server.reset();
  admin_server.reset();
  provider_api.reset();
  admin_api.reset();
  ports.reset();
  findings.end();
  call_writer = caf::actor();
  between->stop();
  if (bulk)
    caf::anon_send(bulk, actors::stop{});
  bulk = actors::bulk_desk_actor{};
  hosts->stop_all();
  desk->stop_all();
  webhooks.stop();
  member->stop();
  if (backup)  // after all who log
    caf::anon_send(backup, actors::stop{});
  backup = actors::backup_desk_actor{};
  system.reset();  // waits for the last actor
}

cluster::member_settings service::parts::make_member() {
  auto out = member_of(values);
  out.folder = folder.name();
  out.identity.placement_check = keys.index_checks().front();
  out.link = link.get();
  out.watch = &redis->shards();
  if (delivery.outbox() != nullptr)
    out.outbox = [this](const std::string& sii) {
      std::vector<actors::sandbox_note> notes;
      for (auto& one : sandbox_messages(sii))
        notes.push_back({one.sii, one.provider_id, one.channel, one.text, one.code, one.at});
      return notes;
    };
  return out;
}

http::api_ports service::parts::make_ports() {
  http::api_ports out{*system, keys, crypto::system_random(), sessions, shards, clock, metrics};
  out.settings.version = GLADOS_VERSION;
  out.settings.node_id = values.node.id;
  out.settings.token_lifetime = std::chrono::duration_cast<seconds>(values.tokens.lifetime);
  out.settings.verification_lifetime =
      std::chrono::duration_cast<seconds>(values.verification.lifetime);
  out.settings.sessions_per_provider = values.verification.sessions_per_sii_provider;
  out.settings.sessions_per_sii = values.verification.sessions_per_sii;
  out.settings.prices = node.sessions.prices;
  crypto::system_random().fill(out.settings.features.bytes);
  out.settings.common_mail_domains = values.signals.common_mail_domains;
  out.settings.max_in_flight = values.http.max_in_flight;
  out.settings.lookups_together = values.cluster.batch;
  out.settings.two_person = values.admin.two_person;
  out.settings.rules = node.abuse.rules;
  out.settings.max_body = values.http.max_body;
  out.settings.bulk = bulk_of(values);
  out.registrar = between->registrar();
  out.session_of = [this](const std::string& id) { return hosts->of(id); };
  out.admin_of = [this](const bytes32& thumbprint) { return admins.find(thumbprint); };
  out.calls = &calls;
  out.ready = [this] { return ready(); };
  if (delivery.outbox() != nullptr)
    out.sandbox_outbox = [this](const std::string& sii) { return sandbox_messages(sii); };
  out.cluster_json = [this] { return cluster_page(*member->seen(), ready(), *redis); };
  out.shards_json = [this] { return shards_page(*member->seen()); };
  out.console = console_files();
  out.lease = &lease;
  out.settings.slow_request = std::chrono::ceil<std::chrono::milliseconds>(values.log.slow_request);
  // Waited for at most twice: in all, the time to notice that a connection is dead.
  out.settings.move_patience = std::min(values.cluster.silence, config::duration(1'000)) / 2;
  out.member = member->agent();
  out.openapi_json = http::openapi_json();
  out.settings.webhook_guard = address_guard::allowing(values.webhook.allow_networks);
  out.feed_of = [this](const std::string& id) { return desk->feed_of(id); };
  out.courier_of = [this](const std::string& id) { return desk->courier_of(id); };
  out.bulk = bulk;
  return out;
}

std::vector<http::sandbox_message> service::parts::sandbox_messages(const std::string& sii) const {
  std::vector<http::sandbox_message> out;
  for (const auto& kept : delivery.outbox()->find(sii))
    out.push_back({kept.sii, kept.provider_id, std::string(to_string(kept.ch)), kept.text,
                   kept.code, instant_of(kept.at)});
  return out;
}

void service::parts::add_metrics() {
  const auto read = [this](std::string_view name, std::string_view help, std::string_view side,
                           http::server& of, std::uint64_t http::server_counters::*member_of) {
    metrics.add_gauge_reader(name, help, {{"listener", side}}, [&of, member_of] {
      return static_cast<double>(of.counters().*member_of);
    });
  };
  using counters = http::server_counters;
  for (auto* of : {provider_server.get(), admin_server.get()}) {
    const std::string_view side = of == admin_server.get() ? "admin" : "provider";
    read("glados_connections", "Open connections", side, *of, &counters::connections);
    read("glados_tls_handshakes_ok", "Finished handshakes", side, *of, &counters::handshakes_ok);
    read("glados_tls_handshakes_resumed", "Of these, resumed sessions", side, *of,
         &counters::handshakes_resumed);
    read("glados_tls_handshakes_failed", "Failed handshakes", side, *of,
         &counters::handshakes_failed);
    read("glados_tls_handshakes_timed_out", "Handshakes given up at their deadline", side, *of,
         &counters::handshakes_timed_out);
    read("glados_http_framing_refused", "Requests refused before they were parsed", side, *of,
         &counters::refused);
    read("glados_http_in_flight", "Requests not answered yet", side, *of,
         &counters::requests_in_flight);
    read("glados_connections_dropped_slow", "Closed by a deadline", side, *of,
         &counters::dropped_slow);
  }
  metrics.add_gauge_reader("glados_redis_queue", "Commands without an answer yet", {},
                           [this] { return static_cast<double>(redis->queued()); });
  describe_redis(metrics, *redis);
  add_cluster_metrics(metrics, *member, lease);
  metrics.add_gauge_reader("glados_ready", "1 while the node is ready", {},
                           [this] { return ready() ? 1.0 : 0.0; });
}

void service::parts::start() {
  between->start(*system, shards);
  findings.begin(between->registrar());
  spawn_audit_seal(*system, node, keys, between->registrar());
  call_writer = spawn_call_audit(*system, calls, between->registrar(), values.node.id,
                                 values.admin.calls_audited_every);
  bulk = actors::spawn_bulk_desk(*system, node, redis->bulk());
  backup = actors::spawn_backup_desk(*system, node, redis->backup());
  member->start();
  const auto make = [this](bool admin, std::unique_ptr<http::api>& api) {
    auto options = options_of(values, admin);
    options.permit_body = [&api](const http::request& head, const http::exchange& here) {
      return api->permit_body(head, here);
    };
    return std::make_unique<http::server>(
        std::move(options), files_of(values, admin),
        [&api](http::exchange to, const http::request& from) { (*api)(to, from); },
        admin ? http::pinned_lookup{}
              : [this](const http::thumbprint& of) { return sessions.pinned(of); });
  };
  provider_server = make(false, provider_api);
  admin_server = make(true, admin_api);
  ports = std::make_unique<http::api_ports>(make_ports());
  provider_api = std::make_unique<http::api>(*ports, http::provider_routes(), false);
  admin_api = std::make_unique<http::api>(*ports, http::admin_routes(), true);
  for (std::size_t i = 0; i < provider_server->workers(); ++i)
    provider_api->add_bridge(provider_server->worker_at(i));
  for (std::size_t i = 0; i < admin_server->workers(); ++i)
    admin_api->add_bridge(admin_server->worker_at(i));
  add_metrics();
  admin_server->start();
}

bool service::parts::open(bool unprepared) {
  if (!unprepared && !prepared())
    return false;
  provider_server->start();
  ports->settings.base_url = values.http.public_url;
  if (values.http.public_url.empty())
    ports->settings.base_url =
        "https://" + values.http.provider_address + ":" + std::to_string(provider_server->port());
  return opened = true;
}

bool service::parts::drain() {
  constexpr std::chrono::milliseconds end_poll{10};
  using clock_type = std::chrono::steady_clock;
  const auto until = clock_type::now() + values.http.drain_timeout;
  opened = false;
  // First the shards, while everything is still answered here; then the callers.
  member->hand_over();
  const auto half = clock_type::now() + values.http.drain_timeout / 2;
  while (!member->handed_over() && clock_type::now() < half)
    std::this_thread::sleep_for(end_poll);  // tidy: a sleep, because only main waits here
  desk->release_waiting();
  const auto left = [&] {
    const auto span = std::chrono::ceil<std::chrono::milliseconds>(until - clock_type::now());
    return std::max(span, std::chrono::milliseconds(100));
  };
  bool clean = provider_server->drain(left());
  clean = admin_server->drain(left()) && clean;
  write_calls(*system, call_writer, std::min(left(), std::chrono::milliseconds(1'000)));
  desk->stop_all();
  delivery.stop();
  webhooks.stop();
  member->stop();
  while (!member->ended() && clock_type::now() < until)
    std::this_thread::sleep_for(end_poll);  // tidy: a sleep, because only main waits here
  return clean && member->ended();
}

service::service(config::settings values) : parts_(std::make_unique<parts>(std::move(values))) {}
service::~service() = default;

void service::start() { parts_->start(); }
bool service::open(bool unprepared) { return parts_->open(unprepared); }
bool service::ready() const { return parts_->ready(); }
bool service::drain() { return parts_->drain(); }

std::string service::fatal() const {
  if (parts_->member->failed() != errc::none)
    return parts_->member->failure();
  return parts_->between->failed() ? "an actor kept ending; see the log" : std::string();
}

void service::reload(const config::settings& fresh) {
  auto& p = *parts_;
  take_index_keys(p.keys, fresh);
  try {
    load_admins(p.admins, fresh);
  } catch (const std::exception&) {
    telemetry::log_event(telemetry::level::error, "admins.refused");
  }
  for (auto* of : {p.provider_server.get(), p.admin_server.get()}) {
    const bool admin = of == p.admin_server.get();
    const bool taken = of->reload(files_of(fresh, admin));
    telemetry::log_event(taken ? telemetry::level::info : telemetry::level::error,
                         taken ? "tls.reloaded" : "tls.refused",
                         {telemetry::field("listener", admin ? "admin" : "provider")});
  }
}

}  // namespace glados::app
