#include "app/service_settings.hpp"

#include <algorithm>
#include <cmath>
#include <thread>

#include "crypto/private_file.hpp"
#include "crypto/random.hpp"
#include "http/problem.hpp"

namespace glados::app {

using std::chrono::seconds;

namespace {

std::uint32_t percent_of(double share) {
  return static_cast<std::uint32_t>(std::lround(share * 100));
}

}  // namespace

storage::redis_options redis_of(const config::settings& values,
                                std::vector<config::fault>& faults) {
  storage::redis_options out;
  out.seeds = values.redis.seeds;
  out.unix_socket = values.redis.socket;
  out.host = values.redis.host;
  out.port = values.redis.port;
  out.user = values.redis.username;
  out.password = values.redis.password;
  if (!values.redis.password_file.empty()) {
    std::string why;
    const auto content = crypto::read_private_file(values.redis.password_file, why);
    if (content)
      out.password = content->substr(0, content->find('\n'));
    else
      faults.push_back({"", "redis.password_file", why});
  }
  out.command_timeout = values.redis.command_timeout;
  out.topology_interval = values.redis.topology_interval;
  out.queue_limit = values.redis.queue_limit;
  out.node_queue_limit = values.redis.node_queue_limit;
  out.replicated = values.storage.durability == "replicated";
  out.replica_wait = values.storage.replica_wait;
  return out;
}

cluster::link_options link_of(const config::settings& values) {
  const auto& from = values.cluster;
  return {from.address, from.port,      from.advertise, from.certificate,
          from.key,     from.authority, from.heartbeat, from.silence};
}

std::string new_incarnation_of(const std::string& node_id) {
  return node_id + "." + crypto::random_token(crypto::system_random(), 9);
}

cluster::member_settings member_of(const config::settings& values) {
  const auto& from = values.cluster;
  cluster::member_settings out;
  out.new_incarnation = [id = values.node.id] { return new_incarnation_of(id); };
  out.terms = {from.lease, from.margin};
  out.renewal = from.renewal;
  out.moves_at_once = from.moves;
  out.renamed_at_once = from.renamed;
  return out;
}

verification_policy policy_of(const config::settings& values) {
  const auto& from = values.verification;
  verification_policy out;
  out.lifetime = from.lifetime;
  out.max_checks = static_cast<std::uint8_t>(from.max_checks);
  out.max_sends = static_cast<std::uint8_t>(from.max_sends);
  std::copy_n(from.check_waits.begin(), std::min(from.check_waits.size(), out.check_waits.size()),
              out.check_waits.begin());
  std::copy_n(from.send_waits.begin(), std::min(from.send_waits.size(), out.send_waits.size()),
              out.send_waits.begin());
  out.wait_scale = from.wait_scale;
  out.decision_window = from.decision_window;
  out.refresh_after = from.refresh_after;
  return out;
}

/// A live mapping actor with its record and slot takes 1,615 bytes (docs/capacity.md). The rest is
/// for what comes and goes with them, so that a node stays under its cap.
constexpr std::uint64_t bytes_per_entity = 1750;

actors::actor_limits limits_of(const config::settings& values) {
  const auto& from = values.actors;
  actors::actor_limits out;
  out.max_entities = std::min<std::uint64_t>(
      from.max_entities, std::max<std::uint64_t>(1024, from.memory_cap / bytes_per_entity));
  out.idle_after = std::chrono::duration_cast<seconds>(from.idle_after);
  out.miss_cache = from.miss_cache;
  out.delivery_wait = values.delivery.wait;
  out.sweep_rate = values.sweep.records_per_second;
  out.sweep_interval = std::chrono::ceil<seconds>(values.sweep.interval);
  return out;
}

actors::session_limits sessions_of(const config::settings& values) {
  const auto& from = values.verification;
  actors::session_limits out;
  out.tokens_per_client = values.tokens.per_client;
  out.sends_base = from.sends_base;
  out.region_base = from.country_base;
  out.breaker_min = from.breaker_min_codes;
  out.breaker_percent = percent_of(from.breaker_conversion);
  out.guesses_per_day = from.guesses_per_day;
  out.quota_base = values.quota.base;
  out.quota_per_user = values.quota.per_user;
  out.credential_settle = std::chrono::duration_cast<seconds>(values.credentials.settle);
  out.two_person = values.admin.two_person;
  out.exempt = values.sandbox.exempt_providers;
  out.signals = signals_of(values);
  return out;
}

signal_rules signals_of(const config::settings& values) {
  const auto& from = values.signals;
  signal_rules out;
  out.window = from.window;
  out.least_lookups = from.min_lookups;
  out.least_registrations = from.min_registrations;
  out.least_codes = from.min_codes;
  out.improbable = percent_of(from.improbable);
  out.sequential = percent_of(from.sequential);
  out.misses = percent_of(from.misses);
  out.overlap = percent_of(from.overlap);
  out.one_domain = percent_of(from.one_domain);
  out.unconfirmed = percent_of(from.unconfirmed);
  out.throttle_after = from.throttle_after;
  out.quota_percent = percent_of(from.throttle_quota);
  out.sends_percent = percent_of(from.throttle_sends);
  out.throttle_for = from.throttle_for;
  out.kept = from.kept;
  return out;
}

http::bulk_limits bulk_of(const config::settings& values) {
  const auto& from = values.bulk;
  return {from.part, from.line, from.lines, from.open_jobs, from.parts_in_flight, from.rows};
}

actors::abuse_limits abuse_of(const config::settings& values) {
  const auto& from = values.abuse;
  actors::abuse_limits out;
  out.rules.steps = {from.warned, from.quota_half, from.quota_tenth, from.no_new_mappings,
                     from.suspended};
  out.rules.per_reporter = from.strikes_per_reporter;
  out.rules.half_life = std::chrono::duration_cast<std::chrono::hours>(from.half_life);
  out.reports_kept = from.reports_kept;
  return out;
}

http::tls_files files_of(const config::settings& values, bool admin) {
  const auto& from = admin ? values.tls.admin : values.tls.provider;
  return {from.certificate, from.key, from.client_ca, from.crl, values.tls.min_version == "1.3"};
}

http::server_options options_of(const config::settings& values, bool admin) {
  const auto& from = values.http;
  http::server_options out;
  out.name = admin ? "admin" : "provider";
  out.address = admin ? from.admin_address : from.provider_address;
  out.port = admin ? from.admin_port : from.provider_port;
  const auto cores = std::max(1U, std::thread::hardware_concurrency());
  out.threads = admin ? 1 : (from.threads != 0 ? from.threads : cores);
  out.max_connections = from.max_connections;
  out.max_handshakes = from.max_handshakes;
  out.max_handshakes_per_address = from.max_handshakes_per_address;
  out.body_limit = from.max_body;
  out.handshake_deadline = from.handshake_timeout;
  out.idle_deadline = from.idle_timeout;
  out.header_deadline = from.header_timeout;
  out.body_deadline = from.body_timeout;
  out.framing_problem = &http::framing_problem;
  return out;
}

}  // namespace glados::app
