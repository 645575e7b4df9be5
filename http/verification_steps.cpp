#include "http/verification_steps.hpp"

#include <algorithm>

#include "http/verification_json.hpp"

namespace glados::http {
namespace {

constexpr std::size_t verification_id_size = 25;  // 'v', two shard letters, 128 bits
constexpr std::chrono::seconds least_wait{1};

}  // namespace

std::optional<shard_id> verification_shard(std::string_view id) {
  if (id.size() != verification_id_size || id.front() != 'v')
    return {};
  return crypto::shard_of_id(id);
}

std::optional<channel> parse_channel(std::string_view name) {
  for (const auto way : {channel::sms, channel::voice, channel::email})
    if (to_string(way) == name)
      return way;
  return {};
}

std::uint64_t mail_domain_tag(const crypto::key_ring& keys, const sii& id) {
  if (id.kind != sii_kind::mailto || is_subaddressed(id))
    return 0;
  auto domain = registrable_domain(id);
  const auto out = keys.mail_domain_tag(domain);
  crypto::cleanse(domain);
  return out;
}

bool certainly_not_done(errc code) {
  return code != errc::none && code != errc::outcome_unknown && code != errc::deadline;
}

void refuse_verification(call& of, const actors::verification_answer& got) {
  switch (got.code) {
    case errc::rate_limited:
    case errc::too_early:
      return of.refuse(
          got.code, {.policy = got.policy, .retry_after = std::max(got.retry_after, least_wait)});
    case errc::delivery_failed:
      return of.refuse(got.code, {.failure_class = got.permanent ? "permanent" : "temporary"});
    case errc::code_incorrect:
      return of.refuse(got.code, {.members = verification_members(got.view)});
    case errc::deadline:
      return of.refuse(errc::outcome_unknown);
    default:
      return of.refuse(got.code);
  }
}

void refuse_limit(call& of, const actors::limit_answer& got) {
  if (got.code == errc::rate_limited)
    return of.refuse(got.code, {.policy = got.refusal.policy,
                                .retry_after = std::max(got.refusal.retry_after, least_wait)});
  // A count that may have been taken is no change that the caller would have to find out about.
  of.refuse(got.code == errc::outcome_unknown ? errc::storage_unavailable : got.code);
}

void give_back_send(const call_ptr& made, const std::string& verification_id,
                    const destination& to) {
  made->ask<actors::limit_answer>(made->session_actor(), actors::return_send{verification_id, to},
                                  [](const actors::limit_answer&) {});
}

}  // namespace glados::http
