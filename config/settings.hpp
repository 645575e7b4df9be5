// The settings of the service as plain values. The table in schema.cpp says for each one its key,
// default, bounds and meaning; this file only gives it a place. A field's path is its key:
// `http.idle_timeout` is `settings::http.idle_timeout`.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace glados::config {

using duration = std::chrono::milliseconds;
using byte_count = std::uint64_t;
using port_number = std::uint16_t;
using text_list = std::vector<std::string>;
using duration_list = std::vector<duration>;

struct node_settings {
  std::string id, data_dir;
};

struct cluster_settings {
  std::string address;
  port_number port;
  std::string advertise, certificate, key, authority;
  duration lease, renewal, margin, heartbeat, silence;
  std::uint32_t moves, renamed, batch;
};

struct http_settings {
  std::string provider_address, admin_address, public_url;
  port_number provider_port, admin_port;
  std::uint32_t threads, max_connections, max_handshakes, max_handshakes_per_address;
  duration handshake_timeout, header_timeout, body_timeout, idle_timeout, drain_timeout;
  byte_count max_body;
  std::uint32_t max_in_flight;
};

struct tls_files {
  std::string certificate, key, client_ca, crl;
};

struct tls_settings {
  std::string min_version;
  tls_files provider, admin;
};

struct redis_settings {
  std::string socket, host;
  port_number port;
  text_list seeds;
  std::string username, password, password_file;
  duration command_timeout, topology_interval;
  std::uint32_t queue_limit, node_queue_limit;
};

struct storage_settings {
  std::string durability;
  duration replica_wait;
};

struct keys_settings {
  std::string directory;
};

struct actor_settings {
  std::uint32_t threads;
  std::uint32_t max_entities;
  byte_count memory_cap;
  duration idle_after;
  std::uint32_t miss_cache;
};

struct sweep_settings {
  std::uint32_t records_per_second;
  duration interval;
};

struct verification_settings {
  duration lifetime;
  double wait_scale;
  std::uint32_t max_checks, max_sends;
  duration_list check_waits, send_waits;
  std::uint32_t sessions_per_sii_provider, sessions_per_sii, guesses_per_day;
  std::uint32_t sends_base, country_base, breaker_min_codes;
  double breaker_conversion;
  duration decision_window, refresh_after;
};

struct quota_settings {
  std::uint32_t base;
  double per_user;
};

struct usage_settings {
  std::string prices;
};

struct signal_settings {
  duration window;
  std::uint32_t min_lookups, min_registrations, min_codes;
  double improbable, sequential, misses, overlap, one_domain, unconfirmed;
  text_list common_mail_domains;
  std::uint32_t throttle_after;
  double throttle_quota, throttle_sends;
  duration throttle_for;
  std::uint32_t kept;
};

struct bulk_settings {
  byte_count part, line;
  std::uint32_t lines, open_jobs, parts_in_flight, rows;
};

struct token_settings {
  duration lifetime;
  std::uint32_t per_client;
};

struct credential_settings {
  duration settle;
};

struct admin_settings {
  bool two_person;
  text_list certificates;
  std::string certificates_file;
  duration calls_audited_every;
};

struct sms_gateway {
  std::string type, url, username, password_file, from;
  duration timeout;
};

struct smtp_settings {
  std::string url, username, password_file, from, starttls;
  duration timeout;
};

struct delivery_settings {
  std::string mode, domain;
  duration wait;
  text_list sms_gateways;                  ///< names, in the order they are tried
  std::map<std::string, sms_gateway> sms;  ///< by name
  smtp_settings smtp;
};

struct template_settings {
  std::string directory;
};

struct log_settings {
  std::string path, level;
  duration slow_request;
};

struct webhook_settings {
  std::string ca_file;
  text_list allow_networks;
};

struct abuse_settings {
  std::uint32_t warned, quota_half, quota_tenth, no_new_mappings, suspended;
  std::uint32_t strikes_per_reporter;
  duration half_life;
  std::uint32_t reports_kept;
};

struct sandbox_settings {
  text_list exempt_providers;
  std::uint32_t outbox_messages;
};

/// Loaded once at start, then only read, from any thread. Holds at most one secret
/// (`redis.password`): print it with `render_effective`, which redacts. Fields of a
/// `settings{}` are empty; `defaults()` gives the documented values.
struct settings {
  std::string profile;
  node_settings node{};
  cluster_settings cluster{};
  http_settings http{};
  tls_settings tls{};
  redis_settings redis{};
  storage_settings storage{};
  keys_settings keys{};
  actor_settings actors{};
  sweep_settings sweep{};
  verification_settings verification{};
  quota_settings quota{};
  usage_settings usage{};
  signal_settings signals{};
  bulk_settings bulk{};
  token_settings tokens{};
  credential_settings credentials{};
  admin_settings admin{};
  delivery_settings delivery{};
  template_settings templates{};
  log_settings log{};
  webhook_settings webhook{};
  abuse_settings abuse{};
  sandbox_settings sandbox{};

  bool in_sandbox() const { return profile == "sandbox"; }
};

}  // namespace glados::config
