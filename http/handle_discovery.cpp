// What a client can learn without a token: where things are, and by which keys the server signs
// (api.md section 2, RFC 8414, RFC 7517).
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "domain/text.hpp"
#include "http/attestation.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

constexpr std::uint64_t max_body_bytes = 64 * 1024;
constexpr std::array<std::string_view, 4> all_scopes{"lookup", "map", "events", "bulk"};
constexpr std::array<std::string_view, 2> client_authentication{"client_secret_basic",
                                                                "client_secret_post"};

template <class Names>
void put_names(json_output& out, std::string_view member, const Names& names) {
  out.name(member).begin_array();
  for (const auto name : names) out.value(name);
  out.end_array();
}

void put_endpoints(json_output& out, const std::string& base) {
  out.name("endpoints").begin_object();
  out.member("token", base + "/oauth2/token");
  out.member("revoke", base + "/oauth2/revoke");
  out.member("introspect", base + "/oauth2/introspect");
  out.member("oauth_metadata", base + "/.well-known/oauth-authorization-server");
  out.member("openapi", base + "/openapi.json");
  out.member("lookup", base + "/v1/lookup");
  out.member("quota", base + "/v1/quota");
  out.member("verifications", base + "/v1/verifications");
  out.member("mappings", base + "/v1/mappings");
  out.member("events", base + "/v1/events");
  out.member("webhook", base + "/v1/webhook");
  out.member("bulk_jobs", base + "/v1/bulk-jobs");
  out.member("credentials", base + "/v1/credentials");
  out.member("tokens", base + "/v1/tokens");
  out.end_object();
}

void put_limits(json_output& out, const api_settings& settings) {
  out.name("limits").begin_object();
  out.member("body_bytes", max_body_bytes);
  out.member("json_depth", std::uint64_t{max_json_depth});
  out.member("user_id_characters", std::uint64_t{user_id_max});
  out.member("token_lifetime_seconds", std::int64_t{settings.token_lifetime.count()});
  out.member("verification_lifetime_seconds", std::int64_t{settings.verification_lifetime.count()});
  out.member("sessions_per_sii_and_provider_daily", settings.sessions_per_provider);
  out.member("sessions_per_sii_daily", settings.sessions_per_sii);
  out.member("bulk_part_bytes", std::uint64_t{settings.bulk.part});
  out.member("bulk_line_bytes", std::uint64_t{settings.bulk.line});
  out.member("bulk_part_lines", std::uint64_t{settings.bulk.lines});
  out.member("bulk_open_jobs", std::uint64_t{settings.bulk.open_jobs});
  out.end_object();
}

/// One Ed25519 key (RFC 8037); its id is the thumbprint of RFC 7638.
void put_key(json_output& out, const crypto::public_key32& key) {
  out.begin_object();
  out.member("kty", "OKP").member("crv", "Ed25519").member("alg", "EdDSA").member("use", "sig");
  out.member("kid", key_id(key));
  out.member("x", crypto::base64url(key));
  out.end_object();
}

}  // namespace

void handle_discovery(const call_ptr& made) {
  const auto& ports = made->service.ports();
  const auto& settings = ports.settings;
  json_output out;
  out.begin_object();
  out.member("issuer", settings.base_url);
  out.member("version", settings.version);
  put_endpoints(out, settings.base_url);
  put_names(out, "sii_schemes", std::array<std::string_view, 2>{"tel", "mailto"});
  out.name("channels").begin_array().value("sms").value("email");
  if (settings.voice_available)
    out.value("voice");
  out.end_array();
  put_names(out, "scopes", all_scopes);
  put_limits(out, settings);
  out.name("keys").begin_array();
  for (const auto& signer : ports.keys.audit_signers()) put_key(out, signer.public_key());
  for (const auto& signer : ports.keys.attest_signers()) put_key(out, signer.public_key());
  out.end_array().end_object();
  made->answer_json(out.take());
}

void handle_oauth_metadata(const call_ptr& made) {
  const auto& base = made->service.ports().settings.base_url;
  json_output out;
  out.begin_object();
  out.member("issuer", base);
  out.member("token_endpoint", base + "/oauth2/token");
  out.member("revocation_endpoint", base + "/oauth2/revoke");
  out.member("introspection_endpoint", base + "/oauth2/introspect");
  put_names(out, "scopes_supported", all_scopes);
  // No authorization endpoint, so no response types; the member itself is required all the same.
  put_names(out, "response_types_supported", std::array<std::string_view, 0>{});
  put_names(out, "grant_types_supported", std::array<std::string_view, 1>{"client_credentials"});
  for (const auto* endpoint : {"token", "revocation", "introspection"})
    put_names(out, std::string(endpoint) + "_endpoint_auth_methods_supported",
              client_authentication);
  out.member("tls_client_certificate_bound_access_tokens", true);
  out.member("service_documentation", base + "/openapi.json");
  out.end_object();
  made->answer_json(out.take());
}

void handle_openapi(const call_ptr& made) {
  const auto document = made->service.ports().openapi_json;
  if (document.empty())
    return made->refuse(errc::not_found);
  made->answer_json(std::string(document));
}

}  // namespace glados::http
