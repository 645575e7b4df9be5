#include <algorithm>
#include <charconv>

#include "storage/codec.hpp"
#include "storage/simulated_store.hpp"

namespace glados::storage {

namespace {

constexpr std::int64_t kept_ms = std::chrono::milliseconds(snapshot_kept).count();

}  // namespace

result<shard_snapshot> simulated_state::begin_snapshot(shard_id shard, const std::string& name) {
  shard_state& at = shards_[shard];
  const auto& held = at.snapshot;
  if (at.renaming != 0 || (!held.name.empty() && held.name != name && now_ms() < held.until_ms))
    return errc::conflict;
  at.snapshot = {name, at.last_version, now_ms() + kept_ms, {}};
  return shard_snapshot{at.last_version, at.epoch, at.names};
}

void simulated_state::keep_for_snapshot(shard_state& at, const sii_key& key) const {
  const auto found = at.mappings.find(from_layers(key));
  if (at.snapshot.name.empty() || now_ms() >= at.snapshot.until_ms || found == at.mappings.end() ||
      found->second.first > at.snapshot.version)
    return;
  at.snapshot.kept.insert(*found);
}

/// The cursor is "m" or, among what records were, "k", then the last key met.
result<mapping_page> simulated_state::read_snapshot(shard_id shard, const std::string& name,
                                                    std::uint8_t layers, const std::string& cursor,
                                                    std::size_t limit) {
  shard_state& at = shards_[shard];
  if (at.snapshot.name != name || now_ms() >= at.snapshot.until_ms || at.renaming != 0 ||
      at.names != layers)
    return errc::not_found;
  const bool in_kept = cursor.starts_with('k');
  const stored_rows& rows = in_kept ? at.snapshot.kept : at.mappings;
  sii_key last{{}, layers};
  if (cursor.size() == 1 + last.value.size())
    std::copy(cursor.begin() + 1, cursor.end(), last.value.begin());
  auto next =
      cursor.size() > 1 ? rows.upper_bound(from_layers(last)) : rows.lower_bound(from_layers(last));
  const auto there = [&] { return next != rows.end() && next->first.first == layers; };
  mapping_page page;
  std::size_t met = 0;
  for (; there() && met < limit; ++next, ++met) {
    last = next->first.second;
    if (next->second.first <= at.snapshot.version)
      page.records.push_back(
          {last, next->second.first, decode_mappings(next->second.second).value()});
  }
  if (there())
    page.next = (in_kept ? "k" : "m") + std::string(last.value.begin(), last.value.end());
  else if (!in_kept)
    page.next = "k";
  if (page.next.empty())
    at.snapshot = {};
  else
    at.snapshot.until_ms = now_ms() + kept_ms;
  return page;
}

result<bool> simulated_state::log_change(shard_id shard, const std::string& outbox_id,
                                         const std::string& body) {
  entry_id id;
  const char* end = outbox_id.data() + outbox_id.size();
  const auto dash = std::from_chars(outbox_id.data(), end, id.first);
  if (dash.ptr != end)
    std::from_chars(dash.ptr + 1, end, id.second);
  const auto [mark, fresh] = log_marks_.try_emplace(shard, id);
  if (!fresh && id <= mark->second)
    return false;
  mark->second = id;
  log_.push_back({log_.size() + 1, now, body});
  return true;
}

result<log_page> simulated_state::read_log(std::uint64_t after, std::size_t limit) {
  log_page out{log_.empty() ? 0u : 1u, log_.size(), {}};
  for (auto at = after; at < log_.size() && out.entries.size() < limit; ++at)
    out.entries.push_back(log_[at]);
  return out;
}

result<bool> simulated_state::begin_restore(const std::string& name, std::uint8_t names) {
  if (!restore_.name.empty()) {
    if (restore_.name != name || !restore_.open)
      return errc::conflict;
    return true;
  }
  const auto here = [](const auto& entry) {
    return entry.first.first == registry_record::kind::provider ||
           entry.first.first == registry_record::kind::application;
  };
  if (index_.in_use != index_.active || !audit_.empty() ||
      std::any_of(registry_.begin(), registry_.end(), here))
    return errc::conflict;
  restore_ = {name, true, std::max(names, index_.active)};
  return true;
}

result<restore_state> simulated_state::load_restore() { return restore_; }

result<bool> simulated_state::end_restore(const std::string& name) {
  if (restore_.name != name || !restore_.open)
    return errc::conflict;
  restore_.open = false;
  return true;
}

// --- the port ------------------------------------------------------------------------------------

void simulated_store::begin_snapshot(shard_id shard, const std::string& name,
                                     reply<shard_snapshot> done) {
  queue<shard_snapshot>("begin_snapshot", true, std::move(done),
                        [this, shard, name] { return state_.begin_snapshot(shard, name); });
}

void simulated_store::read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                                    const std::string& cursor, std::size_t limit,
                                    reply<mapping_page> done) {
  queue<mapping_page>("read_snapshot", true, std::move(done),
                      [this, shard, name, layers, cursor, limit] {
                        return state_.read_snapshot(shard, name, layers, cursor, limit);
                      });
}

void simulated_store::log_change(shard_id shard, const std::string& outbox_id,
                                 const std::string& body, reply<bool> done) {
  queue<bool>("log_change", true, std::move(done),
              [this, shard, outbox_id, body] { return state_.log_change(shard, outbox_id, body); });
}

void simulated_store::read_log(std::uint64_t after, std::size_t limit, reply<log_page> done) {
  queue<log_page>("read_log", false, std::move(done),
                  [this, after, limit] { return state_.read_log(after, limit); });
}

void simulated_store::begin_restore(const std::string& name, std::uint8_t names, reply<bool> done) {
  queue<bool>("begin_restore", true, std::move(done),
              [this, name, names] { return state_.begin_restore(name, names); });
}

void simulated_store::apply_restored(const std::string& name, registry_commit step,
                                     reply<bool> done) {
  queue<bool>("apply_restored", true, std::move(done), [this, name, step = std::move(step)] {
    return name.empty() ? result<bool>(errc::conflict) : state_.apply(step, name);
  });
}

void simulated_store::load_restore(reply<restore_state> done) {
  queue<restore_state>("load_restore", false, std::move(done),
                       [this] { return state_.load_restore(); });
}

void simulated_store::end_restore(const std::string& name, reply<bool> done) {
  queue<bool>("end_restore", true, std::move(done),
              [this, name] { return state_.end_restore(name); });
}

}  // namespace glados::storage
