#include <algorithm>
#include <charconv>

#include "storage/codec.hpp"
#include "storage/simulated_state.hpp"

namespace glados::storage {

namespace {

constexpr std::int64_t day_ms = 86'400'000;

std::pair<std::uint64_t, std::uint64_t> parse_entry_id(const std::string& text) {
  std::pair<std::uint64_t, std::uint64_t> out{0, 0};
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, out.first);
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, out.second);
  return out;
}

std::string entry_text(std::uint64_t version, std::uint64_t number) {
  return std::to_string(version) + "-" + std::to_string(number);
}

}  // namespace

bool simulated_state::stale(shard_state& at, const commit& step) const {
  if (step.mapping) {
    const auto found = at.mappings.find(from_layers(step.mapping->key));
    if ((found == at.mappings.end() ? 0 : found->second.first) != step.mapping->version)
      return true;
  }
  if (step.proof) {
    const auto found = at.proofs.find(step.proof->id);
    const bool there = found != at.proofs.end() && live(found->second.record);
    if ((there ? found->second.version : 0) != step.proof->version)
      return true;
  }
  for (const auto* change : {&step.change, &step.amended}) {
    if (!*change)
      continue;
    const auto found = at.changes.find((*change)->id);
    const bool there = found != at.changes.end() && live(found->second.second);
    if ((there ? found->second.first : 0) != (*change)->version)
      return true;
  }
  return false;
}

simulated_state::session_change simulated_state::open_or_return(const session_counts& stored,
                                                                const session_limit& limit,
                                                                bool back) const {
  session_change out{0, false, stored};
  const std::int64_t window = std::chrono::milliseconds(limit.window).count();
  const std::int64_t ceiling = std::max<std::uint32_t>(1, limit.ceiling);
  const std::int64_t unit = (window + ceiling - 1) / ceiling;
  auto& [own, reserved] = out.next.own[limit.provider_id];
  std::int64_t& tat = out.next.ceiling.tat_ms;
  if (own.count == 0 || now_ms() - own.since_ms >= window) {
    own = {now_ms(), 0};
    reserved = false;
  }
  if (back) {
    if (own.count == 0)
      return {0, false, stored};
    if (!(own.count == 1 && reserved))
      tat = std::max<std::int64_t>(0, tat - unit);
    --own.count;
    reserved = reserved && own.count > 0;
    return out;
  }
  const std::int64_t next = std::max(tat, now_ms()) + unit;
  const std::int64_t over = next - now_ms() - unit * limit.ceiling;
  if (own.count >= limit.per_provider)
    out.wait_ms = own.since_ms + window - now_ms();
  else if (over > 0 && own.count > 0)
    out.wait_ms = over;
  if (out.wait_ms > 0)
    return out;
  out.reserved = over > 0;
  if (out.reserved)
    reserved = true;
  else
    tat = next;
  ++own.count;
  return out;
}

commit_result simulated_state::apply(const commit& step) {
  commit_result out;
  shard_state& at = shards_[step.by.shard];
  if (at.incarnation.empty() || at.incarnation != step.by.incarnation ||
      at.epoch != step.by.epoch) {
    out.code = errc::fenced;
    return out;
  }
  if (step.answer) {
    const auto found = at.answers.find({step.answer->provider_id, step.answer->key_tag});
    if (found != at.answers.end() && live(found->second)) {
      out.replayed = true;
      out.replay = found->second.body.substr(1);
      return out;
    }
  }
  if (stale(at, step)) {
    out.code = errc::stale_version;
    return out;
  }
  if (step.sessions) {
    session_counts& stored = at.sessions[step.sessions->key];
    session_change change = open_or_return(stored, *step.sessions, step.sessions_returned);
    if (change.wait_ms > 0) {
      out.code = errc::rate_limited;
      out.retry_after =
          std::chrono::seconds(std::max<std::int64_t>(1, (change.wait_ms + 999) / 1000));
      return out;
    }
    out.session_reserved = change.reserved;
    stored = std::move(change.next);
  }
  write(at, step, out);
  return out;
}

void simulated_state::write(shard_state& at, const commit& step, commit_result& out) {
  out.version = std::max(at.last_version + 1, static_cast<std::uint64_t>(now.us));
  at.last_version = out.version;
  if (step.mapping)
    keep_for_snapshot(at, step.mapping->key);
  if (step.mapping && step.mapping->mappings.empty())
    at.mappings.erase(from_layers(step.mapping->key));
  else if (step.mapping)
    at.mappings[from_layers(step.mapping->key)] = {out.version, encode(*step.mapping)};
  if (step.proof)
    write_proof(at, *step.proof, out.version);
  for (const auto* change : {&step.change, &step.amended})
    if (*change)
      at.changes[(*change)->id] = {
          out.version,
          {encode(**change),
           ((*change)->at.us / 1000) + std::chrono::milliseconds(changes_kept).count()}};
  if (step.answer_withdrawn)
    at.answers.erase({step.withdrawn_provider, *step.answer_withdrawn});
  if (step.answer) {
    const std::int64_t until = now_ms() + std::chrono::milliseconds(step.answer->kept).count();
    // One byte more, so that an empty answer is there too.
    at.answers[{step.answer->provider_id, step.answer->key_tag}] = {"." + step.answer->body, until};
  }
  for (std::size_t i = 0; i < step.outbox.size(); ++i) {
    at.outbox[{out.version, i}] = encode(step.outbox[i]);
    out.outbox_ids.push_back(entry_text(out.version, i));
  }
  for (const std::string& id : step.outbox_done) at.outbox.erase(parse_entry_id(id));
}

void simulated_state::write_proof(shard_state& at, const verification& proof,
                                  std::uint64_t version) {
  const std::int64_t expiry_ms = proof.expires_at.us / 1000;
  stored_proof& stored = at.proofs[proof.id];
  stored.version = version;
  stored.record = {encode(proof), expiry_ms + day_ms};
  const bool pending = proof.state == verification_state::pending && !proof.message.empty();
  stored.code =
      pending && expiry_ms > now_ms() ? kept_value{encode_code(proof), expiry_ms} : kept_value{};
}

result<directory_record> simulated_state::load_mapping(shard_id shard, const sii_key& key) {
  directory_record record;
  record.key = key;
  shard_state& at = shards_[shard];
  const auto found = at.mappings.find(from_layers(key));
  if (found == at.mappings.end())
    return record;
  record.version = found->second.first;
  record.mappings = decode_mappings(found->second.second).value();
  return record;
}

/// The cursor is the last key met: the order of the map, where Redis has that of its buckets.
result<mapping_page> simulated_state::load_mappings(shard_id shard, std::uint8_t layers,
                                                    const std::string& cursor, std::size_t limit) {
  const shard_state& at = shards_[shard];
  sii_key last{{}, layers};
  std::copy_n(cursor.begin(), std::min(cursor.size(), last.value.size()), last.value.begin());
  auto next = cursor.empty() ? at.mappings.lower_bound(from_layers(last))
                             : at.mappings.upper_bound(from_layers(last));
  const auto there = [&] { return next != at.mappings.end() && next->first.first == layers; };
  mapping_page page;
  for (; there() && page.records.size() < limit; ++next)
    page.records.push_back(
        {next->first.second, next->second.first, decode_mappings(next->second.second).value()});
  if (there())
    page.next.assign(page.records.back().key.value.begin(), page.records.back().key.value.end());
  return page;
}

result<std::string> simulated_state::load_walk(shard_id shard, const std::string& name) {
  return shards_[shard].walks[name];
}

result<bool> simulated_state::save_walk(const fence& by, const std::string& name,
                                        const std::string& cursor) {
  shard_state& at = shards_[by.shard];
  if (at.incarnation.empty() || at.incarnation != by.incarnation || at.epoch != by.epoch)
    return errc::fenced;
  at.walks[name] = cursor;
  return true;
}

result<verification> simulated_state::load_verification(shard_id shard, const std::string& id) {
  shard_state& at = shards_[shard];
  const auto found = at.proofs.find(id);
  if (found == at.proofs.end() || !live(found->second.record))
    return errc::not_found;
  verification proof = decode_verification(found->second.record.body).value();
  proof.id = id;
  proof.version = found->second.version;
  if (live(found->second.code))
    decode_code(found->second.code.body, proof);
  return proof;
}

result<change_record> simulated_state::load_change(shard_id shard, const std::string& id) {
  shard_state& at = shards_[shard];
  const auto found = at.changes.find(id);
  if (found == at.changes.end() || !live(found->second.second))
    return errc::not_found;
  change_record change = decode_change(found->second.second.body).value();
  change.id = id;
  change.version = found->second.first;
  return change;
}

result<std::string> simulated_state::load_answer(shard_id shard, const std::string& provider,
                                                 const bytes16& tag) {
  shard_state& at = shards_[shard];
  const auto found = at.answers.find({provider, tag});
  if (found == at.answers.end() || !live(found->second))
    return errc::not_found;
  return found->second.body.substr(1);
}

result<std::vector<outbox_entry>> simulated_state::load_outbox(shard_id shard,
                                                               const std::string& after,
                                                               std::size_t limit) {
  std::vector<outbox_entry> out;
  shard_state& at = shards_[shard];
  auto next = after.empty() ? at.outbox.begin() : at.outbox.upper_bound(parse_entry_id(after));
  for (; next != at.outbox.end() && out.size() < limit; ++next) {
    outbox_entry entry = decode_outbox(next->second).value();
    entry.id = entry_text(next->first.first, next->first.second);
    out.push_back(std::move(entry));
  }
  return out;
}

result<bool> simulated_state::trim_outbox(shard_id shard, const std::vector<std::string>& ids) {
  for (const std::string& id : ids) shards_[shard].outbox.erase(parse_entry_id(id));
  return true;
}

}  // namespace glados::storage
