// What a displaced provider can do about a change (api.md section 6): have its mapping put back by
// fresh proof, and report it to the abuse desk.
#include <cstdio>

#include "crypto/digest.hpp"
#include "domain/text.hpp"
#include "http/opening.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

constexpr std::size_t sii_max = 64 * 1024;  // any length of text is an identifier, if a wrong one
constexpr std::size_t channel_max = 16;
constexpr std::size_t reason_max = 16;
constexpr std::size_t report_random_bytes = 9;
constexpr std::size_t change_id_size = 25;  // 'c', two shard letters, 128 bits

/// The shard of the change that this call's path names. Answers 404 and returns nothing for an id
/// of a wrong form.
std::optional<shard_id> find_shard(call& of) {
  const auto& id = of.parameter[0];
  if (id.size() == change_id_size && id.front() == 'c')
    if (const auto shard = crypto::shard_of_id(id))
      return *shard;
  of.refuse(errc::not_found);
  return {};
}

/// Form of every member; then the identifier; then whether the channel fits it.
std::optional<response> read_wish(wish& out, std::string_view body, bool voice_available) {
  json_input in(body);
  const auto text = in.text("sii", sii_max);
  const auto way = in.optional_text("channel", channel_max);
  if (way && !parse_channel(*way))
    in.refuse("channel", "not one of sms, voice, email");
  if (auto fault = in.finish())
    return problem(*fault);
  auto id = canonical_sii(text);
  if (!id)
    return problem(id.error());
  out.id = std::move(*id);
  out.way = way ? *parse_channel(*way) : usual_channel(out.id);
  if (!channel_fits(out.id, out.way, voice_available))
    return problem(errc::identifier_unsupported, {.detail = "the channel does not fit"});
  return {};
}

void refuse(const opening_ptr& at, errc code) {
  settle_key(at->of, at->key, false, [at, code] { at->of->refuse(code); });
}

/// The change is this provider's loss. Its identifier must be the one that was named; then the user
/// of the lost mapping is the one whose code is to be checked.
void on_found(const opening_ptr& at, const std::shared_ptr<wish>& asked, shard_id shard,
              const actors::change_answer& got, const std::function<void()>& then) {
  if (got.code != errc::none)
    return refuse(at, got.code == errc::deadline ? errc::overloaded : got.code);
  auto& of = *at->of;
  const auto& keys = of.service.ports().keys;
  const auto place = keys.place_at(asked->id.canonical, got.key.layers);
  if (place.shard != shard || place.key != got.key.value)
    return refuse(at, errc::identifier_mismatch);
  auto user = open_user(keys, shard, got.key, of.who->id, got.user);
  if (!user)
    return refuse(at, errc::internal);
  asked->user_id = std::move(*user);
  at->record = sealed_record(of, *asked);
  at->record.restores = {of.parameter[0], crypto::new_change_id(shard, of.service.ports().random)};
  then();
}

std::optional<report_reason> parse_reason(std::string_view name) {
  for (const auto reason :
       {report_reason::malicious, report_reason::mistake, report_reason::recycled})
    if (to_string(reason) == name)
      return reason;
  return {};
}

/// The order of these ids is that of the reports.
std::string new_report_id(instant now, crypto::random_source& random) {
  char time[20];
  std::snprintf(time, sizeof time, "%014llx", static_cast<unsigned long long>(now.us));
  return "r" + std::string(time) + crypto::random_token(random, report_random_bytes);
}

}  // namespace

void handle_report(const call_ptr& made) {
  json_input in(made->body);
  const auto reason = parse_reason(in.text("reason", reason_max));
  const auto note = in.text("note", note_max);
  if (!reason)
    in.refuse("reason", "not one of malicious, mistake, recycled");
  if (!valid_note(note))
    in.refuse("note", "control characters");
  auto fault = in.finish();
  const auto& ports = made->service.ports();
  actors::file_report question;
  if (!fault && reason) {
    auto& what = question;
    what.id = new_report_id(made->now(), ports.random);
    what.change_id = made->parameter[0];
    what.provider_id = made->who->id;
    what.reason = *reason;
    // It may hold whatever a person wrote.
    what.note = ports.keys.seal_for(what.provider_id, note, what.id, ports.random);
  }
  crypto::cleanse(made->body);
  if (fault)
    return made->answer(problem(*fault));
  const auto shard = find_shard(*made);
  if (!shard)
    return;
  question.via = made->route_to(*shard);
  const auto id = question.id;
  made->ask<actors::change_answer>(
      made->owner_of(*shard), std::move(question), [made, id](const actors::change_answer& got) {
        if (got.code != errc::none)
          return made->refuse(got.code == errc::deadline ? errc::outcome_unknown : got.code);
        json_output out;
        out.begin_object().member("report_id", id).member("state", "open").end_object();
        made->answer_json(out.take(), 202);
      });
}

void handle_restore(const call_ptr& made) {
  auto asked = std::make_shared<wish>();
  auto refusal = read_wish(*asked, made->body, made->service.ports().settings.voice_available);
  const auto shard = refusal ? std::nullopt : find_shard(*made);
  if (!shard) {
    crypto::cleanse(made->body);
    return refusal ? made->answer(std::move(*refusal)) : void();
  }
  auto at = std::make_shared<opening>();
  at->of = made;
  at->key = reservation_of(*made, *shard);
  crypto::cleanse(made->body);
  at->prepare = [asked, shard = *shard](const opening_ptr& of, std::function<void()> then) {
    of->of->ask<actors::change_answer>(
        of->of->owner_of(shard),
        actors::get_change{of->of->route_to(shard), of->of->parameter[0], of->of->who->id},
        [of, asked, shard, then = std::move(then)](const actors::change_answer& got) {
          on_found(of, asked, shard, got, then);
        });
  };
  open_session(at);
}

}  // namespace glados::http
