// OAuth 2.0 client credentials with certificate-bound tokens: RFC 6749 section 4.4, RFC 8705,
// RFC 7009, RFC 7662 (api.md section 3). A client is known by three things at once: its id, one of
// its secrets, and one of its certificates on this very connection.
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "http/form.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

constexpr std::size_t token_bytes = 32;
constexpr std::int64_t us_per_second = 1'000'000;

void add_no_store(response& reply) {
  reply.add_header("Cache-Control", "no-store");
  reply.add_header("Pragma", "no-cache");
}

void answer_private(call& of, std::string json, int status = 200) {
  response reply;
  reply.status = status;
  reply.body = std::move(json);
  add_no_store(reply);
  of.answer(std::move(reply));
}

/// RFC 6749 section 5.2. Says nothing about which of the three things did not fit.
void refuse_oauth(call& of, std::string_view error, std::string_view description) {
  const bool who = error == "invalid_client";
  json_output out;
  out.begin_object().member("error", error).member("error_description", description).end_object();
  response reply;
  reply.status = who ? 401 : 400;
  reply.body = out.take();
  add_no_store(reply);
  if (who)
    reply.add_header("WWW-Authenticate", "Basic realm=\"glados\"");
  of.answer(std::move(reply));
}

/// Who the caller says it is; answers when it says so in no way, in a bad way, or in two ways.
std::optional<client_credentials> read_credentials(call& of, const form& given) {
  const auto* id = given.find("client_id");
  const auto* secret = given.find("client_secret");
  if (of.authorization.empty()) {
    if (id && secret)
      return client_credentials{*id, *secret};
    refuse_oauth(of, "invalid_client", "no client authentication");
    return {};
  }
  if (secret) {
    refuse_oauth(of, "invalid_request", "two ways of client authentication");
    return {};
  }
  auto basic = parse_basic(of.authorization);
  if (!basic) {
    refuse_oauth(of, "invalid_client", "not Basic credentials as RFC 6749 section 2.3.1 says");
    return {};
  }
  if (id && *id != basic->id) {
    refuse_oauth(of, "invalid_request", "two client identifiers");
    return {};
  }
  return basic;
}

/// The same work for clients that exist and for those that do not.
bool proves_client(call& of, const client_credentials& given) {
  static const provider nobody{.secrets = {client_secret{}}};
  const auto now = of.now();
  of.session = of.service.ports().sessions.by_client_id(given.id);
  of.who = of.session ? of.session->facts() : nullptr;
  const auto& facts = of.who ? *of.who : nobody;
  const bool secret_fits = secret_valid(facts, crypto::sha256(given.secret), now);
  const bool certificate_fits = certificate_valid(facts, of.certificate, now);
  return of.who && secret_fits && certificate_fits && facts.state == provider_state::active;
}

using form_handler = void (*)(const call_ptr& made, const form& given);

/// Passes the form of an authenticated client on; answers otherwise. What does not fit may be as
/// new as another node made it a moment ago.
void with_client(const call_ptr& made, form_handler then) {
  auto parsed = form::parse(made->body);
  crypto::cleanse(made->body);
  if (!parsed)
    return refuse_oauth(*made, "invalid_request", "a parameter is malformed or stands twice");
  const auto given = std::make_shared<const form>(std::move(*parsed));
  auto read = read_credentials(*made, *given);
  crypto::cleanse(made->authorization);
  if (!read)
    return;
  const std::shared_ptr<client_credentials> credentials(new client_credentials(std::move(*read)),
                                                        [](client_credentials* used) {
                                                          crypto::cleanse(used->secret);
                                                          delete used;
                                                        });
  if (proves_client(*made, *credentials))
    return then(made, *given);
  after_news(made, [given, credentials, then](const call_ptr& of) {
    if (proves_client(*of, *credentials))
      return then(of, *given);
    refuse_oauth(*of, "invalid_client", "client, secret or certificate do not fit");
  });
}

/// What the token may do: what was asked for, or all. Nothing when more was asked for.
std::optional<std::vector<std::string>> wanted_scopes(const provider& who, const form& given) {
  const auto* text = given.find("scope");
  if (!text)
    return who.scopes;
  auto scopes = parse_scope(*text);
  if (!scopes)
    return {};
  for (const auto& scope : *scopes)
    if (!has_scope(who, scope))
      return {};
  return scopes;
}

void answer_token(call& of, const std::string& text, const storage::access_token& token) {
  json_output out;
  out.begin_object();
  out.member("access_token", text).member("token_type", "Bearer");
  out.member("expires_in", std::int64_t{of.service.ports().settings.token_lifetime.count()});
  out.member("scope", join_scopes(token.scopes));
  out.end_object();
  answer_private(of, out.take());
}

void issue(const call_ptr& made, std::vector<std::string> scopes) {
  auto& ports = made->service.ports();
  const auto text = crypto::random_token(ports.random, token_bytes);
  const auto now = made->now();
  storage::access_token token;
  token.hash = crypto::sha256(text);
  token.thumbprint = made->certificate;
  token.scopes = std::move(scopes);
  token.issued_at = now;
  token.expires_at = now + ports.settings.token_lifetime;
  made->ask<actors::token_answer>(
      made->session_actor(), actors::issue_token{token},
      [made, text, token](const actors::token_answer& got) {
        if (got.code == errc::none)
          return answer_token(*made, text, token);
        // Places come free as tokens end, the first of them long before a whole lifetime.
        if (got.code == errc::rate_limited)
          return made->refuse(got.code,
                              {.policy = "tokens",
                               .retry_after = made->service.ports().settings.token_lifetime / 10});
        made->refuse(got.code);
      });
}

void answer_inactive(call& of) { answer_private(of, R"({"active":false})"); }

void answer_active(call& of, const storage::access_token& token) {
  std::vector<std::string> scopes;  // what the provider may no longer, its tokens may not either
  for (const auto& scope : token.scopes)
    if (has_scope(*of.who, scope))
      scopes.push_back(scope);
  json_output out;
  out.begin_object();
  out.member("active", true).member("scope", join_scopes(scopes));
  out.member("client_id", of.who->client_id).member("token_type", "Bearer");
  out.member("exp", token.expires_at.us / us_per_second);
  out.member("iat", token.issued_at.us / us_per_second);
  out.name("cnf").begin_object();
  out.member("x5t#S256", crypto::base64url(token.thumbprint));
  out.end_object().end_object();
  answer_private(of, out.take());
}

void give_token(const call_ptr& made, const form& given) {
  const auto* grant = given.find("grant_type");
  if (!grant)
    return refuse_oauth(*made, "invalid_request", "grant_type is missing");
  if (*grant != "client_credentials")
    return refuse_oauth(*made, "unsupported_grant_type", "only client_credentials is supported");
  auto scopes = wanted_scopes(*made->who, given);
  if (!scopes)
    return refuse_oauth(*made, "invalid_scope", "a scope is malformed or was not granted");
  issue(made, std::move(*scopes));
}

void revoke_token(const call_ptr& made, const form& given) {
  const auto* token = given.find("token");
  if (!token)
    return refuse_oauth(*made, "invalid_request", "token is missing");
  made->ask<actors::token_answer>(made->session_actor(),
                                  actors::revoke_token{crypto::sha256(*token)},
                                  [made](const actors::token_answer& got) {
                                    if (got.code != errc::none && got.code != errc::not_found)
                                      return made->refuse(got.code);
                                    response done;
                                    done.content_type = {};
                                    add_no_store(done);
                                    made->answer(std::move(done));
                                  });
}

void introspect_token(const call_ptr& made, const form& given) {
  const auto* token = given.find("token");
  if (!token)
    return refuse_oauth(*made, "invalid_request", "token is missing");
  made->ask<actors::token_answer>(made->session_actor(), actors::find_token{crypto::sha256(*token)},
                                  [made](const actors::token_answer& got) {
                                    if (got.code != errc::none && got.code != errc::not_found)
                                      return made->refuse(got.code);
                                    const auto now = made->now();
                                    if (got.code == errc::not_found ||
                                        got.token.expires_at <= now ||
                                        !certificate_valid(*made->who, got.token.thumbprint, now))
                                      return answer_inactive(*made);
                                    answer_active(*made, got.token);
                                  });
}

}  // namespace

void handle_token(const call_ptr& made) { with_client(made, give_token); }

void handle_revoke(const call_ptr& made) { with_client(made, revoke_token); }

void handle_introspect(const call_ptr& made) { with_client(made, introspect_token); }

}  // namespace glados::http
