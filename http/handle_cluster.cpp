// The cluster on the admin listener: its state, draining a node, activating an index key, and the
// sandbox's outbox over all nodes.
#include <algorithm>
#include <charconv>

#include "domain/sii.hpp"
#include "http/admin_json.hpp"
#include "http/backup_calls.hpp"
#include "http/handle_admin.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

/// For the outbox: nodes that are frozen must not hold up the others.
constexpr std::chrono::milliseconds outbox_wait{1500};

constexpr std::size_t node_id_max = 64;

/// One search under way, over all nodes.
struct search {
  call_ptr of;
  std::vector<sandbox_message> found;
  std::size_t open = 0;
};

void finish(search& at) {
  std::stable_sort(at.found.begin(), at.found.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  response reply;
  reply.body = messages_json(at.found);
  reply.add_header("Cache-Control", "no-store");
  at.of->answer(std::move(reply));
}

std::string_view why_not(activation outcome) {
  switch (outcome) {
    case activation::active:
      return "";
    case activation::not_next:
      return "its number is not that of the active key + 1";
    case activation::unfinished:
      return "the rotation before it is under way: shards have old names";
    case activation::lacking:
      return "a node does not have it: ";
    case activation::differing:
      return "a node has another key of this number: ";
  }
  return "";
}

void activate(const call_ptr& made, std::uint8_t version) {
  made->ask<actors::index_key_answer>(
      made->service.ports().member, actors::activate_index_key{version},
      [made, version](const actors::index_key_answer& got) {
        if (got.code == errc::deadline)
          return made->refuse(errc::outcome_unknown);
        if (got.code != errc::none)
          return made->refuse(got.code);
        if (got.made.outcome != activation::active)
          return made->refuse(errc::conflict, {.detail = refusal_of(got.made)});
        json_output out;
        out.begin_object().member("index_key", std::uint64_t{version});
        out.member("state", std::string_view("active")).end_object();
        made->answer_json(out.take(), 202);
      });
}

}  // namespace

std::string refusal_of(const activation_answer& how) {
  return std::string(why_not(how.outcome)) + how.node;
}

void handle_cluster(const call_ptr& made) {
  const auto& describe = made->service.ports().cluster_json;
  if (!describe)
    return made->refuse(errc::storage_unavailable);
  made->answer_json(describe());
}

void handle_cluster_shards(const call_ptr& made) {
  const auto& describe = made->service.ports().shards_json;
  if (!describe)
    return made->refuse(errc::storage_unavailable);
  made->answer_json(describe());
}

namespace {

void drain(const call_ptr& made) {
  made->ask<actors::drain_answer>(
      made->service.ports().member, actors::drain_node{made->parameter[0]},
      [made](const actors::drain_answer& got) {
        if (got.code == errc::deadline)
          return made->refuse(errc::outcome_unknown);
        if (got.code != errc::none)
          return made->refuse(got.code);
        json_output out;
        out.begin_object().member("node_id", std::string_view(made->parameter[0]));
        out.member("state", std::string_view("draining")).end_object();
        made->answer_json(out.take(), 202);
      });
}

/// As `node.id` may be (config/forms.cpp).
bool may_be_node(std::string_view text) {
  return !text.empty() && text.size() <= node_id_max &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.';
         });
}

}  // namespace

void handle_drain_node(const call_ptr& made) {
  if (!may_be_node(made->parameter[0]))
    return made->refuse(errc::not_found);
  ask_registrar(made, actors::note_act{"node.drain", made->parameter[0], {}},
                [made](const actors::registry_answer&) { drain(made); });
}

void handle_activate_index_key(const call_ptr& made) {
  const auto& text = made->parameter[0];
  std::uint8_t version = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (fault != std::errc() || end != text.data() + text.size() || text.front() == '0')
    return made->refuse(errc::not_found);
  ask_registrar(made, actors::note_act{"index_key.activate", "index-" + text, {}},
                [made, version](const actors::registry_answer&) { activate(made, version); });
}

void handle_sandbox_messages(const call_ptr& made) {
  const auto& outbox = made->service.ports().sandbox_outbox;
  if (!outbox)
    return made->refuse(errc::not_found);
  const auto given = query_value(made->query, "sii");
  if (!given)
    return refuse_member(made, "/sii", "the query needs sii=, percent-encoded");
  const auto known = canonical_sii(*given);
  if (!known)
    return made->refuse(known.error());
  const auto table = made->service.ports().shards.table();
  auto at = std::make_shared<search>(search{made, outbox(known->canonical), table->peers.size()});
  if (at->open == 0)
    return finish(*at);
  for (const auto& gate : table->peers)
    made->ask<actors::sandbox_notes>(
        gate, actors::find_sandbox_messages{known->canonical},
        [at](const actors::sandbox_notes& got) {
          for (const auto& one : got.notes)
            at->found.push_back(
                {one.sii, one.provider_id, one.channel, one.text, one.code, one.at});
          if (--at->open == 0)
            finish(*at);
        },
        outbox_wait);
}

}  // namespace glados::http
