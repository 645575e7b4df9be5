// /admin/v1/providers: what operators grant, suspension, rotation of credentials (section 9 of the
// contract).
#include <algorithm>
#include <charconv>

#include "crypto/digest.hpp"
#include "crypto/x509.hpp"
#include "domain/sii.hpp"
#include "domain/text.hpp"
#include "domain/time_text.hpp"
#include "http/admin_json.hpp"
#include "http/handle_admin.hpp"

namespace glados::http {
namespace {

constexpr std::size_t scopes_max = 4;
constexpr std::size_t word_max = 32;
constexpr std::size_t domains_max = 1000;
constexpr std::size_t domain_max = 253;
constexpr std::size_t pem_max = 16'384;
constexpr std::size_t secret_bytes = 32;

void answer_provider(const call_ptr& made, const actors::registry_answer& got) {
  if (got.providers.empty())
    return made->refuse(errc::internal);
  made->answer_json(provider_json(got.providers.front()));
}

void answer_nothing(const call_ptr& made) {
  response reply;
  reply.status = 204;
  reply.content_type = {};
  made->answer(std::move(reply));
}

bool distinct(const std::vector<std::string>& sorted) {
  return std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end();
}

/// A registered domain in A-labels and lower case, as addresses are compared.
bool valid_domain(std::string_view domain) {
  const auto id = canonical_sii("mailto:postmaster@" + std::string(domain));
  return id && id->canonical == "mailto:postmaster@" + std::string(domain) &&
         registrable_domain(*id) == domain;
}

/// Reads a PATCH. Lists are sets: sorted, so that the second operator may write them in any order.
actors::patch_provider read_patch(json_input& in) {
  actors::patch_provider out;
  out.scopes = in.optional_texts("scopes", scopes_max, word_max);
  if (out.scopes) {
    std::sort(out.scopes->begin(), out.scopes->end());
    if (!distinct(*out.scopes) || !std::all_of(out.scopes->begin(), out.scopes->end(), valid_scope))
      in.refuse("scopes", "not a list of different scopes");
  }
  auto overrides = in.object("overrides");
  out.lookup_daily = overrides.nullable_number("lookup_daily");
  out.sends_daily = overrides.nullable_number("sends_daily");
  out.bulk_rows = overrides.nullable_number("bulk_rows");
  out.listed_mail_domains = in.optional_texts("listed_mail_domains", domains_max, domain_max);
  if (out.listed_mail_domains) {
    auto& domains = *out.listed_mail_domains;
    std::sort(domains.begin(), domains.end());
    if (!distinct(domains) || !std::all_of(domains.begin(), domains.end(), valid_domain))
      in.refuse("listed_mail_domains", "not a list of different registered domains (A-labels)");
  }
  return out;
}

/// What the request asks for, whichever order and spacing it was written in.
std::string fingerprint(const actors::patch_provider& patch) {
  std::string text;
  const auto list = [&](const char* name, const auto& items) {
    if (!items)
      return;
    text.append(name);
    for (const auto& item : *items) text.append(" ").append(item);
    text += '\n';
  };
  const auto number = [&](const char* name, const auto& value) {
    if (value)
      text.append(name).append(" ").append(*value ? std::to_string(**value) : "null") += '\n';
  };
  list("scopes", patch.scopes);
  number("lookup_daily", patch.lookup_daily);
  number("sends_daily", patch.sends_daily);
  number("bulk_rows", patch.bulk_rows);
  list("listed_mail_domains", patch.listed_mail_domains);
  return crypto::hex(crypto::sha256(text));
}

/// A certificate's name in a path: 64 hex digits as shown, or base64url as in `x5t#S256`.
std::optional<bytes32> parse_thumbprint(std::string_view text) {
  const auto bytes = text.size() == 64 ? crypto::unhex(text) : crypto::unbase64url(text);
  bytes32 out{};
  if (!bytes || bytes->size() != out.size())
    return {};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

constexpr std::int64_t last_second = 253'402'300'799;  // RFC 3339 ends with the year 9999

instant at_second(std::int64_t seconds) { return {std::min(seconds, last_second) * 1'000'000}; }

}  // namespace

void handle_list_providers(const call_ptr& made) {
  ask_registrar(
      made, actors::list_providers{query_value(made->query, "after").value_or("")},
      [made](const auto& got) { made->answer_json(providers_json(got.providers, got.next)); });
}

void handle_get_provider(const call_ptr& made) {
  if (const auto id = provider_in_path(made))
    ask_registrar(made, actors::get_provider{*id},
                  [made](const auto& got) { answer_provider(made, got); });
}

void handle_patch_provider(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  json_input in(made->body);
  auto patch = read_patch(in);
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  patch.id = *id;
  patch.fingerprint = fingerprint(patch);
  ask_registrar(made, std::move(patch), [made](const auto& got) {
    if (got.providers.empty())
      return made->refuse(errc::internal);
    made->answer_json(patched_json(got.providers.front(), got.waiting));
  });
}

void handle_add_provider_certificate(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  json_input in(made->body);
  const auto facts = crypto::read_certificate(in.text("pem", pem_max));
  if (!facts)
    in.refuse("pem", "not one PEM certificate with a key that is strong enough");
  else if (at_second(facts->not_after) <= made->now())
    in.refuse("pem", "the certificate has expired");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const auto not_after = at_second(facts->not_after);
  const auto digest = facts->thumbprint;
  ask_registrar(made, actors::add_provider_certificate{*id, digest, not_after, false},
                [made, digest, not_after](const auto& got) {
                  if (got.waiting)
                    return answer_waiting(made);
                  json_output out;
                  out.begin_object().member("thumbprint", crypto::hex(digest));
                  out.member("not_after", rfc3339(not_after)).end_object();
                  made->answer_json(out.take(), 201);
                });
}

void handle_remove_provider_certificate(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  const auto digest = parse_thumbprint(made->parameter[1]);
  if (!digest)
    return made->refuse(errc::not_found);
  ask_registrar(made, actors::remove_provider_certificate{*id, *digest},
                [made](const auto&) { answer_nothing(made); });
}

void handle_add_provider_secret(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  const auto secret = crypto::random_token(made->service.ports().random, secret_bytes);
  ask_registrar(made, actors::add_provider_secret{*id, crypto::sha256(secret), false},
                [made, secret](const auto& got) {
                  if (got.waiting)  // this secret is forgotten: the second call makes its own
                    return answer_waiting(made);
                  json_output out;
                  out.begin_object().member("number", got.secret_number);
                  out.member("client_secret", secret).end_object();
                  response reply;
                  reply.status = 201;
                  reply.body = out.take();
                  reply.add_header("Cache-Control", "no-store");
                  made->answer(std::move(reply));
                });
}

void handle_remove_provider_secret(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  const auto& text = made->parameter[1];
  std::uint32_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (fault != std::errc{} || end != text.data() + text.size())
    return made->refuse(errc::not_found);
  ask_registrar(made, actors::remove_provider_secret{*id, number},
                [made](const auto&) { answer_nothing(made); });
}

namespace {

/// The reason in the body; without one the call is answered.
std::optional<std::string> read_reason(const call_ptr& made) {
  json_input in(made->body);
  std::string reason(in.text("reason", note_max));
  if (reason.empty() || !valid_note(reason))
    in.refuse("reason", "it needs a reason in plain text");
  if (auto fault = in.finish()) {
    made->answer(problem(*fault));
    return {};
  }
  return reason;
}

}  // namespace

void handle_terminate_provider(const call_ptr& made) {
  const auto id = provider_in_path(made);
  const auto reason = id ? read_reason(made) : std::nullopt;
  if (!reason)
    return;
  ask_registrar(made, actors::terminate_provider{*id, *reason}, [made](const auto& got) {
    got.waiting ? answer_waiting(made) : answer_provider(made, got);
  });
}

void handle_suspend_provider(const call_ptr& made) {
  const auto id = provider_in_path(made);
  const auto reason = id ? read_reason(made) : std::nullopt;
  if (!reason)
    return;
  ask_registrar(made, actors::suspend_provider{*id, *reason},
                [made](const auto& got) { answer_provider(made, got); });
}

void handle_reinstate_provider(const call_ptr& made) {
  const auto id = provider_in_path(made);
  if (!id)
    return;
  auto in = json_input::or_empty(made->body);
  const std::string reason(in.optional_text("reason", note_max).value_or(""));
  if (!valid_note(reason))
    in.refuse("reason", "control characters");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  ask_registrar(made, actors::reinstate_provider{*id, reason},
                [made](const auto& got) { answer_provider(made, got); });
}

}  // namespace glados::http
