// What the directory knows about one SII, and what a proof does to it. Pure: no clock, no store, no
// actor (api.md sections 4 and 5).
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/errc.hpp"
#include "domain/ids.hpp"
#include "domain/region_code.hpp"

namespace glados {

/// The row of a bulk job that made an asserted claim, so that the same row is known again. Job 0:
/// there is none, or the claim was proven since.
struct bulk_origin {
  std::uint64_t job = 0;
  std::uint32_t part = 0;
  std::uint32_t line = 0;
  bool contested = false;  ///< it met the claim of another provider

  friend bool operator==(const bulk_origin&, const bulk_origin&) = default;
};

/// One provider's claim on an SII. `user` is sealed; equal users of one SII and provider have equal
/// seals, so comparing seals compares users.
struct mapping {
  std::uint32_t salt = 0;  ///< with shard and key it makes the public mapping id
  // Side by side: each of millions of live mapping actors keeps one of these.
  proof_method method = proof_method::sms;
  bool preferred = false;
  bool decided = false;  ///< settled by a decision, not by silence
  bool due = false;      ///< the proof is older than 12 months; its user counts half until renewed
  std::string provider_id;
  std::string user;
  instant verified_at;
  /// Not zero while the conflict that this claim met is undecided. Then silence means `keep`.
  instant decide_by;
  /// While undecided: what the conflict showed, the salts of all settled claims, the preferred one
  /// first. A decision is about these and no others.
  std::vector<std::uint32_t> shown;
  std::uint64_t sequence = 0;  ///< of the last notice about this mapping
  /// For a proof by email: keyed tag of the registrable domain among whose users this one counts;
  /// 0: among none (a sub-address). What a user weighs is said in quota.hpp.
  std::uint64_t mail_domain = 0;
  bulk_origin origin;
  region_code region;  ///< of a number that was proven; else empty
};
static_assert(sizeof(mapping) <= 160, "each of millions of live mapping actors keeps one");

/// All claims on one SII. At most one is preferred, and that one is settled; a provider has at most
/// one settled claim and one undecided one. `version` 0 means that nothing is stored.
struct directory_record {
  sii_key key;
  std::uint64_t version = 0;
  std::vector<mapping> mappings;
};

/// Another claim that a freshly proven one met.
struct existing_claim {
  std::string provider_id;
  bool preferred = false;
  std::string user;  ///< sealed; only set when the claim is the caller's own
};

/// The part of a mapping that its own provider may see, and the conflict it stands in.
struct mapping_view {
  std::uint32_t salt = 0;
  std::string user;  ///< sealed
  proof_method method = proof_method::sms;
  instant verified_at;
  bool preferred = false;
  instant decide_by;                     ///< zero: no open conflict
  std::vector<existing_claim> existing;  ///< empty: no conflict
};

/// What the user who met a conflict wants done about the existing mappings.
enum class decision : std::uint8_t { replace, prefer, keep };

/// A settled claim that somebody's change removed, or only robbed of the preference. `lost` is the
/// claim as it was, with the sequence of the notice that its provider gets.
struct displaced_claim {
  mapping lost;
  bool removed = false;
};

/// A code came back from the user who holds the SII.
struct proof {
  std::string provider_id;
  std::string user;  ///< sealed
  proof_method method = proof_method::sms;
  std::uint32_t salt = 0;         ///< for the mapping, should a new one be made
  std::uint64_t mail_domain = 0;  ///< see `mapping`
  std::string region{};           ///< see `mapping`
};

/// Change of a provider's counted users. Only settled mappings count: an undecided one enters the
/// sum when it settles, and never leaves it when it is removed before. Whatever was added is taken
/// away under the same method, domain and age; a proof that comes of age, or is renewed, is both.
struct user_count_change {
  std::string provider_id;
  proof_method method = proof_method::sms;
  std::int32_t delta = 0;
  std::uint64_t mail_domain = 0;  ///< see `mapping`
  bool due = false;
  std::string region{};  ///< see `mapping`
};

struct proof_outcome {
  directory_record next;
  mapping_view view;
  std::vector<user_count_change> counts;
};

/// `code`: none; conflict (the settled claims are not those that were shown: nothing was decided,
/// `view` has the fresh conflict, and `next`, to be stored, remembers that it was shown);
/// decision_already_made; decision_window_closed; not_found.
struct decision_outcome {
  errc code = errc::none;
  directory_record next;
  mapping_view view;
  std::vector<displaced_claim> displaced;  ///< in the order of the record
  std::vector<user_count_change> counts;
};

/// `code`: none, not_found, precondition_failed; else nothing but `code` is set.
struct removal_outcome {
  errc code = errc::none;
  directory_record next;
  std::vector<user_count_change> counts;
};

/// The mapping that a lookup answers, or none.
const mapping* preferred_of(const directory_record& record);

/// Ends every decision window that has passed by `now` (`decide_by` itself is too late): silence
/// means `keep`; a new claim beside an own older one of another user is removed (api.md section 5).
/// A claim that settles while nobody is preferred, because the others were deleted meanwhile,
/// becomes preferred. When it is called does not matter, only `now`. Returns whether anything
/// changed.
bool settle(directory_record& record, instant now, std::vector<user_count_change>& counts);

/// What a proof at `now` does to `record`. A first mapping is preferred at once; beside others the
/// old preference stays and the view tells the conflict, to be decided by `now + window`. The same
/// provider and user again refreshes `verified_at`, and an undecided conflict is shown anew. A
/// proof for yet another user replaces the provider's undecided claim. Windows over by `now` are
/// settled first; `next.version` stays for the store to set.
/// - A proof beside asserted mappings only is a conflict like any other: section 8 keeps an
/// assertion
///   from taking a preference, it does not take the decision away from the user. So is the first
///   proof of an asserted claim that another one stands before.
/// - An assertion changes nothing where its provider has a claim already; the view is of that
/// claim.
proof_outcome apply_proof(const directory_record& record, const proof& by, instant now,
                          std::chrono::microseconds window);

/// What the decision over the claim with `salt` does, made by its provider at `now`. Once only, and
/// only before the claim's window is over; a claim that met no conflict has none.
/// - replace: every other settled claim is removed; prefer: they stay, the preferred one loses the
///   preference. Both remove an older claim of the same provider (a number that moved).
/// - keep: as silence does, but at once. The view of a claim that it removes is of what it was.
/// Undecided claims of others stay as they are; they will find their own conflict changed.
decision_outcome decide(const directory_record& record, std::string_view provider_id,
                        std::uint32_t salt, decision what, instant now);

/// A claim that somebody's change removed, under the id it had and with the sequence of the notice
/// that told of it.
struct lost_claim {
  std::uint32_t salt = 0;
  std::uint64_t sequence = 0;
};

/// Puts a provider's claim and its preference back, proven anew by `by` at `now` (api.md section
/// 6). Whatever came in between, the claim ends up settled and preferred: the one of that provider
/// and user that is there, decided or not; else `lost`; else (it cannot come back under its old
/// id) a new one. The others stay, without the preference; only another settled claim of the same
/// provider goes. Nothing is displaced when the claim was preferred already. `code` is none.
decision_outcome restore_claim(const directory_record& record, const proof& by,
                               const std::optional<lost_claim>& lost, instant now);

/// Removes the claim with `salt` for its provider. After the preferred one the most recently proven
/// of the other settled ones is preferred; if all are asserted, the oldest. Nobody is displaced by
/// that. `wanted`: revisions of which one must be that of the claim; empty for any.
removal_outcome remove_claim(const directory_record& record, std::string_view provider_id,
                             std::uint32_t salt, const std::vector<std::uint64_t>& wanted,
                             instant now);

/// Removes every claim of the providers that `whose` names, and gives on the preference as
/// `remove_claim` does. Returns whether anything changed.
bool remove_claims_of(directory_record& record,
                      const std::function<bool(const std::string&)>& whose,
                      std::vector<user_count_change>& counts);

/// Tells apart what the claim's own provider saw of it at two moments. It does not change with the
/// claims of others, which would tell the provider of them.
std::uint64_t revision_of(const mapping_view& claim);

/// The proof of a settled claim is older than 12 months: its user counts half until the next proof.
/// Returns whether anything changed.
bool fall_due(mapping& claim, std::vector<user_count_change>& counts);

/// The provider's claim as `view_of` shows it, the settled one before an undecided one, or none.
std::optional<mapping_view> own_view(const directory_record& record, std::string_view provider_id);

/// The view of the mapping with `salt`, for its own provider; none when it is gone. The conflict of
/// an undecided one lists every settled mapping as it is now. Undecided claims of others are left
/// out: no lookup answers them, and a decision over one would judge what its own user has not
/// decided yet.
std::optional<mapping_view> view_of(const directory_record& record, std::uint32_t salt);

template <class Inspector>
auto inspect(Inspector& f, existing_claim& x) {
  return f(x.provider_id, x.preferred, x.user);
}
template <class Inspector>
auto inspect(Inspector& f, mapping_view& x) {
  return f(x.salt, x.user, x.method, x.verified_at, x.preferred, x.decide_by, x.existing);
}
template <class Inspector>
auto inspect(Inspector& f, proof& x) {
  return f(x.provider_id, x.user, x.method, x.salt, x.mail_domain, x.region);
}
template <class Inspector>
auto inspect(Inspector& f, user_count_change& x) {
  return f(x.provider_id, x.method, x.delta, x.mail_domain, x.due, x.region);
}

}  // namespace glados
