#include "config/schema.hpp"

#include "config/forms.hpp"

namespace glados::config {

namespace {

using namespace std::chrono_literals;

constexpr byte_count kib = 1024;
constexpr byte_count mib = 1024 * kib;
constexpr auto day = 24h;
constexpr std::uint32_t million = 1'000'000;

// Key and field from one spelling: they cannot drift apart.
#define FIELD(path) \
#path, +[](settings & s, const std::string&) -> auto& { return s.path; }
#define GATEWAY_FIELD(name)                                                       \
  "delivery.sms.*." #name, +[](settings & s, const std::string& entry) -> auto& { \
    return s.delivery.sms[entry].name;                                            \
  }

std::vector<option> general_rows() {
  return {
      {FIELD(profile), "production", one_of({"sandbox", "production"}),
       "The production profile refuses every switch that only a sandbox may use."},
      {FIELD(node.id), "", checked(forms::node_id),
       "Name of this node in the cluster. Empty: the host's name."},
      {FIELD(node.data_dir), "/var/lib/glados", any_text(),
       "Folder of this node's own files, locked while it runs."},
  };
}

std::vector<option> cluster_rows() {
  return {
      {FIELD(cluster.address), "", any_text(),
       "Address that other nodes reach this one by. Empty: there are no others."},
      {FIELD(cluster.port), 0, between(0, 65535), "Its port. 0: any free one."},
      {FIELD(cluster.advertise), "", any_text(),
       "Host that the others are told instead of the address."},
      {FIELD(cluster.certificate), "/etc/glados/cluster/node.pem", any_text(),
       "Certificate of this node towards the others, PEM."},
      {FIELD(cluster.key), "/etc/glados/cluster/node.key", any_text(),
       "Its private key, PEM, readable by the service alone."},
      {FIELD(cluster.authority), "/etc/glados/cluster/ca.pem", any_text(),
       "The cluster's own authority, PEM. It must sign nothing but nodes: whoever holds a "
       "certificate of it is one."},
      {FIELD(cluster.lease), 3250ms, between(500ms, 1min),
       "How long a node may serve after a renewal. Longer survives pauses of Redis, shorter takes "
       "over faster."},
      {FIELD(cluster.renewal), 250ms, between(50ms, 10s), "How often the lease is renewed."},
      {FIELD(cluster.margin), 250ms, between(50ms, 10s),
       "How much longer than a lease the others wait: what clocks may drift apart in it."},
      {FIELD(cluster.heartbeat), 200ms, between(50ms, 10s),
       "How often nodes tell each other that they are there."},
      {FIELD(cluster.silence), 1s, between(100ms, 1min),
       "A node not heard of for this long counts as unreachable."},
      {FIELD(cluster.moves), 8, between(1, 1024), "Shards given to another node side by side."},
      {FIELD(cluster.renamed), 2, between(1, 1024),
       "Shards whose records are renamed side by side while an index key is rotated."},
      {FIELD(cluster.batch), 64, between(1, 1024),
       "Lookups that gather for another node while it has not answered the ones before. 1: each "
       "travels alone."},
  };
}

std::vector<option> http_rows() {
  return {
      {FIELD(http.provider_address), "127.0.0.1", checked(forms::address),
       "Address the providers' listener binds to."},
      {FIELD(http.provider_port), 8443, between(0, 65535),
       "Port of the providers' listener. 0: any free one."},
      {FIELD(http.admin_address), "127.0.0.1", checked(forms::address),
       "Address the operators' listener binds to. Keep it off the Internet."},
      {FIELD(http.public_url), "", checked(forms::public_url),
       "URL that providers reach the service by, the same on all nodes. Empty: the listener's "
       "own."},
      {FIELD(http.admin_port), 9443, between(0, 65535),
       "Port of the operators' listener. 0: any free one."},
      {FIELD(http.threads), 0, between(0, 256), "Threads that serve requests. 0: one per core."},
      {FIELD(http.max_connections), 10'000, between(10, million),
       "Open connections in all; more are closed at once."},
      {FIELD(http.max_handshakes), 1'000, between(1, million), "Unfinished TLS handshakes in all."},
      {FIELD(http.max_handshakes_per_address), 100, between(1, million),
       "Unfinished TLS handshakes from one address."},
      {FIELD(http.handshake_timeout), 10s, between(100ms, 5min),
       "A TLS handshake that takes longer is closed."},
      {FIELD(http.header_timeout), 10s, between(100ms, 5min),
       "From a request's first byte to the end of its headers."},
      {FIELD(http.body_timeout), 30s, between(100ms, 10min),
       "From the end of the headers to the end of the body."},
      {FIELD(http.idle_timeout), 5min, between(1s, 1h),
       "How long a connection may wait for its next request."},
      {FIELD(http.max_body), 64 * kib, between(kib, 16 * mib),
       "Longest body of a request; parts of bulk jobs have a limit of their own."},
      {FIELD(http.drain_timeout), 8s, between(0s, 1min),
       "After SIGTERM: how long requests in flight may take to finish."},
      {FIELD(http.max_in_flight), 20'000, between(1, million),
       "Requests admitted and not yet answered; more are refused as overloaded."},
  };
}

std::vector<option> tls_rows() {
  return {
      {FIELD(tls.min_version), "1.2", one_of({"1.2", "1.3"}), "Oldest TLS version accepted."},
      {FIELD(tls.provider.certificate), "/etc/glados/tls/provider.pem", any_text(),
       "Certificate chain of the providers' listener, PEM."},
      {FIELD(tls.provider.key), "/etc/glados/tls/provider.key", any_text(),
       "Its private key, PEM, readable by the service alone."},
      {FIELD(tls.provider.client_ca), "/etc/glados/tls/provider-ca.pem", any_text(),
       "Authorities whose client certificates are accepted, PEM."},
      {FIELD(tls.provider.crl), "", any_text(),
       "Their revocation lists, PEM. Empty: none. Read again on SIGHUP, as all of these."},
      {FIELD(tls.admin.certificate), "/etc/glados/tls/admin.pem", any_text(),
       "Certificate chain of the operators' listener, PEM."},
      {FIELD(tls.admin.key), "/etc/glados/tls/admin.key", any_text(),
       "Its private key, PEM, readable by the service alone."},
      {FIELD(tls.admin.client_ca), "/etc/glados/tls/admin-ca.pem", any_text(),
       "Authorities whose operators' certificates are accepted, PEM."},
      {FIELD(tls.admin.crl), "", any_text(), "Their revocation lists, PEM. Empty: none."},
  };
}

std::vector<option> storage_rows() {
  return {
      {FIELD(redis.socket), "", any_text(),
       "Unix socket of Redis. When set, host and port are not used."},
      {FIELD(redis.host), "127.0.0.1", any_text(), "Host of Redis."},
      {FIELD(redis.port), 6379, between(1, 65535), "Port of Redis."},
      {FIELD(redis.seeds), text_list{}, checked(forms::endpoint),
       "Some processes of a Redis Cluster, \"host:port\" each; the others are learnt from them. "
       "When set, socket, host and port are not used. Empty: plain Redis."},
      {FIELD(redis.username), "", any_text(), "User of Redis. Empty: its default user."},
      option{FIELD(redis.password), "", any_text(),
             "Password of Redis, from a file that others cannot read or from the environment."}
          .secret(),
      {FIELD(redis.password_file), "", any_text(), "File with the password instead, mode 0600."},
      {FIELD(redis.command_timeout), 2s, between(10ms, 1min),
       "A command that takes longer has an unknown outcome."},
      {FIELD(redis.queue_limit), 100'000, between(100, 10 * million),
       "Commands waiting for Redis; more are refused at once."},
      {FIELD(redis.node_queue_limit), 50'000, between(100, 10 * million),
       "Commands waiting for one process of Redis, so that one that is away does not take the room "
       "of all."},
      {FIELD(redis.topology_interval), 1s, between(100ms, 1min),
       "How often a Redis Cluster is asked who owns what, besides after every sign of a change."},
      {FIELD(storage.durability), "local", one_of({"local", "replicated"}),
       "local: a write counts when its Redis has it. replicated: when a replica has it too, else "
       "its outcome is unknown."},
      {FIELD(storage.replica_wait), 1500ms, between(10ms, 10s),
       "How long a replica may take with storage.durability = replicated."},
      {FIELD(keys.directory), "/etc/glados/keys", any_text(),
       "Folder of the service's keys. Empty: all from GLADOS_KEY_* variables."},
  };
}

std::vector<option> actor_rows() {
  return {
      {FIELD(actors.threads), 0, between(0, 256),
       "Threads that run actors beside the HTTP workers. 0: two."},
      {FIELD(actors.max_entities), 100'000, between(100, 100 * million),
       "Mappings and verifications kept in memory on this node."},
      {FIELD(actors.memory_cap), 256 * mib, between(16 * mib, 1024 * 1024 * mib),
       "What those may take; the least recently used leave first."},
      {FIELD(actors.idle_after), 10min, between(100ms, day),
       "An entity not used for this long leaves memory."},
      {FIELD(actors.miss_cache), 1'000'000, between(0, 100 * million),
       "Identifiers remembered as unknown, 16 bytes and some each."},
  };
}

std::vector<option> sweep_rows() {
  return {
      {FIELD(sweep.records_per_second), 2'000, between(1, million),
       "Records a second that this node visits to see what time has made of them."},
      {FIELD(sweep.interval), 1h, between(1s, 7 * day),
       "From the start of one pass through all records to the next."},
  };
}

std::vector<option> verification_rows() {
  return {
      {FIELD(verification.lifetime), 10min, between(1s, 1h), "How long a code can be used."},
      option{FIELD(verification.wait_scale), 1.0, between(0, 10),
             "Factor on the waits between checks and between sends, so that tests are quick."}
          .sandbox_only(),
      {FIELD(verification.max_checks), 5, between(1, 10), "Codes compared per verification."},
      {FIELD(verification.max_sends), 4, between(1, 10), "Messages sent per verification."},
      {FIELD(verification.check_waits), duration_list{0s, 0s, 0s, 60s, 120s}, between(0s, 1h),
       "The wait before each check, as many as max_checks."},
      {FIELD(verification.send_waits), duration_list{60s, 120s, 300s}, between(0s, 1h),
       "The wait before each further send, one fewer than max_sends."},
      {FIELD(verification.sessions_per_sii_provider), 5, between(1, 1'000),
       "Verifications of one identifier by one provider a day."},
      {FIELD(verification.sessions_per_sii), 15, between(1, 10'000),
       "Verifications of one identifier by all providers a day."},
      {FIELD(verification.guesses_per_day), 50, between(1, million),
       "Wrong codes of one provider a day, before those its right ones earn."},
      {FIELD(verification.sends_base), 1'000, between(0, 1000 * million),
       "Sends of one provider a day, before those its users earn."},
      {FIELD(verification.country_base), 200, between(0, 1000 * million),
       "Of these to one country, before those its proven users there earn."},
      {FIELD(verification.breaker_min_codes), 200, between(1, million),
       "Codes to one number prefix within an hour before the conversion breaker may stop it."},
      {FIELD(verification.breaker_conversion), 0.05, between(0, 1),
       "Share of confirmed codes under which it does."},
      {FIELD(verification.decision_window), 15min, between(1s, day),
       "How long after the proof a conflict can be decided."},
      {FIELD(verification.refresh_after), 365 * day, between(1s, 3650 * day),
       "A proof of this age is due for a new one; until then its user counts half."},
  };
}

std::vector<option> account_rows() {
  return {
      {FIELD(quota.base), 100, between(0, 1000 * million),
       "Lookups a day of a provider without users."},
      {FIELD(quota.per_user), 1.0, between(0, 1'000), "Lookups a day for each weighted user."},
      {FIELD(usage.prices), "config/prices.toml", any_text(),
       "File of the prices that statements and spend caps are computed from (docs/usage.md)."},
      {FIELD(tokens.lifetime), 10min, between(1s, day), "How long an access token is good."},
      {FIELD(tokens.per_client), 1'000, between(1, million), "Live tokens of one client."},
      {FIELD(credentials.settle), 1h, between(0s, 7 * day),
       "How long a secret or certificate that a provider adds itself waits before it works."},
      option{FIELD(admin.two_person), true, any_text(),
             "Sensitive admin calls need a second operator. (bulk always does.)"}
          .sandbox_only(),
      {FIELD(admin.certificates), text_list{}, checked(forms::admin_certificate),
       "Registered admin certificates, each \"role:name:SHA-256 thumbprint in hex\"."},
      {FIELD(admin.certificates_file), "/etc/glados/admin-certificates", any_text(),
       "File with more of them, one \"role name thumbprint\" a line. Empty: none."},
      {FIELD(admin.calls_audited_every), 1h, between(1s, day),
       "Calls that change nothing go into the audit as counts of so long (admin.calls)."},
  };
}

std::vector<option> signal_rows() {
  return {
      {FIELD(signals.window), 10min, between(1s, day),
       "Patterns in what a provider asks and registers are looked for in windows of this length."},
      {FIELD(signals.min_lookups), 200, between(1, million),
       "Lookups in a window before their patterns count."},
      {FIELD(signals.min_registrations), 50, between(1, million),
       "Verifications opened, or proven, in a window before theirs do."},
      {FIELD(signals.min_codes), 200, between(1, million),
       "Codes sent in a window before it counts how many were confirmed."},
      {FIELD(signals.improbable), 0.5, between(0.01, 1),
       "Share of names and numbers that look generated from which it is a signal."},
      {FIELD(signals.sequential), 0.2, between(0.01, 1),
       "The same of numbers next to ones just seen."},
      {FIELD(signals.misses), 0.95, between(0.01, 1), "The same of lookups that find nothing."},
      {FIELD(signals.overlap), 0.5, between(0.01, 1),
       "The same of proofs of identifiers that others hold already."},
      {FIELD(signals.one_domain), 0.8, between(0.01, 1),
       "The same of verifications on one mail domain."},
      {FIELD(signals.unconfirmed), 0.95, between(0.01, 1),
       "The same of codes that nobody confirmed."},
      {FIELD(signals.common_mail_domains),
       text_list{"gmail.com", "outlook.com", "hotmail.com", "yahoo.com", "icloud.com", "qq.com"},
       checked(forms::domain), "Large mail services, on which many verifications mean nothing."},
      {FIELD(signals.throttle_after), 2, between(1, 1'000),
       "In so many windows within a day the same must be found before it throttles."},
      {FIELD(signals.throttle_quota), 0.5, between(0.01, 1),
       "What signals over lookups leave of the lookup budget."},
      {FIELD(signals.throttle_sends), 0.5, between(0.01, 1),
       "What signals over registrations leave of the daily sends."},
      {FIELD(signals.throttle_for), day, between(1s, 90 * day),
       "How long a throttle lasts unless an operator lifts it."},
      {FIELD(signals.kept), 2'000, between(1, 100'000),
       "Findings kept, of all providers; the oldest leave first."},
  };
}

std::vector<option> bulk_rows() {
  return {
      {FIELD(bulk.part), 8 * mib, between(64 * kib, 16 * mib), "Longest part of a bulk job."},
      {FIELD(bulk.line), 4 * kib, between(256, 64 * kib),
       "Longest line of a part; a longer one is rejected."},
      {FIELD(bulk.lines), 300'000, between(1, million), "Lines of a part."},
      {FIELD(bulk.open_jobs), 5, between(1, 1'000), "Open bulk jobs of one provider."},
      {FIELD(bulk.parts_in_flight), 4, between(1, 64),
       "Parts under way on this node; more are refused as overloaded. Each is held in memory."},
      {FIELD(bulk.rows), 10'000'000, between(0, 1000 * million),
       "Rows that one provider may assert, unless an operator says otherwise."},
  };
}

std::vector<option> delivery_rows() {
  return {
      option{FIELD(delivery.mode), "gateway", one_of({"gateway", "sandbox"}),
             "gateway sends messages; sandbox shows them to operators instead."}
          .sandbox_only(),
      {FIELD(delivery.domain), "glados.example", checked(forms::domain),
       "Domain in the last line of an SMS, by which phones know where the code belongs."},
      {FIELD(delivery.wait), 3s, between(0s, 10s),
       "How long a request waits for the gateways' word before it answers 202."},
      {FIELD(delivery.sms_gateways), text_list{}, checked(forms::gateway_name),
       "Names of the SMS gateways in the order they are tried. Empty: no SMS."},
      {GATEWAY_FIELD(type), "kannel", one_of({"kannel", "twilio"}), "What the gateway speaks."},
      {GATEWAY_FIELD(url), "", checked(forms::web_url),
       "Where it is asked to send. Plain http only to this machine."},
      {GATEWAY_FIELD(username), "", any_text(), "Its user or account name."},
      {GATEWAY_FIELD(password_file), "", any_text(), "File with its password, mode 0600."},
      {GATEWAY_FIELD(from), "", any_text(), "The sender that phones show."},
      {GATEWAY_FIELD(timeout), 3s, between(100ms, 1min), "After this the next gateway is tried."},
      {FIELD(delivery.smtp.url), "smtp://127.0.0.1:25", checked(forms::mail_url),
       "The mail server. Empty: no email."},
      {FIELD(delivery.smtp.username), "", any_text(), "Empty: without login."},
      {FIELD(delivery.smtp.password_file), "", any_text(), "File with the password, mode 0600."},
      {FIELD(delivery.smtp.from), "no-reply@glados.example", checked(forms::mail_address),
       "Sender of the messages."},
      option{FIELD(delivery.smtp.starttls), "required", one_of({"required", "off"}),
             "off sends in clear."}
          .sandbox_only(),
      {FIELD(delivery.smtp.timeout), 10s, between(100ms, 1min), "For one message."},
      {FIELD(templates.directory), "config/templates", any_text(),
       "Folder of the message templates, one <locale>.toml each."},
  };
}

std::vector<option> operation_rows() {
  return {
      {FIELD(log.path), "", any_text(), "File of the log, JSON lines. Empty: standard error."},
      {FIELD(log.level), "info", one_of({"debug", "info", "warn", "error"}),
       "The least that is logged."},
      {FIELD(log.slow_request), 1s, between(1ms, 1min),
       "Requests that take so long are logged (http.slow), without whom or what they are about, "
       "and so is what storage took so long for (store.slow)."},
      {FIELD(webhook.ca_file), "", any_text(),
       "Authorities that webhooks' certificates are verified against, PEM. Empty: the system's."},
      option{FIELD(webhook.allow_networks), text_list{}, checked(forms::network),
             "Networks, as address/bits, that webhooks may reach though they are not public."}
          .sandbox_only(),
      option{FIELD(sandbox.exempt_providers), text_list{}, checked(forms::provider_id),
             "Providers exempt from throttles by signals and from country budgets."}
          .sandbox_only(),
      {FIELD(sandbox.outbox_messages), 100'000, between(1, million),
       "Messages that the sandbox's outbox keeps in memory."},
  };
}

/// Steps of the ladder: strikes per started 1,000 changes made in 90 days.
std::vector<option> abuse_rows() {
  return {
      {FIELD(abuse.warned), 3, between(1, 10'000), "Strikes at which a provider is warned."},
      {FIELD(abuse.quota_half), 5, between(1, 10'000),
       "Strikes at which its lookup quota is halved."},
      {FIELD(abuse.quota_tenth), 8, between(1, 10'000),
       "Strikes at which a tenth of its lookup quota is left."},
      {FIELD(abuse.no_new_mappings), 12, between(1, 10'000),
       "Strikes at which an operator may end its new mappings."},
      {FIELD(abuse.suspended), 20, between(1, 10'000),
       "Strikes at which an operator may suspend it."},
      {FIELD(abuse.strikes_per_reporter), 2, between(0, 1'000),
       "Strikes that one reporter causes on a provider in 90 days without an operator."},
      {FIELD(abuse.half_life), 90 * day, between(1h, 3'650 * day),
       "Time in which a strike loses half of its weight."},
      {FIELD(abuse.reports_kept), 100'000, between(1'000, 10 * million),
       "Reports that the abuse desk keeps; beyond them the oldest go."},
  };
}

std::vector<option> all_rows() {
  std::vector<option> rows;
  for (auto* part : {general_rows, cluster_rows, http_rows, tls_rows, storage_rows, actor_rows,
                     sweep_rows, verification_rows, account_rows, signal_rows, bulk_rows,
                     delivery_rows, abuse_rows, operation_rows})
    for (auto& row : part()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

std::span<const option> schema() {
  static const std::vector<option> rows = all_rows();
  return rows;
}

}  // namespace glados::config
