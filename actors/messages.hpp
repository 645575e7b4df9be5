// Every message between actors, and between the HTTP workers and actors. One struct a message,
// documented here; the interfaces that accept them stand in protocol.hpp. No message holds an
// identifier, a code or a user id in clear.
//
// Answers carry `errc code`; the other members mean something only as their comments say.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/mapping.hpp"
#include "domain/trace.hpp"
#include "domain/verification.hpp"

namespace glados::actors {

/// First member of every message that goes to a shard. `left` is a span, not a point in time: two
/// machines' steady clocks do not compare.
struct route {
  shard_id shard = 0;
  std::uint64_t view = 0;  ///< membership view the sender routed by
  std::chrono::milliseconds left{0};
  std::uint64_t epoch = 0;  ///< in which the sender knows the owner; 0: it does not
  trace_context trace;      ///< of the request that this is part of, for the log; or none
};

// --- lookup ----------------------------------------------------------------------------------

/// Which mapping is preferred for this SII? HTTP worker -> shard -> mapping.
struct lookup_mapping {
  route via;
  sii_key key;
};

/// `code`: none, not_found, or a failure.
struct lookup_answer {
  errc code = errc::none;
  std::string provider_id;
  std::string user;  ///< sealed
  proof_method method = proof_method::sms;
  instant verified_at;
};

// --- verification ----------------------------------------------------------------------------

/// Opens a verification and sends its code. HTTP worker -> shard, which spawns the actor.
/// Answered when a gateway took the message, all refused it, or after delivery.wait.
struct open_verification {
  route via;
  verification record;  ///< version 0, everything set but times, counts and state
  bytes16 key_tag{};    ///< Idempotency-Key under which the answer is stored
  std::uint32_t sessions_per_provider = 5;
  std::uint32_t sessions_per_sii = 15;
};

/// A provider's attempt. Both tags are HMACs under keys that actors do not have.
struct check_code {
  route via;
  std::string id;
  std::string provider_id;
  bytes16 user_tag{};
  bytes16 code_tag{};
  std::uint32_t salt = 0;  ///< for the mapping, should one be made
};

/// May it be sent again now, and whereto? Changes nothing.
struct plan_resend {
  route via;
  std::string id;
  std::string provider_id;
  channel way = channel::sms;
  bool same_way = true;  ///< no channel was named: the first one's
};

/// Sends the same code again; its budgets were debited after `plan_resend`.
struct resend_code {
  route via;
  std::string id;
  std::string provider_id;
  channel way = channel::sms;
  bool same_way = true;
};

struct cancel_verification {
  route via;
  std::string id;
  std::string provider_id;
};

struct get_verification {
  route via;
  std::string id;
  std::string provider_id;
};

/// Answer to all of the above. `view` is set for none, code_incorrect, too_early and
/// identifier_mismatch. Things of another provider are `not_found`.
struct verification_answer {
  errc code = errc::none;
  verification_view view;
  sii_key key;  ///< with `has_mapping`: names the mapping's public id
  bool has_mapping = false;
  mapping_view mapping;    ///< once verified
  destination to;          ///< with plan_resend, check_code: for budgets and conversion
  bool permanent = false;  ///< with delivery_failed: the gateways' class of failure
  std::string policy;      ///< with rate_limited
  std::chrono::seconds retry_after{0};
  bool compared = false;  ///< check_code: a guess was compared (else it costs nothing)
};

/// The stored answer of an earlier idempotent call. HTTP worker -> shard.
struct find_answer {
  route via;
  std::string provider_id;
  bytes16 key_tag{};
};

/// `code`: none, not_found, or a failure. What the first call answered: `view` for an opened
/// verification; `mapping` and `change_id` for a decision.
struct found_answer {
  errc code = errc::none;
  verification_view view;
  mapping_view mapping;
  std::string change_id;
};

/// The code was right. Verification -> shard -> mapping of the same shard, never from outside. The
/// mapping commits its own record and the ended verification in one step.
struct proof_accepted {
  route via;
  verification ended;  ///< to be stored with the mapping; version as loaded
  proof by;
};

/// `code`: none, stale_version, fenced, storage failures.
struct proof_answer {
  errc code = errc::none;
  mapping_view mapping;
  std::uint64_t version = 0;  ///< of both records
};

// --- own mappings ----------------------------------------------------------------------------

/// What the provider of the mapping with this key and salt wants done about the conflict it met.
/// HTTP worker -> shard -> mapping, as the following. A mapping of another provider is `not_found`.
struct decide_mapping {
  route via;
  sii_key key;
  std::uint32_t salt = 0;
  std::string provider_id;
  decision what = decision::keep;
  std::string change_id;  ///< for the change record, should there be one
  bytes16 key_tag{};      ///< Idempotency-Key under which the answer is stored
};

struct get_mapping {
  route via;
  sii_key key;
  std::uint32_t salt = 0;
  std::string provider_id;
};

/// The provider's own mapping of an SII, whichever it is.
struct find_mapping {
  route via;
  sii_key key;
  std::string provider_id;
};

struct remove_mapping {
  route via;
  sii_key key;
  std::uint32_t salt = 0;
  std::string provider_id;
  std::vector<std::uint64_t> wanted;  ///< revisions; empty for any
};

/// Answer to all of these. `mapping` is set for none (but not by a removal), and for conflict: with
/// what exists now.
struct mapping_answer {
  errc code = errc::none;
  mapping_view mapping;
  std::string change_id;  ///< of a decision that changed something for others; else empty
  bool replayed = false;  ///< an earlier decision under the same Idempotency-Key
};

// --- sending ---------------------------------------------------------------------------------

/// One outbox entry of kind send_code to be carried out. Verification -> notifier.
struct send_code {
  shard_id shard = 0;
  std::string verification_id;
  std::string outbox_id;
  std::string provider_id;
  channel way = channel::sms;
  std::string message;  ///< sealed
  instant expires_at;   ///< a code that has expired is not sent
};

/// What became of it. Notifier -> shard -> verification.
struct code_sent {
  shard_id shard = 0;
  std::string verification_id;
  std::string outbox_id;
  bool accepted = false;
  bool permanent = false;
};

/// A commit left user counts or notices in the shard's outbox, or may have. A hint: the pump reads
/// the outbox itself, so that they go out in the order of their ids. Entities, shards -> pump.
struct outbox_grown {
  shard_id shard = 0;
};

/// The outbox holds this order and nobody is known to carry it out. Shard -> verification.
struct resume_send {
  std::string verification_id;
  std::string outbox_id;
};

// --- life of shards and entities ---------------------------------------------------------------

/// After all earlier messages: end. Shard -> entity, which its table no longer holds.
struct stop {};

/// Sweeps idle entities and ended verifications. Shard -> itself, every minute.
struct sweep {};

/// A commit under `epoch` was fenced or its outcome is unknown: see to it that a higher epoch holds
/// before anybody reads again. Entity -> shard.
struct outcome_unsure {
  std::uint64_t epoch = 0;
};

/// `code`: none (read again now), or a failure.
struct epoch_raised {
  errc code = errc::none;
  std::uint64_t epoch = 0;
};

/// Reads the outbox and has carried out what is left in it. Member agent -> shard.
struct recover {};

/// Ends of entities, so that the table forgets them. Entity -> shard.
struct verification_ended {
  std::string id;
};

template <class Inspector>
auto inspect(Inspector& f, route& x) {
  return f(x.shard, x.view, x.left, x.epoch, x.trace);
}
template <class Inspector>
auto inspect(Inspector& f, lookup_mapping& x) {
  return f(x.via, x.key);
}
template <class Inspector>
auto inspect(Inspector& f, lookup_answer& x) {
  return f(x.code, x.provider_id, x.user, x.method, x.verified_at);
}
template <class Inspector>
auto inspect(Inspector& f, open_verification& x) {
  return f(x.via, x.record, x.key_tag, x.sessions_per_provider, x.sessions_per_sii);
}
template <class Inspector>
auto inspect(Inspector& f, check_code& x) {
  return f(x.via, x.id, x.provider_id, x.user_tag, x.code_tag, x.salt);
}
template <class Inspector>
auto inspect(Inspector& f, plan_resend& x) {
  return f(x.via, x.id, x.provider_id, x.way, x.same_way);
}
template <class Inspector>
auto inspect(Inspector& f, resend_code& x) {
  return f(x.via, x.id, x.provider_id, x.way, x.same_way);
}
template <class Inspector>
auto inspect(Inspector& f, cancel_verification& x) {
  return f(x.via, x.id, x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, get_verification& x) {
  return f(x.via, x.id, x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, verification_answer& x) {
  return f(x.code, x.view, x.key, x.has_mapping, x.mapping, x.to, x.permanent, x.policy,
           x.retry_after, x.compared);
}
template <class Inspector>
auto inspect(Inspector& f, find_answer& x) {
  return f(x.via, x.provider_id, x.key_tag);
}
template <class Inspector>
auto inspect(Inspector& f, found_answer& x) {
  return f(x.code, x.view, x.mapping, x.change_id);
}
template <class Inspector>
auto inspect(Inspector& f, decide_mapping& x) {
  return f(x.via, x.key, x.salt, x.provider_id, x.what, x.change_id, x.key_tag);
}
template <class Inspector>
auto inspect(Inspector& f, get_mapping& x) {
  return f(x.via, x.key, x.salt, x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, find_mapping& x) {
  return f(x.via, x.key, x.provider_id);
}
template <class Inspector>
auto inspect(Inspector& f, remove_mapping& x) {
  return f(x.via, x.key, x.salt, x.provider_id, x.wanted);
}
template <class Inspector>
auto inspect(Inspector& f, mapping_answer& x) {
  return f(x.code, x.mapping, x.change_id, x.replayed);
}
template <class Inspector>
auto inspect(Inspector& f, proof_accepted& x) {
  return f(x.via, x.ended, x.by);
}
template <class Inspector>
auto inspect(Inspector& f, proof_answer& x) {
  return f(x.code, x.mapping, x.version);
}
template <class Inspector>
auto inspect(Inspector& f, send_code& x) {
  return f(x.shard, x.verification_id, x.outbox_id, x.provider_id, x.way, x.message, x.expires_at);
}
template <class Inspector>
auto inspect(Inspector& f, code_sent& x) {
  return f(x.shard, x.verification_id, x.outbox_id, x.accepted, x.permanent);
}
template <class Inspector>
auto inspect(Inspector& f, outbox_grown& x) {
  return f(x.shard);
}
template <class Inspector>
auto inspect(Inspector& f, resume_send& x) {
  return f(x.verification_id, x.outbox_id);
}
template <class Inspector>
auto inspect(Inspector& f, stop&) {
  return f();
}
template <class Inspector>
auto inspect(Inspector& f, sweep&) {
  return f();
}
template <class Inspector>
auto inspect(Inspector& f, outcome_unsure& x) {
  return f(x.epoch);
}
template <class Inspector>
auto inspect(Inspector& f, epoch_raised& x) {
  return f(x.code, x.epoch);
}
template <class Inspector>
auto inspect(Inspector& f, recover&) {
  return f();
}
template <class Inspector>
auto inspect(Inspector& f, verification_ended& x) {
  return f(x.id);
}

}  // namespace glados::actors
