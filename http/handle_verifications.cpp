// What can be done with a verification once it is open (api.md section 5): read, send again, check,
// cancel. Each id names its shard; one that is not of this provider is not found there.
#include <algorithm>

#include "crypto/digest.hpp"
#include "domain/text.hpp"
#include "http/verification_json.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

using actors::verification_answer;
using guess = storage::provider_store::guess;

constexpr std::size_t code_max = 16;
constexpr std::size_t channel_max = 16;

/// Where the verification of this call lives. Answers 404 and returns nothing for an id of a wrong
/// form.
std::optional<shard_id> find_shard(call& of) {
  const auto shard = verification_shard(of.parameter[0]);
  if (!shard)
    of.refuse(errc::not_found);
  return shard;
}

template <class Message>
Message to_verification(const call& of, shard_id shard,
                        std::optional<std::chrono::milliseconds> left = {}) {
  Message out;
  out.via = of.route_to(shard, left);
  out.id = of.parameter[0];
  out.provider_id = of.who->id;
  return out;
}

void answer_view(call& of, shard_id shard, const verification_answer& got, int status) {
  if (!got.has_mapping)
    return of.answer_json(verification_json(got.view), status);
  const auto& ports = of.service.ports();
  const auto shown = open_mapping(ports.keys, ports.sessions, shard, of.who->id, got);
  if (!shown)
    return of.refuse(errc::internal);
  of.answer_json(verified_json(got.view, *shown), status);
}

// --- send again --------------------------------------------------------------------------------

/// One resend under way.
struct resending {
  call_ptr of;
  shard_id shard = 0;
  std::optional<channel> way;
  destination to;
};

template <class Message>
Message resend_message(const resending& at, std::optional<std::chrono::milliseconds> left = {}) {
  auto out = to_verification<Message>(*at.of, at.shard, left);
  out.same_way = !at.way;
  out.way = at.way.value_or(channel::sms);
  return out;
}

void on_resent(const resending& at, const verification_answer& got) {
  if (got.code == errc::none) {
    at.of->service.conversion().sent(at.to, got.view.way);
    return answer_view(*at.of, at.shard, got, 202);
  }
  if (certainly_not_done(got.code))
    give_back_send(at.of, at.of->parameter[0], at.to);
  refuse_verification(*at.of, got);
}

void on_debited(const resending& at, const actors::limit_answer& got) {
  if (got.code != errc::none) {
    if (!certainly_not_done(got.code))
      give_back_send(at.of, at.of->parameter[0], at.to);
    return refuse_limit(*at.of, got);
  }
  const auto left = at.of->service.ports().settings.delivery_deadline;
  at.of->ask<verification_answer>(
      at.of->owner_of(at.shard), resend_message<actors::resend_code>(at, left),
      [at](const verification_answer& sent) { on_resent(at, sent); }, left);
}

void on_planned(resending at, const verification_answer& got) {
  if (got.code == errc::deadline)  // a plan changes nothing
    return at.of->refuse(errc::overloaded);
  if (got.code != errc::none)
    return refuse_verification(*at.of, got);
  at.to = got.to;
  if (at.way && (*at.way == channel::email) != (at.to.region == "email"))
    return at.of->refuse(errc::identifier_unsupported, {.detail = "the channel does not fit"});
  at.of->ask<actors::limit_answer>(
      at.of->session_actor(),
      actors::debit_send{at.of->parameter[0], at.to, at.way.value_or(got.view.way)},
      [at](const actors::limit_answer& debited) { on_debited(at, debited); });
}

// --- check -------------------------------------------------------------------------------------

/// One guess under way; its tags cannot be turned back into what was guessed.
struct guessing {
  call_ptr of;
  shard_id shard = 0;
  actors::check_code question;
};

/// What the provider's day of guesses makes of an answer. One that was compared but not recorded
/// had the right code; one of which nothing is known stays counted as wrong.
guess judge(const verification_answer& got) {
  switch (got.code) {
    case errc::none:
      return guess::right;
    case errc::code_incorrect:
    case errc::identifier_mismatch:
      return got.compared ? guess::wrong : guess::not_compared;
    case errc::deadline:
      return guess::wrong;
    default:
      return guess::not_compared;
  }
}

void on_checked(const guessing& at, const verification_answer& got) {
  const auto how = judge(got);
  at.of->ask<actors::limit_answer>(at.of->session_actor(), actors::settle_guess{how, got.to},
                                   [](const actors::limit_answer&) {});
  if (got.code == errc::none) {
    at.of->service.conversion().confirmed(got.to, got.view.way);
    const auto& held = got.mapping.existing;
    at.of->session->watch().proof(std::any_of(held.begin(), held.end(), [&](const auto& one) {
      return one.provider_id != at.of->who->id;
    }));
    return answer_view(*at.of, at.shard, got, 200);
  }
  refuse_verification(*at.of, got);
}

void on_guess_reserved(guessing at, const actors::limit_answer& got) {
  if (got.code != errc::none)
    return refuse_limit(*at.of, got);
  at.question.via = at.of->route_to(at.shard);
  at.of->ask<verification_answer>(
      at.of->owner_of(at.shard), at.question,
      [at](const verification_answer& checked) { on_checked(at, checked); });
}

std::uint32_t random_salt(crypto::random_source& random) {
  std::array<std::uint8_t, 4> bytes{};
  random.fill(bytes);
  std::uint32_t out = 0;
  for (const auto byte : bytes) out = out << 8 | byte;
  return out;
}

/// Reads the body into tags. A code of a wrong form is a wrong code: what it was made of does not
/// matter, its tag equals no other.
std::optional<response> read_guess(call& of, actors::check_code& out) {
  const auto& ports = of.service.ports();
  json_input in(of.body);
  const auto code = in.text("code", code_max);
  const auto user = in.text("user_id", user_id_max);
  if (code.empty())
    in.refuse("code", "not 1 to 16 characters");
  if (!valid_user_id(user))
    in.refuse("user_id", "not 1 to 128 characters without control characters");
  if (auto fault = in.finish())
    return problem(*fault);
  out.code_tag = ports.keys.code_tag(out.id, code);
  out.user_tag = ports.keys.user_tag(out.id, user);
  out.salt = random_salt(ports.random);
  return {};
}

}  // namespace

void handle_get_verification(const call_ptr& made) {
  const auto shard = find_shard(*made);
  if (!shard)
    return;
  made->ask<verification_answer>(made->owner_of(*shard),
                                 to_verification<actors::get_verification>(*made, *shard),
                                 [made, shard = *shard](const verification_answer& got) {
                                   if (got.code == errc::none)
                                     answer_view(*made, shard, got, 200);
                                   else
                                     made->refuse(got.code);
                                 });
}

void handle_resend_verification(const call_ptr& made) {
  auto in = json_input::or_empty(made->body);
  const auto name = in.optional_text("channel", channel_max);
  const auto way = name ? parse_channel(*name) : std::nullopt;
  if (name && !way)
    in.refuse("channel", "not one of sms, voice, email");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const auto shard = find_shard(*made);
  if (!shard)
    return;
  if (way == channel::voice && !made->service.ports().settings.voice_available)
    return made->refuse(errc::identifier_unsupported, {.detail = "the channel does not fit"});
  resending at{made, *shard, way, {}};
  made->ask<verification_answer>(made->owner_of(*shard), resend_message<actors::plan_resend>(at),
                                 [at](const verification_answer& got) { on_planned(at, got); });
}

void handle_check_verification(const call_ptr& made) {
  guessing at{made, 0, {}};
  at.question.id = made->parameter[0];
  at.question.provider_id = made->who->id;
  auto refusal = read_guess(*made, at.question);
  crypto::cleanse(made->body);
  if (refusal)
    return made->answer(std::move(*refusal));
  const auto shard = find_shard(*made);
  if (!shard)
    return;
  at.shard = *shard;
  made->ask<actors::limit_answer>(
      made->session_actor(), actors::reserve_guess{},
      [at](const actors::limit_answer& got) { on_guess_reserved(at, got); });
}

void handle_cancel_verification(const call_ptr& made) {
  const auto shard = find_shard(*made);
  if (!shard)
    return;
  made->ask<verification_answer>(made->owner_of(*shard),
                                 to_verification<actors::cancel_verification>(*made, *shard),
                                 [made](const verification_answer& got) {
                                   if (got.code != errc::none)
                                     return refuse_verification(*made, got);
                                   response done;
                                   done.status = 204;
                                   done.content_type = {};
                                   made->answer(std::move(done));
                                 });
}

}  // namespace glados::http
