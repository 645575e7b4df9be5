#include "actors/restoring_rows.hpp"

#include <map>
#include <tuple>

#include "domain/restoring.hpp"

namespace glados::actors {
namespace {

using storage::outbox_entry;

outbox_entry refresh_notice(const directory_record& record, const mapping& claim, shard_id shard,
                            instant now) {
  outbox_entry out;
  out.what = outbox_entry::kind::event;
  out.notice.type = event_type::mapping_refresh_due;
  out.notice.provider_id = claim.provider_id;
  out.notice.created_at = now;
  out.notice.mapping = mapping_notice{{},         shard,         record.key, claim.salt,
                                      claim.user, std::string(), {},         claim.sequence};
  return out;
}

outbox_entry count_entry(const user_count_change& change) {
  outbox_entry out;
  out.what = outbox_entry::kind::count_users;
  out.change = change;
  return out;
}

}  // namespace

std::optional<std::vector<storage::kept_row>> with_names(shard_id shard,
                                                         std::vector<storage::kept_row> rows,
                                                         std::uint8_t layers,
                                                         const name_vault* vault) {
  for (auto& row : rows) {
    if (row.key.layers == layers)
      continue;
    auto record = storage::record_of(row);
    if (!record || row.key.layers > layers || row.key.layers == 0 || vault == nullptr ||
        vault->newest() < layers)
      return std::nullopt;
    record->key = vault->advance(row.key, layers);
    for (auto& claim : record->mappings)
      claim.user = vault->reseal(shard, row.key, record->key, claim.provider_id, claim.user);
    row = storage::row_of(*record);
  }
  return rows;
}

std::optional<std::vector<storage::rows_commit>> make_restoring(
    shard_id shard, const std::vector<storage::kept_row>& rows, bool refresh, instant now) {
  using alike = std::tuple<std::string, proof_method, bool, std::string>;
  std::map<alike, storage::rows_commit> one_user;
  storage::rows_commit others;
  others.by.shard = shard;
  for (const auto& row : rows) {
    const auto record = storage::record_of(row);
    if (!record || record->mappings.empty())
      return std::nullopt;
    auto made = restored(*record, refresh);
    storage::row_write out{std::move(made.record), {}};
    for (const auto& claim : made.due)
      out.outbox.push_back(refresh_notice(out.record, claim, shard, now));
    const auto& counts = made.counts;
    if (counts.size() == 1 && counts[0].mail_domain == 0) {
      auto& step =
          one_user[{counts[0].provider_id, counts[0].method, counts[0].due, counts[0].region}];
      step.by.shard = shard;
      step.each = counts[0];
      step.rows.push_back(std::move(out));
      continue;
    }
    for (const auto& change : counts) out.outbox.push_back(count_entry(change));
    others.rows.push_back(std::move(out));
  }
  std::vector<storage::rows_commit> steps;
  for (auto& [what, step] : one_user) steps.push_back(std::move(step));
  if (!others.rows.empty())
    steps.push_back(std::move(others));
  return steps;
}

}  // namespace glados::actors
