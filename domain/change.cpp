#include "domain/change.hpp"

#include <algorithm>

namespace glados {
namespace {

displaced_mapping to_loss(const mapping& lost, bool removed, instant until) {
  return {lost.provider_id, lost.salt, lost.user, removed, lost.sequence, until, false};
}

event_type type_of(const change_record& change, const displaced_mapping& loss) {
  if (loss.removed)
    return event_type::mapping_removed;
  const bool undone =
      change.kind == change_kind::restored && loss.provider_id == change.undone_provider;
  return undone ? event_type::mapping_restored : event_type::mapping_demoted;
}

}  // namespace

change_record describe(change_record of, const directory_record& before,
                       const decision_outcome& made) {
  of.by_salt = made.view.salt;
  of.before = before.mappings;
  for (const auto& [lost, removed] : made.displaced)
    of.displaced.push_back(to_loss(lost, removed, of.at + restore_window));
  return of;
}

const displaced_mapping* loss_of(const change_record& change, std::string_view provider_id) {
  for (const auto& loss : change.displaced)
    if (loss.provider_id == provider_id && loss.restore_until != instant{})
      return &loss;
  return nullptr;
}

errc can_restore(const change_record& change, std::string_view provider_id, instant now) {
  const auto* loss = loss_of(change, provider_id);
  if (!loss)
    return errc::not_found;
  if (loss->restored)
    return errc::conflict;
  return now < loss->restore_until ? errc::none : errc::restore_window_closed;
}

restoration restore(const directory_record& before, const change_record& undone, const proof& by,
                    change_record of) {
  restoration out;
  out.undone = undone;
  std::optional<lost_claim> lost;
  for (auto& loss : out.undone.displaced) {
    if (loss.provider_id != by.provider_id || loss.restore_until == instant{})
      continue;
    if (loss.removed && !loss.restored)
      lost = lost_claim{loss.salt, loss.sequence};
    loss.restored = true;
  }
  out.made = restore_claim(before, by, lost, of.at);
  if (out.made.displaced.empty())
    return out;
  of.kind = change_kind::restored;
  of.by_provider = by.provider_id;
  of.undone_provider = undone.by_provider;
  of = describe(std::move(of), before, out.made);
  // Whoever made the change is told that it was undone, also if a third one came in between.
  for (auto& claim : out.made.next.mappings)
    if (claim.salt == undone.by_salt && claim.provider_id == undone.by_provider &&
        !loss_of(of, claim.provider_id)) {
      ++claim.sequence;
      of.displaced.push_back(to_loss(claim, false, {}));
    }
  out.change = std::move(of);
  return out;
}

errc add_report(change_record& change, report& fresh) {
  if (!loss_of(change, fresh.reporter))
    return errc::not_found;
  if (!change.reports.try_emplace(fresh.reporter, change_report{fresh.id, fresh.reason, false})
           .second)
    return errc::conflict;
  fresh.change_id = change.id;
  fresh.accused = change.by_provider;
  fresh.key = change.key;
  return errc::none;
}

std::vector<strike> take_strikes(change_record& change, shard_id shard, instant now) {
  std::vector<strike> out;
  if (std::none_of(change.displaced.begin(), change.displaced.end(),
                   [](const displaced_mapping& loss) { return loss.restored; }))
    return out;
  for (auto& [reporter, made] : change.reports) {
    if (made.reason != report_reason::malicious || made.struck || reporter == change.by_provider)
      continue;
    made.struck = true;
    out.push_back({made.id, strike_kind::restored, change.id, reporter, now, shard, change.key});
  }
  return out;
}

std::vector<event> notices_of(const change_record& change, shard_id shard) {
  std::vector<event> out;
  for (const auto& loss : change.displaced) {
    event one;
    one.type = type_of(change, loss);
    one.provider_id = loss.provider_id;
    one.created_at = change.at;
    one.mapping = mapping_notice{change.id,          shard,        change.key,
                                 loss.salt,          loss.user,    change.by_provider,
                                 loss.restore_until, loss.sequence};
    out.push_back(std::move(one));
  }
  return out;
}

}  // namespace glados
