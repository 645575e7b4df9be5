// Steps that more than one verification handler takes: reading ids and channels, passing refusals
// on. They run on the call's worker.
#pragma once

#include <optional>
#include <string_view>

#include "domain/sii.hpp"
#include "http/handlers.hpp"

namespace glados::http {

/// The shard of a verification id; nothing for what cannot be one.
std::optional<shard_id> verification_shard(std::string_view id);

/// `sms`, `voice` or `email`.
std::optional<channel> parse_channel(std::string_view name);

/// The tag among whose users a proof of this address counts (domain/quota.hpp): 0 for numbers and
/// for sub-addresses. Every verification's record is given it while the address is in clear.
std::uint64_t mail_domain_tag(const crypto::key_ring& keys, const sii& id);

/// Answers with an actor's refusal: the policy and the wait of a limit, the gateways' class of
/// failure, the verification's members for a wrong code. Time that ran out after a question that
/// changes things is `outcome_unknown`.
void refuse_verification(call& of, const actors::verification_answer& got);

/// Answers with a limit's refusal, or with the failure to ask for it.
void refuse_limit(call& of, const actors::limit_answer& got);

/// Whether a change certainly did not happen.
bool certainly_not_done(errc code);

/// Gives a debited send back. Nobody waits for it.
void give_back_send(const call_ptr& made, const std::string& verification_id,
                    const destination& to);

}  // namespace glados::http
