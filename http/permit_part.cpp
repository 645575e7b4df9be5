// Which requests may have a long body: parts of bulk jobs, whose head carries a token that may send
// them, as long as there is a place. Judged before any of the body is read, in the worker, from the
// session view; only what this node has not heard of yet is asked for, and the body waits.
// Beside those an operator's record of a back-up, for what five checks may say in any script.
#include <algorithm>
#include <mutex>
#include <set>

#include "crypto/digest.hpp"
#include "http/api.hpp"
#include "http/caller.hpp"

namespace glados::http {

struct api::part_places {
  std::mutex lock;
  std::size_t taken = 0;
  std::set<std::string> names;
};

namespace {

constexpr std::string_view restored_records = "/admin/v1/restore/records";
constexpr std::size_t restored_body = 256 * 1024;

/// What was asked about a head already: each once, and the answer counts as it is.
struct part_questions {
  bool token = false;  ///< its provider, about a token that this node does not remember
  bool news = false;   ///< the registrar, about what other nodes granted
};

bool may_send_parts(const storage::access_token& token) {
  const auto& has = token.scopes;
  return std::find(has.begin(), has.end(), "bulk") != has.end();
}

}  // namespace

std::shared_ptr<api::part_places> api::make_places() { return std::make_shared<part_places>(); }

std::shared_ptr<void> api::take_place() {
  std::lock_guard guard(places_->lock);
  if (places_->taken >= ports_.settings.bulk.parts_in_flight)
    return {};
  ++places_->taken;
  return {places_.get(), [places = places_](void*) {
            std::lock_guard again(places->lock);
            --places->taken;
          }};
}

std::shared_ptr<void> api::take_name(const std::string& name) {
  std::lock_guard guard(places_->lock);
  if (!places_->names.insert(name).second)
    return {};
  return {places_.get(), [places = places_, name](void*) {
            std::lock_guard again(places->lock);
            places->names.erase(name);
          }};
}

body_permit api::permit_body(const request& head, const exchange& here) {
  if (admin_ && head.path == restored_records)
    return {body_permit::verdict::read, restored_body, errc::none, {}};
  const auto found =
      admin_ || head.method != "PUT" ? route_table::match{} : table_.find(head.method, head.path);
  if (found.handler >= 0 &&
      rows_[static_cast<std::size_t>(found.handler)].body == body_rule::ndjson)
    return permit_part(head, here);
  return {body_permit::verdict::read, ports_.settings.max_body, errc::none, {}};
}

body_permit api::permit_part(const request& head, const exchange& here) {
  const body_permit usual{body_permit::verdict::read, ports_.settings.max_body, errc::none, {}};
  auto& client = *head.client;
  const auto before =
      std::static_pointer_cast<const part_questions>(std::exchange(client.permit, {}));
  const auto put = before ? *before : part_questions{};
  auto& actors = *bridges_[here.home()->index()];
  const auto wait_for_news = [&] {
    client.permit = std::make_shared<part_questions>(part_questions{put.token, true});
    actors.ask<actors::registry_answer>(
        ports_.registrar, actors::registry_call{{}, actors::catch_up{}},
        ports_.settings.actor_deadline,
        [here](const actors::registry_answer&) { here.judge_again(); });
    return body_permit{body_permit::verdict::wait, 0, errc::none, {}};
  };
  const auto now = ports_.clock.now();
  const auto caller = caller_of(client, ports_.sessions, now);
  const auto token = bearer_token(head.header("Authorization"));
  if (token.empty())
    return usual;
  if (!caller)
    return put.news ? usual : wait_for_news();
  const auto hash = crypto::sha256(token);
  const auto* known = live_token(client, *caller, hash, now);
  if (!known && !put.token) {
    client.permit = std::make_shared<part_questions>(part_questions{true, put.news});
    actors.ask<actors::token_answer>(ports_.session_of(caller->who->id), actors::find_token{hash},
                                     ports_.settings.actor_deadline,
                                     [here](const actors::token_answer&) { here.judge_again(); });
    return {body_permit::verdict::wait, 0, errc::none, {}};
  }
  if (!known || !may_send_parts(*known) || caller->who->state != provider_state::active)
    return usual;
  if (!has_scope(*caller->who, "bulk"))
    return put.news ? usual : wait_for_news();
  client.permit = take_place();
  if (!client.permit)
    return {body_permit::verdict::refuse, 0, errc::overloaded,
            "too many parts of bulk jobs are under way"};
  return {body_permit::verdict::read, ports_.settings.bulk.part, errc::none, {}};
}

}  // namespace glados::http
