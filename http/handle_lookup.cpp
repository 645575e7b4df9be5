// POST /v1/lookup (api.md section 4). The warm path touches neither Redis nor libphonenumber, takes
// no lock that another request holds for long, and crosses no thread.
#include "domain/sii.hpp"
#include "domain/time_text.hpp"
#include "http/attestation.hpp"
#include "http/handlers.hpp"
#include "http/lookup_budget.hpp"

namespace glados::http {
namespace {

constexpr std::size_t sii_max = 65'536;  // longer ones than are legal are invalid, not malformed

/// The value of `{"sii":"…"}` without escapes, which is what almost every caller sends; otherwise
/// nothing, and the strict parser has the word.
std::string_view plain_sii(std::string_view body) {
  constexpr std::string_view head = "{\"sii\":", tail = "\"}";
  if (!body.starts_with(head) || !body.ends_with(tail))
    return {};
  body = body.substr(head.size(), body.size() - head.size() - tail.size());
  if (body.starts_with(' '))
    body.remove_prefix(1);
  if (!body.starts_with('"'))
    return {};
  body.remove_prefix(1);
  return body.find_first_of("\"\\") == std::string_view::npos ? body : std::string_view{};
}

struct question {
  std::string_view canonical;  ///< in the call's body
  bool attested = false;
};

void answer_found(call& of, const question& asked, const sii_key& key, shard_id shard,
                  const actors::lookup_answer& found) {
  const auto& ports = of.service.ports();
  const auto user = open_user(ports.keys, shard, key, found.provider_id, found.user);
  if (!user)
    return of.refuse(errc::internal);
  const auto name = of.here().names.of(found.provider_id);
  const auto day = start_of_day(found.verified_at);
  json_output out;
  out.begin_object().name("ssi").begin_object();
  out.member("provider_id", std::string_view(found.provider_id));
  out.member("provider_name", name);
  out.member("user_id", std::string_view(*user));
  out.end_object();
  out.member("method", to_string(found.method));
  out.member("verified_at", rfc3339(day));
  if (asked.attested)
    out.member("attestation",
               sign_attestation({ports.settings.base_url, of.who->id, asked.canonical,
                                 found.provider_id, std::string(name), *user, day, of.now()},
                                ports.keys.attest_signers().back()));
  out.end_object();
  of.answer_json(out.take());
}

/// The call lives as long as its questions: what is done with the answers needs no count of its
/// own.
void look_up(const call_ptr& made, const question& asked) {
  charge_lookup(made, [&of = *made, asked](const lookup_charge& taken) {
    auto& ports = of.service.ports();
    const auto seen = features_of(asked.canonical, ports.settings.features);
    const auto place = ports.keys.place(asked.canonical);
    const sii_key key{place.key, place.index_version};
    const auto shard = place.shard;
    of.ask<actors::lookup_answer>(
        of.owner_of(shard), actors::lookup_mapping{{shard}, key},
        [&of, asked, key, shard, seen, taken](const actors::lookup_answer& got) {
          settle_charge(of, taken, got.code, seen);
          if (got.code == errc::none)
            answer_found(of, asked, key, shard, got);
          else
            of.refuse(got.code);
        });
  });
}

}  // namespace

void handle_lookup(const call_ptr& made) {
  if (const auto plain = plain_sii(made->body); surely_canonical(plain))
    return look_up(made, {plain, false});
  json_input in(made->body);
  const auto text = in.text("sii", sii_max);
  const bool attested = in.flag("attestation", false);
  const auto refuse = [&](response&& reply) {
    show_lookup_budget(*made);
    made->answer(std::move(reply));
  };
  if (auto fault = in.finish())
    return refuse(problem(*fault));
  std::string canonical(text);
  if (!surely_canonical(text)) {
    auto slow = canonical_sii(text);
    if (!slow)
      return refuse(problem(slow.error()));
    canonical = std::move(slow->canonical);
  }
  made->body = std::move(canonical);  // of no other use from here on
  look_up(made, {made->body, attested});
}

}  // namespace glados::http
