// POST /v1/verifications (api.md section 5), in steps with names:
//
//   read -> reserve the key -> (look for an earlier answer) -> debit the send -> open -> settle
//
// Identifier, user id and code are in clear only in `read`; from there on a sealed record goes
// round. The steps of the key are those of keyed_call.hpp.
#include <algorithm>

#include "domain/code_message.hpp"
#include "domain/sii.hpp"
#include "domain/text.hpp"
#include "http/keyed_call.hpp"
#include "http/verification_json.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

constexpr std::size_t body_max = 64 * 1024;  // any length of text is an identifier, if a wrong one
constexpr std::size_t locale_max = 35;       // RFC 5646 section 4.4.1
constexpr std::size_t channel_max = 16;

/// One creation under way. Shared by its steps; ends with the last of them.
struct opening {
  call_ptr of;
  verification record;
  storage::call_reservation key;
  sii_features seen;  ///< what detectors see of the identifier
};
using opening_ptr = std::shared_ptr<opening>;

/// What the body asks for. In clear: cleansed at the end of `read`.
struct wish {
  sii id;
  std::string user_id;
  channel way = channel::sms;
  std::string locale;
  ~wish() {
    crypto::cleanse(id.canonical);
    crypto::cleanse(user_id);
  }
};

bool valid_locale(std::string_view text) {
  return !text.empty() && text.front() != '-' && text.back() != '-' &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-';
         });
}

/// Form and bounds of every member; then the identifier; then whether the channel fits it.
std::optional<response> read_wish(wish& out, std::string_view body, bool voice_available) {
  json_input in(body);
  const auto text = in.text("sii", body_max);
  const auto user = in.text("user_id", user_id_max);
  const auto way = in.optional_text("channel", channel_max);
  const auto locale = in.optional_text("locale", locale_max);
  if (!valid_user_id(user))
    in.refuse("user_id", "not 1 to 128 characters without control characters");
  if (way && !parse_channel(*way))
    in.refuse("channel", "not one of sms, voice, email");
  if (locale && !valid_locale(*locale))
    in.refuse("locale", "not a language tag");
  if (auto fault = in.finish())
    return problem(*fault);
  auto id = canonical_sii(text);
  if (!id)
    return problem(id.error());
  out.id = std::move(*id);
  out.user_id = user;
  out.locale = locale.value_or("en");
  const bool mail = out.id.kind == sii_kind::mailto;
  out.way = way ? *parse_channel(*way) : mail ? channel::email : channel::sms;
  if ((out.way == channel::email) != mail || (out.way == channel::voice && !voice_available))
    return problem(errc::identifier_unsupported, {.detail = "the channel does not fit"});
  return {};
}

/// The record as the shard will keep it: nothing in it is in clear.
verification sealed_record(const call& of, const wish& from) {
  const auto& ports = of.service.ports();
  const auto place = ports.keys.place(from.id.canonical);
  const auto& seals = ports.keys.shard_sealer(place.shard);
  const auto traits = traits_of(from.id);
  verification out;
  out.id = crypto::new_verification_id(place.shard, ports.random);
  out.key = {place.key};
  out.provider_id = of.who->id;
  out.user = seals.seal_deterministic(from.user_id, user_aad(out.key, out.provider_id));
  out.user_tag = ports.keys.user_tag(out.id, from.user_id);
  out.way = from.way;
  out.to = {traits.region, ports.keys.prefix_tag(traits.breaker_prefix)};
  out.mail_domain = mail_domain_tag(ports.keys, from.id);
  code_message message{from.id.canonical, crypto::random_code(ports.random), from.locale,
                       of.who->id, of.who->name};
  auto plain = encode(message);
  out.code_tag = ports.keys.code_tag(out.id, message.code);
  out.message = seals.seal(plain, message_aad(out.id), ports.random);
  crypto::cleanse(plain);
  crypto::cleanse(message.code);
  crypto::cleanse(message.sii);
  return out;
}

void answer_opened(call& of, const verification_view& view, bool replayed) {
  response reply;
  reply.status = 202;
  reply.body = verification_json(view);
  reply.add_header("Location", "/v1/verifications/" + view.id);
  if (replayed)
    reply.add_header("Idempotent-Replayed", "true");
  of.answer(std::move(reply));
}

void open_it(const opening_ptr& at);

void on_debited(const opening_ptr& at, const actors::limit_answer& got) {
  if (got.code == errc::none) {
    at->of->session->watch().registration(at->seen);
    return open_it(at);
  }
  if (!certainly_not_done(got.code))
    give_back_send(at->of, at->record.id, at->record.to);
  settle_key(at->of, at->key, false, [at, got] { refuse_limit(*at->of, got); });
}

void debit(const opening_ptr& at) {
  at->of->ask<actors::limit_answer>(
      at->of->session_actor(), actors::debit_send{at->record.id, at->record.to, at->record.way},
      [at](const actors::limit_answer& got) { on_debited(at, got); });
}

void on_opened(const opening_ptr& at, const actors::verification_answer& got) {
  if (got.code == errc::none) {
    // Another id: the first call had been carried out after all, and its answer was stored.
    const bool replayed = got.view.id != at->record.id;
    if (replayed)
      give_back_send(at->of, at->record.id, at->record.to);
    return settle_key(at->of, at->key, true,
                      [at, got, replayed] { answer_opened(*at->of, got.view, replayed); });
  }
  const bool refused = certainly_not_done(got.code);
  if (refused)
    give_back_send(at->of, at->record.id, at->record.to);
  // What may have happened is found out by a repeat: the kept key makes it look at the shard.
  settle_key(at->of, at->key, !refused, [at, got] { refuse_verification(*at->of, got); });
}

void open_it(const opening_ptr& at) {
  const auto& settings = at->of->service.ports().settings;
  const auto left = settings.delivery_deadline;
  at->of->ask<actors::verification_answer>(
      at->of->owner_of(at->key.shard),
      actors::open_verification{at->of->route_to(at->key.shard, left), at->record, at->key.key_tag,
                                settings.sessions_per_provider, settings.sessions_per_sii},
      [at](const actors::verification_answer& got) { on_opened(at, got); }, left);
}

}  // namespace

void handle_create_verification(const call_ptr& made) {
  const auto& ports = made->service.ports();
  wish asked;
  if (auto refusal = read_wish(asked, made->body, ports.settings.voice_available)) {
    crypto::cleanse(made->body);
    return made->answer(std::move(*refusal));
  }
  auto at = std::make_shared<opening>();
  at->of = made;
  at->record = sealed_record(*made, asked);
  at->seen =
      features_of(asked.id.canonical, ports.settings.features, ports.settings.common_mail_domains);
  at->key = reservation_of(*made, *verification_shard(at->record.id));
  crypto::cleanse(made->body);
  reserve_key(
      made, at->key, [at] { debit(at); },
      [at](const actors::found_answer& got) { answer_opened(*at->of, got.view, true); });
}

}  // namespace glados::http
