// Bulk jobs in memory, in the words of the scripts.
#include <algorithm>
#include <utility>

#include "storage/codec.hpp"
#include "storage/event_store.hpp"
#include "storage/simulated_state.hpp"
#include "storage/simulated_store.hpp"

namespace glados::storage {

namespace {

constexpr auto kept_ms = std::chrono::milliseconds(jobs_kept).count();
constexpr std::int64_t day_ms = 86'400'000;

bool live_state(bulk_state state) {
  return state == bulk_state::open || state == bulk_state::running;
}

/// Rows that unfinished parts have room for and did not use.
template <class Parts>
std::uint64_t reserved(const bulk_job& job, const Parts& parts) {
  std::uint64_t out = 0;
  for (const auto& [number, part] : parts)
    out += part.done || job.dry_run ? 0 : part.granted - part.used;
  return out;
}

}  // namespace

rows_result simulated_state::apply_rows(const rows_commit& step) {
  rows_result out;
  shard_state& at = shards_[step.by.shard];
  if (at.incarnation.empty() || at.incarnation != step.by.incarnation ||
      at.epoch != step.by.epoch) {
    out.code = errc::fenced;
    return out;
  }
  out.version = std::max(at.last_version + 1, static_cast<std::uint64_t>(now.us));
  std::uint64_t entries = 0;
  std::int32_t written = 0;
  const auto leave = [&](const outbox_entry& entry) {
    at.outbox[{out.version, entries++}] = encode(entry);
  };
  for (std::size_t i = 0; i < step.rows.size(); ++i) {
    const auto& record = step.rows[i].record;
    const auto stored = at.mappings.find(from_layers(record.key));
    if ((stored == at.mappings.end() ? 0 : stored->second.first) != record.version) {
      out.refused.emplace_back(i, *load_mapping(step.by.shard, record.key));
      continue;
    }
    keep_for_snapshot(at, record.key);
    if (record.mappings.empty())
      at.mappings.erase(from_layers(record.key));
    else
      at.mappings[from_layers(record.key)] = {out.version, encode(record)};
    ++written;
    for (const auto& entry : step.rows[i].outbox) leave(entry);
  }
  if (written > 0) {
    at.last_version = out.version;
    auto each = step.each;
    each.delta *= written;
    if (each.delta != 0)
      leave({{}, outbox_entry::kind::count_users, {}, each, {}});
  }
  out.left = entries > 0;
  return out;
}

simulated_state::stored_job* simulated_state::find_job(const job_name& job) {
  auto& at = providers_[job.provider_id];
  auto& jobs = at.jobs;
  std::erase_if(jobs, [&](const auto& entry) {
    const bool over = entry.second.until_ms <= now_ms();
    at.asserted_rows -= over ? reserved(entry.second.job, entry.second.parts) : 0;
    return over;
  });
  const auto found = jobs.find(job.number);
  return found == jobs.end() ? nullptr : &found->second;
}

void simulated_state::keep(stored_job& job) const { job.until_ms = now_ms() + kept_ms; }

result<created_job> simulated_state::create_job(const job_creation& what) {
  auto& at = providers_[what.job.provider_id];
  const auto made = at.jobs_of_calls.find(what.key_tag);
  if (made != at.jobs_of_calls.end() && live(made->second))
    return created_job{std::stoull(made->second.body), true};
  if (find_job({what.job.provider_id, what.job.number}))
    return errc::conflict;
  const auto open = std::count_if(at.jobs.begin(), at.jobs.end(), [](const auto& entry) {
    return live_state(entry.second.job.state);
  });
  if (static_cast<std::size_t>(open) >= what.most_open)
    return errc::rate_limited;
  auto& job = at.jobs[what.job.number];
  job.job = what.job;
  keep(job);
  at.jobs_of_calls[what.key_tag] = {std::to_string(what.job.number), now_ms() + day_ms};
  return created_job{what.job.number, false};
}

result<bulk_job> simulated_state::load_job(const job_name& job) {
  const auto* found = find_job(job);
  if (!found)
    return errc::not_found;
  return found->job;
}

result<part_state> simulated_state::open_part(const part_opening& what) {
  auto* found = find_job(what.job);
  if (!found)
    return errc::not_found;
  const auto at = found->parts.find(what.part);
  const bool begun = at != found->parts.end();
  part_state out;
  if (begun && at->second.fingerprint != what.fingerprint)
    return errc::conflict;
  if (begun && at->second.done) {
    out.done = true;
    out.lines = at->second.lines;
    out.rejected = at->second.rejected;
    out.stored = at->second.used;
    return out;
  }
  if (found->job.state != bulk_state::open && !(found->job.state == bulk_state::running && begun))
    return errc::conflict;
  keep(*found);
  auto& part = found->parts[what.part];
  if (!begun) {
    auto& asserted = providers_[what.job.provider_id].asserted_rows;
    part.fingerprint = what.fingerprint;
    part.granted = what.rows;
    if (!found->job.dry_run) {
      const auto room = what.ceiling > asserted ? what.ceiling - asserted : 0;
      part.granted = static_cast<std::uint32_t>(std::min<std::uint64_t>(what.rows, room));
      asserted += part.granted;
    }
    ++found->begun;
    found->job.begun.push_back(what.part);
  }
  out.granted = part.granted;
  out.credit = part.credit;
  for (const auto& [shard, results] : part.shares) out.saved.push_back(shard);
  return out;
}

result<saved_part> simulated_state::save_part(const part_progress& what) {
  auto* found = find_job(what.job);
  if (!found)
    return errc::not_found;
  const auto at = found->parts.find(what.part);
  if (at != found->parts.end() && at->second.done)
    return saved_part{false, at->second.used};
  if (at == found->parts.end())
    return errc::conflict;
  auto& job = found->job;
  auto& part = at->second;
  auto& asserted = providers_[what.job.provider_id].asserted_rows;
  for (const auto& share : what.shares) {
    if (!part.shares.emplace(share.shard, share.results).second)
      continue;
    job.created += share.created;
    job.unchanged += share.unchanged;
    job.conflicts += share.conflicts;
    job.lines += std::uint64_t{share.created} + share.unchanged + share.conflicts;
    part.used += share.stored;
  }
  part.credit = what.credit;
  if (!job.dry_run && part.used > part.granted)  // the job has ended, and its reserve with it
    asserted += part.used - std::exchange(part.granted, part.used);
  if (!live_state(job.state))
    return errc::conflict;
  if (!what.last)
    return saved_part{false, part.used};
  part.done = true;
  part.lines = what.lines;
  part.rejected = what.rejected;
  part.rejects = what.rejects;
  job.lines += what.rejected;
  job.rejected += what.rejected;
  ++job.parts;
  if (!job.dry_run)
    asserted -= part.granted - part.used;
  keep(*found);
  if (--found->begun > 0 || job.state != bulk_state::running)
    return saved_part{false, part.used};
  job.state = bulk_state::completed;
  append(what.notice);
  return saved_part{true, part.used};
}

result<part_results> simulated_state::load_results(const job_name& job, std::uint32_t part) {
  const auto* found = find_job(job);
  if (!found || !found->parts.contains(part))
    return errc::not_found;
  const auto& at = found->parts.at(part);
  return part_results{at.done, {at.shares.begin(), at.shares.end()}, at.rejects};
}

result<bool> simulated_state::end_job(const job_ending& what) {
  auto* found = find_job(what.job);
  if (!found)
    return errc::not_found;
  auto& state = found->job.state;
  if (what.wanted == bulk_state::failed) {
    if (live_state(state))
      return errc::conflict;
    state = bulk_state::failed;
    providers_[what.job.provider_id].asserted_rows -= what.retracted;
    keep(*found);
    return false;
  }
  if (state == what.wanted ||
      (what.wanted == bulk_state::completed && state == bulk_state::running))
    return false;
  if (!live_state(state))
    return errc::conflict;
  if (what.wanted == bulk_state::completed && found->begun > 0) {
    state = bulk_state::running;
    return false;
  }
  state = what.wanted;
  providers_[what.job.provider_id].asserted_rows -= reserved(found->job, found->parts);
  for (auto& [number, part] : found->parts) part.granted = part.used;
  keep(*found);
  if (what.wanted != bulk_state::completed)
    return false;
  append(what.notice);
  return true;
}

// --- the ports -----------------------------------------------------------------------------------

void simulated_store::apply_rows(rows_commit step, std::function<void(rows_result)> done) {
  auto shared = std::make_shared<std::function<void(rows_result)>>(std::move(done));
  operations_.push_back({"apply_rows", true,
                         [this, shared, step = std::move(step)]() -> std::function<void()> {
                           return [shared, value = state_.apply_rows(step)] { (*shared)(value); };
                         },
                         [shared](errc code) {
                           rows_result failed;
                           failed.code = code;
                           (*shared)(failed);
                         }});
}

void simulated_store::create_job(const job_creation& what, reply<created_job> done) {
  queue<created_job>("create_job", true, std::move(done),
                     [this, what] { return state_.create_job(what); });
}

void simulated_store::load_job(const job_name& job, reply<bulk_job> done) {
  queue<bulk_job>("load_job", false, std::move(done), [this, job] { return state_.load_job(job); });
}

void simulated_store::open_part(const part_opening& what, reply<part_state> done) {
  queue<part_state>("open_part", true, std::move(done),
                    [this, what] { return state_.open_part(what); });
}

void simulated_store::save_part(const part_progress& what, reply<saved_part> done) {
  queue<saved_part>("save_part", true, std::move(done),
                    [this, what] { return state_.save_part(what); });
}

void simulated_store::load_results(const job_name& job, std::uint32_t part,
                                   reply<part_results> done) {
  queue<part_results>("load_results", false, std::move(done),
                      [this, job, part] { return state_.load_results(job, part); });
}

void simulated_store::end_job(const job_ending& what, reply<bool> done) {
  queue<bool>("end_job", true, std::move(done), [this, what] { return state_.end_job(what); });
}

}  // namespace glados::storage
