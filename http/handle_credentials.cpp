// A provider changes its own credentials (api.md section 3, self-service): a new one works only
// after a while, an old one ends at once. The registrar decides; this file makes the secret, of
// which nobody but the caller ever sees more than the hash.
#include <charconv>

#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "crypto/x509.hpp"
#include "domain/time_text.hpp"
#include "http/handlers.hpp"

namespace glados::http {
namespace {

constexpr std::size_t secret_bytes = 32;
constexpr std::size_t pem_max = 16 * 1024;
constexpr std::int64_t us_per_second = 1'000'000;
constexpr std::int64_t last_second = 253'402'300'799;  // 9999-12-31T23:59:59Z: RFC 3339 ends there

actors::registry_call by_provider(const call& of, actors::registry_operation what) {
  return {{"provider:" + of.who->id, admin_role::viewer}, std::move(what)};
}

template <class Then>
void change(const call_ptr& made, actors::registry_operation what, Then then) {
  made->ask<actors::registry_answer>(made->service.ports().registrar,
                                     by_provider(*made, std::move(what)),
                                     [made, then](const actors::registry_answer& got) {
                                       // The registrar may have gone on with what nobody waits for
                                       // any more.
                                       if (got.code == errc::deadline)
                                         return made->refuse(errc::outcome_unknown);
                                       if (got.code != errc::none)
                                         return made->refuse(got.code);
                                       then(got);
                                     });
}

void answer_done(const call_ptr& made) {
  response reply;
  reply.status = 204;
  reply.content_type = {};
  made->answer(std::move(reply));
}

void answer_created(call& of, json_output body, const std::string& location) {
  response reply;
  reply.status = 201;
  reply.body = body.take();
  reply.add_header("Location", location);
  reply.add_header("Cache-Control", "no-store");
  of.answer(std::move(reply));
}

void remove(const call_ptr& made, actors::registry_operation what) {
  change(made, std::move(what), [made](const actors::registry_answer&) { answer_done(made); });
}

void answer_secret(call& of, const std::string& secret, const actors::registry_answer& got) {
  instant from{};
  for (const auto& who : got.providers)
    for (const auto& held : who.secrets)
      if (held.number == got.secret_number)
        from = held.valid_from;
  const auto id = std::to_string(got.secret_number);
  json_output out;
  out.begin_object();
  out.member("id", id).member("number", got.secret_number).member("client_secret", secret);
  out.member("valid_from", rfc3339(from));
  out.end_object();
  answer_created(of, std::move(out), "/v1/credentials/secrets/" + id);
}

void answer_certificate(call& of, const bytes32& thumbprint, const actors::registry_answer& got) {
  client_certificate shown;
  for (const auto& who : got.providers)
    for (const auto& held : who.certificates)
      if (held.thumbprint == thumbprint)
        shown = held;
  const auto id = crypto::hex(thumbprint);  // as the admin interface shows it
  json_output out;
  out.begin_object();
  out.member("id", id).member("thumbprint", id);
  out.member("valid_from", rfc3339(shown.valid_from));
  out.member("not_after", rfc3339(shown.not_after));
  out.end_object();
  answer_created(of, std::move(out), "/v1/credentials/certificates/" + id);
}

/// Hex digits, or `x5t#S256` as introspection shows it.
std::optional<bytes32> parse_thumbprint(std::string_view text) {
  const auto bytes = text.size() == 64 ? crypto::unhex(text) : crypto::unbase64url(text);
  if (!bytes || bytes->size() != 32)
    return {};
  bytes32 out{};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

}  // namespace

void handle_add_secret(const call_ptr& made) {
  auto& ports = made->service.ports();
  const auto secret = crypto::random_token(ports.random, secret_bytes);
  change(made, actors::add_provider_secret{made->who->id, crypto::sha256(secret), true},
         [made, secret](const actors::registry_answer& got) { answer_secret(*made, secret, got); });
}

void handle_remove_secret(const call_ptr& made) {
  const auto& id = made->parameter[0];
  std::uint32_t number = 0;
  const auto end = id.data() + id.size();
  const auto read = std::from_chars(id.data(), end, number);
  if (read.ec != std::errc{} || read.ptr != end || std::to_string(number) != id)
    return made->refuse(errc::not_found);
  remove(made, actors::remove_provider_secret{made->who->id, number});
}

void handle_add_certificate(const call_ptr& made) {
  json_input in(made->body);
  const auto pem = in.text("pem", pem_max);
  const auto facts = in.finish() ? std::nullopt : crypto::read_certificate(pem);
  if (facts && facts->not_after * us_per_second <= made->now().us)
    in.refuse("pem", "the certificate has expired");
  else if (!facts)
    in.refuse("pem", "not one PEM certificate with a key that is strong enough");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const bytes32 shown = facts->thumbprint;
  const instant end{std::min(facts->not_after, last_second) * us_per_second};
  change(
      made, actors::add_provider_certificate{made->who->id, shown, end, true},
      [made, shown](const actors::registry_answer& got) { answer_certificate(*made, shown, got); });
}

void handle_remove_certificate(const call_ptr& made) {
  const auto named = parse_thumbprint(made->parameter[0]);
  if (!named)
    return made->refuse(errc::not_found);
  remove(made, actors::remove_provider_certificate{made->who->id, *named});
}

void handle_revoke_all_tokens(const call_ptr& made) {
  made->ask<actors::token_answer>(made->session_actor(), actors::revoke_all_tokens{},
                                  [made](const actors::token_answer& got) {
                                    if (got.code == errc::deadline)
                                      return made->refuse(errc::outcome_unknown);
                                    if (got.code != errc::none)
                                      return made->refuse(got.code);
                                    answer_done(made);
                                  });
}

}  // namespace glados::http
