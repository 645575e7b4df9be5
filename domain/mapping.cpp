#include "domain/mapping.hpp"

#include <algorithm>

namespace glados {
namespace {

bool is_settled(const mapping& claim) { return claim.decide_by == instant{}; }

bool has_settled(const directory_record& record) {
  return std::any_of(record.mappings.begin(), record.mappings.end(), is_settled);
}

/// The undecided claim whose window ended first, or none. Ties end in the order of arrival.
mapping* first_due(directory_record& record, instant now) {
  mapping* due = nullptr;
  for (auto& claim : record.mappings)
    if (!is_settled(claim) && claim.decide_by <= now && (!due || claim.decide_by < due->decide_by))
      due = &claim;
  return due;
}

bool stands_beside_own(const directory_record& record, const mapping& claim) {
  return std::any_of(record.mappings.begin(), record.mappings.end(), [&](const mapping& other) {
    return is_settled(other) && other.provider_id == claim.provider_id;
  });
}

/// The claim's user enters the sum (+1) or leaves it (-1).
user_count_change counted(const mapping& claim, std::int32_t delta) {
  return {claim.provider_id, claim.method, delta, claim.mail_domain, claim.due, claim.region};
}

/// The claim joins the settled ones. It is preferred only when nobody else is.
void make_settled(directory_record& record, mapping& claim,
                  std::vector<user_count_change>& counts) {
  claim.preferred = preferred_of(record) == nullptr;
  claim.decide_by = {};
  claim.shown.clear();
  counts.push_back(counted(claim, +1));
}

/// A salt that no claim of the record bears, `wanted` if possible: public ids must stay apart.
std::uint32_t free_salt(const directory_record& record, std::uint32_t wanted) {
  auto taken = [&](const mapping& claim) { return claim.salt == wanted; };
  while (std::any_of(record.mappings.begin(), record.mappings.end(), taken)) ++wanted;
  return wanted;
}

/// The provider's claim for that very user, or none.
mapping* find_same(directory_record& record, const proof& by) {
  for (auto& claim : record.mappings)
    if (claim.provider_id == by.provider_id && claim.user == by.user)
      return &claim;
  return nullptr;
}

/// The provider's claim for whichever user, the settled one first, or none.
const mapping* find_own(const directory_record& record, std::string_view provider_id) {
  const mapping* own = nullptr;
  for (const auto& claim : record.mappings)
    if (claim.provider_id == provider_id && (!own || is_settled(claim)))
      own = &claim;
  return own;
}

/// Adds the claim as an undecided one. It takes the place of the provider's undecided claim for
/// another user: of two such proofs only the later tells who holds the SII now.
mapping& add_undecided(directory_record& record, const proof& by) {
  const auto salt = free_salt(record, by.salt);  // before the removal: an old id must not revive
  std::erase_if(record.mappings, [&](const mapping& claim) {
    return !is_settled(claim) && claim.provider_id == by.provider_id;
  });
  mapping claim;
  claim.salt = salt;
  claim.provider_id = by.provider_id;
  claim.user = by.user;
  record.mappings.push_back(std::move(claim));
  return record.mappings.back();
}

/// A settled claim proven once more: no new conflict, only a fresher proof.
void refresh(mapping& claim, const proof& by, instant now, std::vector<user_count_change>& counts) {
  const auto before = counted(claim, -1);
  claim.method = by.method;
  claim.mail_domain = by.mail_domain;
  claim.region = by.region;
  claim.due = false;
  claim.verified_at = now;
  claim.origin = {};
  const auto after = counted(claim, +1);
  if (before.method == after.method && before.mail_domain == after.mail_domain &&
      before.region == after.region && !before.due)
    return;
  counts.push_back(before);
  counts.push_back(after);
}

/// Whether this is the first proof of what was only asserted, while another claim is preferred:
/// like any proof that meets other claims it is the user's to decide.
bool contests(const mapping& claim, const proof& by) {
  return claim.method == proof_method::asserted && by.method != proof_method::asserted &&
         !claim.preferred;
}

/// An asserted claim that is proven becomes an undecided one, in the place of any other that the
/// provider has.
mapping& unsettle(directory_record& record, const mapping& asserted,
                  std::vector<user_count_change>& counts) {
  const auto salt = asserted.salt;
  counts.push_back(counted(asserted, -1));
  std::erase_if(record.mappings, [&, provider = asserted.provider_id](const mapping& claim) {
    return !is_settled(claim) && claim.provider_id == provider;
  });
  auto& out = *std::find_if(record.mappings.begin(), record.mappings.end(),
                            [&](const mapping& claim) { return claim.salt == salt; });
  out.decided = out.due = false;
  out.origin = {};
  return out;
}

/// The claim with that salt if it is the provider's, or none.
mapping* find_claim(directory_record& record, std::string_view provider_id, std::uint32_t salt) {
  for (auto& claim : record.mappings)
    if (claim.salt == salt)
      return claim.provider_id == provider_id ? &claim : nullptr;
  return nullptr;
}

/// What a conflict shows now; see mapping::shown.
std::vector<std::uint32_t> shown_by(const directory_record& record) {
  std::vector<std::uint32_t> out;
  for (const auto& claim : record.mappings)
    if (is_settled(claim))
      out.insert(claim.preferred ? out.begin() : out.end(), claim.salt);
  return out;
}

void erase_claim(directory_record& record, std::uint32_t salt) {
  std::erase_if(record.mappings, [&](const mapping& claim) { return claim.salt == salt; });
}

/// Takes the settled claims away, or only the preference, as `what` says.
void displace(decision_outcome& out, const std::string& provider_id, decision what) {
  auto goes = [&](mapping& other) {
    if (!is_settled(other))
      return false;
    const bool removed = what == decision::replace || other.provider_id == provider_id;
    if (!removed && !other.preferred)
      return false;
    ++other.sequence;
    out.displaced.push_back({other, removed});
    if (removed)
      out.counts.push_back(counted(other, -1));
    other.preferred = false;
    return removed;
  };
  std::vector<mapping> stay;
  for (auto& other : out.next.mappings)
    if (!goes(other))
      stay.push_back(std::move(other));
  out.next.mappings = std::move(stay);
}

/// Whether `claim` comes before `other` when the preference is to be given away.
bool ranks_before(const mapping& claim, const mapping& other) {
  const bool asserted = claim.method == proof_method::asserted;
  if (asserted != (other.method == proof_method::asserted))
    return !asserted;
  return asserted ? claim.verified_at < other.verified_at : claim.verified_at > other.verified_at;
}

/// Gives the preference that nobody has to one of the settled claims.
void promote(directory_record& record) {
  mapping* next = nullptr;
  for (auto& claim : record.mappings)
    if (is_settled(claim) && (!next || ranks_before(claim, *next)))
      next = &claim;
  if (next)
    next->preferred = true;
}

}  // namespace

const mapping* preferred_of(const directory_record& record) {
  for (const auto& claim : record.mappings)
    if (claim.preferred)
      return &claim;
  return nullptr;
}

bool settle(directory_record& record, instant now, std::vector<user_count_change>& counts) {
  bool changed = false;
  // One window after the other, so that a late call finds what timely ones would have made.
  while (mapping* due = first_due(record, now)) {
    if (stands_beside_own(record, *due))
      record.mappings.erase(record.mappings.begin() + (due - record.mappings.data()));
    else
      make_settled(record, *due, counts);
    changed = true;
  }
  return changed;
}

proof_outcome apply_proof(const directory_record& record, const proof& by, instant now,
                          std::chrono::microseconds window) {
  proof_outcome out{record, {}, {}};
  settle(out.next, now, out.counts);
  if (by.method == proof_method::asserted) {
    if (const mapping* own = find_own(out.next, by.provider_id)) {
      out.view = *view_of(out.next, own->salt);
      return out;
    }
  }
  mapping* claim = find_same(out.next, by);
  if (claim && is_settled(*claim) && !contests(*claim, by)) {
    refresh(*claim, by, now, out.counts);
  } else {
    if (!claim)
      claim = &add_undecided(out.next, by);
    else if (is_settled(*claim))
      claim = &unsettle(out.next, *claim, out.counts);
    claim->method = by.method;
    claim->mail_domain = by.mail_domain;
    claim->region = by.region;
    claim->verified_at = now;
    claim->decide_by = now + window;
    claim->shown = shown_by(out.next);
    if (!has_settled(out.next))
      make_settled(out.next, *claim, out.counts);
  }
  out.view = *view_of(out.next, claim->salt);
  return out;
}

decision_outcome decide(const directory_record& record, std::string_view provider_id,
                        std::uint32_t salt, decision what, instant now) {
  decision_outcome out;
  out.next = record;
  const mapping* asked = find_claim(out.next, provider_id, salt);
  if (!asked)
    out.code = errc::not_found;
  else if (asked->decided)
    out.code = errc::decision_already_made;
  else if (is_settled(*asked) || asked->decide_by <= now)
    out.code = errc::decision_window_closed;
  if (out.code != errc::none)
    return out;
  settle(out.next, now, out.counts);
  mapping* claim = find_claim(out.next, provider_id, salt);
  if (auto fresh = shown_by(out.next); claim->shown != fresh) {
    out.code = errc::conflict;
    claim->shown = std::move(fresh);
    out.view = *view_of(out.next, salt);
    return out;
  }
  if (what == decision::keep && stands_beside_own(out.next, *claim)) {
    claim->decide_by = {};
    out.view = *view_of(out.next, salt);
    erase_claim(out.next, salt);
    return out;
  }
  if (what != decision::keep) {
    const std::string own(provider_id);
    displace(out, own, what);
    claim = find_claim(out.next, provider_id, salt);
  }
  make_settled(out.next, *claim, out.counts);
  claim->decided = true;
  out.view = *view_of(out.next, salt);
  return out;
}

decision_outcome restore_claim(const directory_record& record, const proof& by,
                               const std::optional<lost_claim>& lost, instant now) {
  decision_outcome out;
  out.next = record;
  settle(out.next, now, out.counts);
  mapping* claim = find_same(out.next, by);
  const bool stood = claim && is_settled(*claim);
  if (!claim) {
    mapping back;
    back.salt = free_salt(out.next, lost ? lost->salt : by.salt);
    back.provider_id = by.provider_id;
    back.user = by.user;
    back.sequence = lost ? lost->sequence : 0;
    out.next.mappings.push_back(std::move(back));
    claim = &out.next.mappings.back();
  }
  if (stood) {
    refresh(*claim, by, now, out.counts);
  } else {
    claim->method = by.method;
    claim->mail_domain = by.mail_domain;
    claim->region = by.region;
    claim->origin = {};
    claim->verified_at = now;
  }
  claim->decide_by = now + std::chrono::microseconds(1);  // `displace` looks at settled ones
  const auto salt = claim->salt;
  displace(out, by.provider_id, decision::prefer);
  claim = find_claim(out.next, by.provider_id, salt);
  if (!stood) {
    make_settled(out.next, *claim, out.counts);
    claim->decided = true;
  }
  claim->decide_by = {};
  claim->preferred = true;
  out.view = *view_of(out.next, salt);
  return out;
}

removal_outcome remove_claim(const directory_record& record, std::string_view provider_id,
                             std::uint32_t salt, const std::vector<std::uint64_t>& wanted,
                             instant now) {
  removal_outcome out;
  out.next = record;
  settle(out.next, now, out.counts);
  const mapping* claim = find_claim(out.next, provider_id, salt);
  if (!claim)
    return {errc::not_found, {}, {}};
  const auto revision = revision_of(*view_of(out.next, salt));
  if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), revision) == wanted.end())
    return {errc::precondition_failed, {}, {}};
  const bool was_preferred = claim->preferred;
  if (is_settled(*claim))
    out.counts.push_back(counted(*claim, -1));
  erase_claim(out.next, salt);
  if (was_preferred)
    promote(out.next);
  return out;
}

bool remove_claims_of(directory_record& record,
                      const std::function<bool(const std::string&)>& whose,
                      std::vector<user_count_change>& counts) {
  const auto goes = [&](const mapping& claim) { return whose(claim.provider_id); };
  for (const auto& claim : record.mappings)
    if (is_settled(claim) && goes(claim))
      counts.push_back(counted(claim, -1));
  const bool changed = std::erase_if(record.mappings, goes) > 0;
  if (changed && !preferred_of(record))
    promote(record);
  return changed;
}

std::uint64_t revision_of(const mapping_view& claim) {
  const auto method = static_cast<std::uint64_t>(claim.method);
  return static_cast<std::uint64_t>(claim.verified_at.us) << 3 | method << 1 |
         (claim.preferred ? 1u : 0u);
}

bool fall_due(mapping& claim, std::vector<user_count_change>& counts) {
  if (!is_settled(claim) || claim.due)
    return false;
  counts.push_back(counted(claim, -1));
  claim.due = true;
  counts.push_back(counted(claim, +1));
  return true;
}

std::optional<mapping_view> own_view(const directory_record& record, std::string_view provider_id) {
  const mapping* own = find_own(record, provider_id);
  if (!own)
    return std::nullopt;
  return view_of(record, own->salt);
}

std::optional<mapping_view> view_of(const directory_record& record, std::uint32_t salt) {
  auto own = std::find_if(record.mappings.begin(), record.mappings.end(),
                          [&](const mapping& claim) { return claim.salt == salt; });
  if (own == record.mappings.end())
    return std::nullopt;
  mapping_view view{own->salt, own->user, own->method, own->verified_at, own->preferred, {}, {}};
  if (is_settled(*own))
    return view;
  for (const auto& other : record.mappings)
    if (is_settled(other))
      view.existing.push_back({other.provider_id, other.preferred,
                               other.provider_id == own->provider_id ? other.user : ""});
  if (!view.existing.empty())
    view.decide_by = own->decide_by;
  return view;
}

}  // namespace glados
