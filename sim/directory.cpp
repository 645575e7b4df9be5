#include "sim/directory.hpp"

#include <algorithm>

namespace glados::sim {
namespace {

constexpr std::uint64_t every_so_often = 4;

}  // namespace

shard_owner directory::owner_of(shard_id shard) {
  const auto& at = shards_[shard];
  return {at.incarnation, at.epoch};
}

// --- commits -------------------------------------------------------------------------------------

storage::commit_result directory::apply(const storage::commit& step) {
  if (step.proof)
    store_count(step.proof->id);
  if (bug_ == plant::count_after_compare && is_count(step))
    return answer_early(step);
  if (bug_ == plant::none)
    return carry_out(step, step);
  auto changed = step;
  plant_into(changed);
  return carry_out(step, changed);
}

storage::commit_result directory::carry_out(const storage::commit& asked,
                                            const storage::commit& step) {
  const auto owner = owner_of(step.by.shard);
  std::optional<directory_record> before;
  if (step.mapping)
    before = *load_mapping(step.by.shard, step.mapping->key);
  auto& last = shards_[step.by.shard].last_version;
  const auto real_now = now;
  if (bug_ == plant::reuse_version && last > 1 && ++commits_ % every_so_often == 0) {
    now.us = std::min(now.us, static_cast<std::int64_t>(last));
    --last;
  }
  const auto out = simulated_state::apply(step);
  now = real_now;
  if (out.code != errc::none || out.replayed) {
    into_.note("commit refused",
               {{"shard", step.by.shard}, {"code", static_cast<std::int64_t>(out.code)}},
               out.replayed ? "replayed" : step.by.incarnation);
    return out;
  }
  ++into_.order;
  into_.note(
      "commit",
      {{"shard", step.by.shard},
       {"version", static_cast<std::int64_t>(out.version) - began_.us},
       {"mapping", step.mapping ? static_cast<std::int64_t>(step.mapping->mappings.size()) : -1},
       {"checks", step.proof ? step.proof->checks_used : -1},
       {"outbox", static_cast<std::int64_t>(step.outbox.size())}},
      step.proof ? step.proof->id + " by " + step.by.incarnation : step.by.incarnation);
  const seen_commit seen{asked, out, owner, before ? &*before : nullptr};
  into_.tell([&](invariant& one) { one.committed(seen); });
  return out;
}

void directory::plant_into(storage::commit& step) {
  const auto owner = owner_of(step.by.shard);
  if (bug_ == plant::skip_fence && !owner.incarnation.empty())
    step.by = {step.by.shard, owner.incarnation, owner.epoch};
  if (bug_ == plant::late_commit && step.by.incarnation == owner.incarnation)
    step.by.epoch = owner.epoch;
  if (bug_ != plant::drop_event || ++commits_ % every_so_often != 0)
    return;
  const auto at = std::find_if(step.outbox.begin(), step.outbox.end(), [](const auto& entry) {
    return entry.what == storage::outbox_entry::kind::event;
  });
  if (at != step.outbox.end())
    step.outbox.erase(at);
}

// --- a check answered before its count is stored
// ---------------------------------------------------

bool directory::is_count(const storage::commit& step) const {
  return step.proof && !step.mapping && step.proof->state == verification_state::pending &&
         step.proof->checks_used > 0 && step.outbox.empty();
}

storage::commit_result directory::answer_early(const storage::commit& step) {
  auto& at = shards_[step.by.shard];
  if (at.incarnation != step.by.incarnation || at.epoch != step.by.epoch || stale(at, step))
    return carry_out(step, step);
  storage::commit_result out;
  out.version = std::max(at.last_version + 1, static_cast<std::uint64_t>(now.us));
  at.last_version = out.version;
  unstored_[step.proof->id] = {step, out.version};
  return out;
}

/// What was answered early is stored now, unless the one who sent it has ended meanwhile.
void directory::store_count(const std::string& id) {
  const auto found = unstored_.find(id);
  if (found == unstored_.end())
    return;
  const auto count = std::move(found->second);
  unstored_.erase(found);
  auto& at = shards_[count.step.by.shard];
  if (at.incarnation == count.step.by.incarnation && at.epoch == count.step.by.epoch)
    write_proof(at, *count.step.proof, count.version);
}

result<verification> directory::load_verification(shard_id shard, const std::string& id) {
  store_count(id);
  return simulated_state::load_verification(shard, id);
}

// --- rows, owners, budgets
// -------------------------------------------------------------------------

storage::rows_result directory::apply_rows(const storage::rows_commit& step) {
  const auto owner = owner_of(step.by.shard);
  seen_rows seen{step, {}, 0, owner};
  std::vector<directory_record> before;
  for (const auto& row : step.rows) before.push_back(*load_mapping(step.by.shard, row.record.key));
  auto out = simulated_state::apply_rows(step);
  if (out.code != errc::none)
    return out;
  for (std::size_t i = 0; i < step.rows.size(); ++i)
    if (std::none_of(out.refused.begin(), out.refused.end(),
                     [&](const auto& one) { return one.first == i; }))
      seen.written.emplace_back(std::move(before[i]), &step.rows[i]);
  seen.version = out.version;
  if (seen.written.empty())
    return out;
  ++into_.order;
  into_.note("rows", {{"shard", step.by.shard},
                      {"written", static_cast<std::int64_t>(seen.written.size())}});
  into_.tell([&](invariant& one) { one.rows_written(seen); });
  return out;
}

result<std::vector<storage::shard_claim>> directory::claim(
    const std::string& node, const std::string& incarnation,
    const std::vector<storage::shard_seen>& shards) {
  std::vector<shard_owner> before;
  for (const auto& one : shards) before.push_back(owner_of(one.shard));
  auto out = simulated_state::claim(node, incarnation, shards);
  into_.note("claim", {{"shards", static_cast<std::int64_t>(out->size())}}, incarnation);
  auto at = shards.begin();
  for (const auto& one : *out) {
    at =
        std::find_if(at, shards.end(), [&](const auto& asked) { return asked.shard == one.shard; });
    const seen_claim seen{one.shard, before[static_cast<std::size_t>(at - shards.begin())],
                          incarnation};
    into_.tell([&](invariant& judge) { judge.claimed(seen); });
  }
  return out;
}

result<lease_grant> directory::lease_lookups(const std::string& provider,
                                             const lease_request& ask) {
  const auto before = providers_[provider].lookups;
  auto out = simulated_state::lease_lookups(provider, ask);
  auto& booked = providers_[provider].lookups;
  if (bug_ == plant::double_spend_quota && ++grants_ % every_so_often == 0)
    booked.tat = std::max(before.tat, now.us);
  return out;
}

// --- fail-over
// -------------------------------------------------------------------------------------

void directory::lose_replica() {
  if (replica_)
    return;
  replica_ = static_cast<const simulated_state&>(*this);
  replica_order_ = into_.order;
}

void directory::promote_replica() {
  if (!replica_)
    return;
  const auto clock = now;
  simulated_state::operator=(*replica_);
  replica_.reset();
  now = clock;
  unstored_.clear();
  ++into_.order;
  into_.note("the replica takes over",
             {{"lost", static_cast<std::int64_t>(into_.order - 1 - replica_order_)}});
  into_.tell([&](invariant& one) { one.failed_over({replica_order_}); });
}

// --- looking -------------------------------------------------------------------------------------

std::size_t directory::left_in_outboxes() const {
  std::size_t out = 0;
  for (const auto& [shard, at] : shards_) out += at.outbox.size();
  return out;
}

std::map<std::string, std::size_t> directory::owners() const {
  std::map<std::string, std::size_t> out;
  for (const auto& [shard, at] : shards_) ++out[at.incarnation];
  return out;
}

}  // namespace glados::sim
