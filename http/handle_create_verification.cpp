// POST /v1/verifications (api.md section 5): reads what is asked; the steps are those of
// opening.hpp.
#include <algorithm>

#include "crypto/digest.hpp"
#include "domain/text.hpp"
#include "http/opening.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

constexpr std::size_t body_max = 64 * 1024;  // any length of text is an identifier, if a wrong one
constexpr std::size_t locale_max = 35;       // RFC 5646 section 4.4.1
constexpr std::size_t channel_max = 16;

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
  out.way = way ? *parse_channel(*way) : usual_channel(out.id);
  if (!channel_fits(out.id, out.way, voice_available))
    return problem(errc::identifier_unsupported, {.detail = "the channel does not fit"});
  return {};
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
  open_session(at);
}

}  // namespace glados::http
