#include "domain/change.hpp"

namespace glados {

change_record describe(change_record of, const directory_record& before,
                       const decision_outcome& made, decision what) {
  of.kind = what == decision::replace ? change_kind::replaced : change_kind::preferred;
  of.by_salt = made.view.salt;
  of.before = before.mappings;
  for (const auto& [lost, removed] : made.displaced)
    of.displaced.push_back(
        {lost.provider_id, lost.salt, lost.user, removed, lost.sequence, of.at + restore_window});
  return of;
}

std::vector<event> notices_of(const change_record& change, shard_id shard) {
  std::vector<event> out;
  for (const auto& loss : change.displaced) {
    event one;
    one.type = loss.removed ? event_type::mapping_removed : event_type::mapping_demoted;
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
