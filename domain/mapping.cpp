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

/// The claim joins the settled ones. It is preferred only when nobody else is.
void make_settled(directory_record& record, mapping& claim,
                  std::vector<user_count_change>& counts) {
  claim.preferred = preferred_of(record) == nullptr;
  claim.decide_by = {};
  counts.push_back({claim.provider_id, claim.method, +1});
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
const mapping* find_own(const directory_record& record, const std::string& provider_id) {
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
  record.mappings.push_back({salt, by.provider_id, by.user, by.method, {}, false, {}});
  return record.mappings.back();
}

/// A settled claim proven once more: no new conflict, only a fresher proof.
void refresh(mapping& claim, const proof& by, instant now, std::vector<user_count_change>& counts) {
  if (claim.method != by.method) {
    counts.push_back({claim.provider_id, claim.method, -1});
    counts.push_back({claim.provider_id, by.method, +1});
  }
  claim.method = by.method;
  claim.verified_at = now;
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
  if (claim && is_settled(*claim)) {
    refresh(*claim, by, now, out.counts);
  } else {
    if (!claim)
      claim = &add_undecided(out.next, by);
    claim->method = by.method;
    claim->verified_at = now;
    claim->decide_by = now + window;
    if (!has_settled(out.next))
      make_settled(out.next, *claim, out.counts);
  }
  out.view = *view_of(out.next, claim->salt);
  return out;
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
