// A provider's own mappings (api.md section 5): the decision over a conflict, reading, finding and
// removing one. A mapping id names shard, record and salt to the keys and nothing to anybody else;
// one that is not of this provider is not found in its record.
#include <charconv>

#include "crypto/digest.hpp"
#include "domain/sii.hpp"
#include "http/keyed_call.hpp"
#include "http/lookup_budget.hpp"
#include "http/verification_json.hpp"
#include "http/verification_steps.hpp"

namespace glados::http {
namespace {

using actors::mapping_answer;

constexpr std::size_t action_max = 16;
constexpr std::size_t sii_max = 64 * 1024;  // any length of text is an identifier, if a wrong one

/// Where a mapping stands.
struct mapping_place {
  shard_id shard = 0;
  sii_key key;
  std::uint32_t salt = 0;
};

/// The place that the id in this call's path names. Answers 404 and returns nothing when none.
std::optional<mapping_place> find_place(call& of) {
  const auto& keys = of.service.ports().keys;
  const auto parts = keys.parse_mapping_id(of.parameter[0]);
  if (!parts) {
    of.refuse(errc::not_found);
    return {};
  }
  return mapping_place{parts->shard, {parts->key, parts->version}, parts->salt};
}

template <class Message>
Message to_mapping(const call& of, const mapping_place& at) {
  Message out;
  out.via = of.route_to(at.shard);
  out.key = at.key;
  out.salt = at.salt;
  out.provider_id = of.who->id;
  return out;
}

/// The mapping in clear. Answers 500 and returns nothing when a seal does not fit.
std::optional<shown_mapping> show(call& of, const mapping_place& at, const mapping_view& held) {
  const auto& ports = of.service.ports();
  auto out = open_mapping(ports.keys, ports.sessions, at.shard, of.who->id, at.key, held);
  if (!out)
    of.refuse(errc::internal);
  return out;
}

// --- decision ----------------------------------------------------------------------------------

/// One decision under way.
struct deciding {
  call_ptr of;
  mapping_place at;
  storage::call_reservation key;
  decision what = decision::keep;
};

std::optional<decision> parse_decision(std::string_view name) {
  if (name == "replace")
    return decision::replace;
  if (name == "prefer")
    return decision::prefer;
  if (name == "keep")
    return decision::keep;
  return {};
}

void answer_decided(const deciding& made, const mapping_view& mapping, const std::string& change_id,
                    bool replayed) {
  const auto shown = show(*made.of, made.at, mapping);
  if (!shown)
    return;
  response reply;
  reply.body = decided_json(*shown, change_id);
  if (replayed)
    reply.add_header("Idempotent-Replayed", "true");
  made.of->answer(std::move(reply));
}

void refuse_decision(const deciding& made, const mapping_answer& got) {
  if (got.code == errc::deadline)
    return made.of->refuse(errc::outcome_unknown);
  if (got.code != errc::conflict)
    return made.of->refuse(got.code);
  if (const auto shown = show(*made.of, made.at, got.mapping))
    made.of->refuse(got.code, {.detail = "the existing mappings changed since they were shown",
                               .members = conflict_members(*shown)});
}

void on_decided(const deciding& made, const mapping_answer& got) {
  if (got.code == errc::none)
    return settle_key(made.of, made.key, true, [made, got] {
      answer_decided(made, got.mapping, got.change_id, got.replayed);
    });
  settle_key(made.of, made.key, !certainly_not_done(got.code),
             [made, got] { refuse_decision(made, got); });
}

void decide_it(const deciding& made) {
  const auto& ports = made.of->service.ports();
  auto question = to_mapping<actors::decide_mapping>(*made.of, made.at);
  question.what = made.what;
  question.change_id = crypto::new_change_id(made.at.shard, ports.random);
  question.key_tag = made.key.key_tag;
  made.of->ask<mapping_answer>(made.of->owner_of(made.at.shard), std::move(question),
                               [made](const mapping_answer& got) { on_decided(made, got); });
}

// --- If-Match ----------------------------------------------------------------------------------

/// Revisions are opaque to callers; quoted they are entity tags (RFC 9110 section 8.8.3).
std::string entity_tag(std::uint64_t revision) { return '"' + std::to_string(revision) + '"'; }

/// The revisions that If-Match names (RFC 9110 section 13.1.1); empty for "*" or without one. A tag
/// that is weak, or none of ours, is no revision: it stands as 0, which no mapping has.
std::vector<std::uint64_t> wanted_revisions(std::string_view header) {
  std::vector<std::uint64_t> out;
  if (header == "*")
    return out;
  while (!header.empty()) {
    auto tag = header.substr(0, header.find(','));
    header.remove_prefix(std::min(tag.size() + 1, header.size()));
    while (!tag.empty() && (tag.front() == ' ' || tag.front() == '\t')) tag.remove_prefix(1);
    while (!tag.empty() && (tag.back() == ' ' || tag.back() == '\t')) tag.remove_suffix(1);
    std::uint64_t revision = 0;
    const bool quoted = tag.size() > 2 && tag.front() == '"' && tag.back() == '"';
    if (quoted) {
      const char* end = tag.data() + tag.size() - 1;
      if (std::from_chars(tag.data() + 1, end, revision).ptr != end)
        revision = 0;
    }
    out.push_back(revision);
  }
  return out;
}

// --- find --------------------------------------------------------------------------------------

void on_sought(call& of, const mapping_place& at, const mapping_answer& got) {
  if (got.code != errc::none)
    return of.refuse(got.code);
  if (const auto shown = show(of, at, got.mapping))
    of.answer_json(found_json(*shown));
}

void seek(const call_ptr& made, const std::string& canonical) {
  const auto place = made->service.ports().keys.place(canonical);
  const mapping_place at{place.shard, {place.key, place.index_version}, 0};
  const auto seen = features_of(canonical, made->service.ports().settings.features);
  charge_lookup(made, [made, at, seen](const lookup_charge& taken) {
    made->ask<mapping_answer>(made->owner_of(at.shard),
                              actors::find_mapping{made->route_to(at.shard), at.key, made->who->id},
                              [made, at, seen, taken](const mapping_answer& got) {
                                settle_charge(*made, taken, got.code, seen);
                                on_sought(*made, at, got);
                              });
  });
}

}  // namespace

void handle_decide_mapping(const call_ptr& made) {
  json_input in(made->body);
  const auto name = in.text("action", action_max);
  const auto what = parse_decision(name);
  if (!what)
    in.refuse("action", "not one of replace, prefer, keep");
  if (auto fault = in.finish())
    return made->answer(problem(*fault));
  const auto at = find_place(*made);
  if (!at)
    return;
  const deciding under_way{made, *at, reservation_of(*made, at->shard), *what};
  reserve_key(
      made, under_way.key, [under_way] { decide_it(under_way); },
      [under_way](const actors::found_answer& got) {
        answer_decided(under_way, got.mapping, got.change_id, true);
      });
}

void handle_get_mapping(const call_ptr& made) {
  const auto at = find_place(*made);
  if (!at)
    return;
  made->ask<mapping_answer>(made->owner_of(at->shard), to_mapping<actors::get_mapping>(*made, *at),
                            [made, at = *at](const mapping_answer& got) {
                              if (got.code != errc::none)
                                return made->refuse(got.code);
                              const auto shown = show(*made, at, got.mapping);
                              if (!shown)
                                return;
                              response reply;
                              reply.body = mapping_json(*shown);
                              reply.add_header("ETag", entity_tag(revision_of(got.mapping)));
                              made->answer(std::move(reply));
                            });
}

void handle_find_mapping(const call_ptr& made) {
  json_input in(made->body);
  const auto text = in.text("sii", sii_max);
  const auto refuse = [&](response&& reply) {
    show_lookup_budget(*made);
    made->answer(std::move(reply));
  };
  if (auto fault = in.finish())
    return refuse(problem(*fault));
  if (auto fast = fast_canonical(text))
    return seek(made, fast->canonical);
  const auto slow = canonical_sii(text);
  if (!slow)
    return refuse(problem(slow.error()));
  seek(made, slow->canonical);
}

void handle_remove_mapping(const call_ptr& made) {
  const auto at = find_place(*made);
  if (!at)
    return;
  auto question = to_mapping<actors::remove_mapping>(*made, *at);
  question.wanted = wanted_revisions(made->if_match);
  made->ask<mapping_answer>(made->owner_of(at->shard), std::move(question),
                            [made](const mapping_answer& got) {
                              if (got.code == errc::deadline)
                                return made->refuse(errc::outcome_unknown);
                              if (got.code != errc::none)
                                return made->refuse(got.code);
                              response done;
                              done.status = 204;
                              done.content_type = {};
                              made->answer(std::move(done));
                            });
}

}  // namespace glados::http
