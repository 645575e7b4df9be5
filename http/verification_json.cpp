#include "http/verification_json.hpp"

#include "domain/time_text.hpp"
#include "http/api.hpp"

namespace glados::http {
namespace {

void put_members(json_output& out, const verification_view& view) {
  out.member("id", view.id);
  out.member("state", to_string(view.state));
  out.member("channel", to_string(view.way));
  out.member("expires_at", rfc3339(view.expires_at));
  out.member("checks_left", static_cast<std::uint64_t>(view.checks_left));
  out.member("next_check_at", rfc3339(view.next_check_at));
  out.member("sends_left", static_cast<std::uint64_t>(view.sends_left));
  out.member("next_send_at", rfc3339(view.next_send_at));
}

void put_mapping(json_output& out, const shown_mapping& mapping) {
  out.begin_object();
  out.member("id", mapping.id);
  out.member("user_id", mapping.user_id);
  out.member("method", to_string(mapping.method));
  out.member("verified_at", rfc3339(mapping.verified_at));
  out.member("preferred", mapping.preferred);
  out.end_object();
}

void put_conflict(json_output& out, const shown_mapping& mapping) {
  if (mapping.existing.empty() || mapping.decide_by == instant{}) {
    out.null();
    return;
  }
  out.begin_object().name("existing").begin_array();
  for (const auto& claim : mapping.existing) {
    out.begin_object();
    out.member("provider_id", claim.provider_id);
    out.member("provider_name", claim.provider_name);
    out.member("preferred", claim.preferred);
    if (!claim.user_id.empty())
      out.member("user_id", claim.user_id);
    out.end_object();
  }
  out.end_array();
  out.member("decide_by", rfc3339(mapping.decide_by));
  out.end_object();
}

}  // namespace

std::string verification_json(const verification_view& view) {
  json_output out;
  out.begin_object();
  put_members(out, view);
  out.end_object();
  return out.take();
}

std::string verified_json(const verification_view& view, const shown_mapping& mapping) {
  json_output out;
  out.begin_object();
  put_members(out, view);
  put_mapping(out.name("mapping"), mapping);
  put_conflict(out.name("conflict"), mapping);
  out.end_object();
  return out.take();
}

std::string verification_members(const verification_view& view) {
  auto object = verification_json(view);
  object.front() = ',';
  object.pop_back();
  return object;
}

std::string mapping_json(const shown_mapping& mapping) {
  json_output out;
  put_mapping(out, mapping);
  return out.take();
}

std::string found_json(const shown_mapping& mapping) {
  return "{\"mapping\":" + mapping_json(mapping) + "}";
}

std::string decided_json(const shown_mapping& mapping, std::string_view change_id) {
  json_output out;
  out.begin_object();
  put_mapping(out.name("mapping"), mapping);
  out.name("change_id");
  if (change_id.empty())
    out.null();
  else
    out.value(change_id);
  out.end_object();
  return out.take();
}

std::string conflict_members(const shown_mapping& mapping) {
  json_output out;
  put_conflict(out, mapping);
  return ",\"conflict\":" + out.take();
}

std::optional<shown_mapping> open_mapping(const crypto::key_ring& keys,
                                          const actors::session_directory& names, shard_id shard,
                                          std::string_view provider_id,
                                          const actors::verification_answer& from) {
  return open_mapping(keys, names, shard, provider_id, from.key, from.mapping);
}

std::optional<shown_mapping> open_mapping(const crypto::key_ring& keys,
                                          const actors::session_directory& names, shard_id shard,
                                          std::string_view provider_id, const sii_key& key,
                                          const mapping_view& held) {
  auto user = open_user(keys, shard, key, provider_id, held.user);
  if (!user)
    return {};
  shown_mapping out;
  out.id = keys.mapping_id({shard, key.layers, key.value, held.salt});
  out.user_id = std::move(*user);
  out.method = held.method;
  out.verified_at = held.verified_at;
  out.preferred = held.preferred;
  out.decide_by = held.decide_by;
  for (const auto& claim : held.existing) {
    shown_claim shown{
        claim.provider_id, names.display_name(claim.provider_id), claim.preferred, {}};
    if (claim.provider_id == provider_id && !claim.user.empty()) {
      auto opened = open_user(keys, shard, key, provider_id, claim.user);
      if (!opened)
        return {};
      shown.user_id = std::move(*opened);
    }
    out.existing.push_back(std::move(shown));
  }
  return out;
}

}  // namespace glados::http
