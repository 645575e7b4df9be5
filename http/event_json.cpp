#include "http/event_json.hpp"

#include "crypto/encoding.hpp"
#include "domain/time_text.hpp"
#include "http/api.hpp"
#include "http/json.hpp"

namespace glados::http {
namespace {

json_output& text_or_null(json_output& out, std::string_view text) {
  return text.empty() ? out.null() : out.value(text);
}

json_output& time_or_null(json_output& out, instant at) {
  return at.us == 0 ? out.null() : out.value(rfc3339(at));
}

void put_mapping(json_output& out, const mapping_notice& about, const std::string& receiver,
                 const crypto::key_ring& keys, const actors::session_directory& names) {
  auto user = open_user(keys, about.shard, about.key, receiver, about.user);
  text_or_null(out.name("change_id"), about.change_id);
  out.member("mapping_id",
             keys.mapping_id({about.shard, about.key.layers, about.key.value, about.salt}));
  if (user)
    out.member("user_id", *user);
  else
    out.name("user_id").null();
  out.name("by");
  if (about.by_provider.empty())
    out.null();
  else
    out.begin_object()
        .member("provider_id", about.by_provider)
        .member("provider_name", names.display_name(about.by_provider))
        .end_object();
  time_or_null(out.name("restore_until"), about.restore_until);
  out.member("sequence", about.sequence);
}

}  // namespace

std::string event_json(const event& what, const crypto::key_ring& keys,
                       const actors::session_directory& names) {
  json_output out;
  out.begin_object();
  out.member("id", what.id).member("type", to_string(what.type));
  out.member("created_at", rfc3339(what.created_at));
  out.name("data");
  if (what.mapping) {
    out.begin_object();
    put_mapping(out, *what.mapping, what.provider_id, keys, names);
    out.end_object();
  } else {
    out.raw("{" + what.detail + "}");
  }
  out.end_object();
  return out.take();
}

std::string public_key_text(const bytes32& key) { return "whpk_" + crypto::base64(key); }

std::string webhook_json(const webhook& settings, instant now) {
  json_output out;
  out.begin_object();
  out.member("url", settings.url);
  out.name("event_types").begin_array();
  for (const auto type : settings.types) out.value(to_string(type));
  out.end_array();
  out.member("state", settings.state == webhook_state::active ? "active" : "disabled");
  const auto keys = signing_keys(settings, now);
  out.member("public_key", keys.empty() ? std::string() : public_key_text(keys.front().public_key));
  out.name("previous_public_key");
  if (keys.size() > 1)
    out.value(public_key_text(keys[1].public_key));
  else
    out.null();
  out.end_object();
  return out.take();
}

std::string attempts_json(const std::vector<delivery_attempt>& attempts, const std::string& next) {
  json_output out;
  out.begin_object().name("deliveries").begin_array();
  for (const auto& made : attempts) {
    out.begin_object();
    out.member("id", made.id).member("event_id", made.event_id);
    out.member("type", to_string(made.type)).member("at", rfc3339(made.at));
    out.member("attempt", made.tries);
    out.name("status");
    if (made.status == 0)
      out.null();
    else
      out.value(made.status);
    out.member("latency_ms", made.latency_ms).member("outcome", to_string(made.what));
    time_or_null(out.name("next_try"), made.next_try);
    out.end_object();
  }
  out.end_array().member("next", next).end_object();
  return out.take();
}

}  // namespace glados::http
