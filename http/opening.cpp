#include "http/opening.hpp"

#include "domain/code_message.hpp"
#include "http/verification_json.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

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
    if (at->seen)
      at->of->session->watch().registration(*at->seen);
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
    else
      at->of->service.conversion().sent(at->record.to, at->record.way);
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

verification sealed_record(const call& of, const wish& from) {
  const auto& ports = of.service.ports();
  const auto place = ports.keys.place(from.id.canonical);
  const auto& seals = ports.keys.shard_sealer(place.shard, place.index_version);
  const auto traits = traits_of(from.id);
  verification out;
  out.id = crypto::new_verification_id(place.shard, ports.random);
  out.key = {place.key, place.index_version};
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

channel usual_channel(const sii& id) {
  return id.kind == sii_kind::mailto ? channel::email : channel::sms;
}

bool channel_fits(const sii& id, channel way, bool voice_available) {
  return (way == channel::email) == (id.kind == sii_kind::mailto) &&
         (way != channel::voice || voice_available);
}

void open_session(const opening_ptr& at) {
  reserve_key(
      at->of, at->key, [at] { at->prepare(at, [at] { debit(at); }); },
      [at](const actors::found_answer& got) { answer_opened(*at->of, got.view, true); });
}

}  // namespace glados::http
