// Strikes and reports of the simulated store; mirrors take_note.lua, restore_standing.lua and
// file_record.lua.
#include <algorithm>
#include <charconv>

#include "storage/simulated_store.hpp"
#include "storage/standing_codec.hpp"

namespace glados::storage {

result<bool> simulated_state::take_note(shard_id shard, const std::string& outbox_id,
                                        const standing_note& what) {
  using kind = standing_note::kind;
  provider_state& at = providers_[what.provider_id];
  entry_id id{0, 0};
  const char* end = outbox_id.data() + outbox_id.size();
  const auto first = std::from_chars(outbox_id.data(), end, id.first);
  if (first.ptr != end)
    std::from_chars(first.ptr + 1, end, id.second);
  const auto mark = at.note_marks.find(shard);
  if (mark != at.note_marks.end() && id <= mark->second)
    return true;
  at.note_marks[shard] = id;
  if (what.what == kind::lifted) {
    at.strikes.erase(what.about.id);
  } else if (what.what == kind::change_made) {
    ++at.changes_made[day_of(what.at)];
    std::erase_if(at.changes_made, [&](const auto& day) {
      return day.first < day_of(what.at) - changes_counted_days;
    });
  } else if (at.strikes.contains(what.about.id)) {
    if (what.about.kind != strike_kind::restored)
      at.strikes[what.about.id] = encode(what.about);
  } else if (at.strikes.size() < strikes_kept) {
    at.strikes[what.about.id] = encode(what.about);
  }
  return true;
}

result<standing_facts> simulated_state::load_standing(const std::string& provider) {
  standing_facts out;
  const provider_state& at = providers_[provider];
  for (const auto& [id, body] : at.strikes) {
    out.strikes.push_back(decode_strike(body).value());
    out.strikes.back().id = id;
  }
  out.changes = at.changes_made;
  return out;
}

result<bool> simulated_state::restore_standing(const std::string& provider,
                                               const standing_facts& kept) {
  provider_state& at = providers_[provider];
  for (const auto& one : kept.strikes) at.strikes.try_emplace(one.id, encode(one));
  at.changes_made.insert(kept.changes.begin(), kept.changes.end());
  return true;
}

result<bool> simulated_state::file(const registry_record& fresh, std::size_t kept) {
  if (registry_.contains({fresh.what, fresh.id}))
    return true;
  registry_version_ = std::max(registry_version_ + 1, static_cast<std::uint64_t>(now.us));
  auto& stored = registry_[{fresh.what, fresh.id}] = fresh;
  stored.version = registry_version_;
  auto first = registry_.lower_bound({fresh.what, ""});
  auto end = std::find_if(first, registry_.end(),
                          [&](const auto& one) { return one.first.first != fresh.what; });
  for (auto over = static_cast<std::size_t>(std::distance(first, end)); over > kept; --over)
    first = registry_.erase(first);
  return true;
}

result<std::vector<registry_record>> simulated_state::list(registry_record::kind what,
                                                           const std::string& after,
                                                           std::size_t limit) {
  std::vector<registry_record> out;
  for (auto at = registry_.upper_bound({what, after}); at != registry_.end(); ++at) {
    if (at->first.first != what || out.size() == limit)
      break;
    out.push_back(at->second);
  }
  return out;
}

void simulated_store::take_note(shard_id shard, const std::string& outbox_id,
                                const standing_note& what, reply<bool> done) {
  queue<bool>("take_note", true, std::move(done),
              [this, shard, outbox_id, what] { return state_.take_note(shard, outbox_id, what); });
}

void simulated_store::load_standing(const std::string& provider, reply<standing_facts> done) {
  queue<standing_facts>("load_standing", false, std::move(done),
                        [this, provider] { return state_.load_standing(provider); });
}

void simulated_store::restore_standing(const std::string& provider, const standing_facts& kept,
                                       reply<bool> done) {
  queue<bool>("restore_standing", true, std::move(done),
              [this, provider, kept] { return state_.restore_standing(provider, kept); });
}

void simulated_store::file(const registry_record& fresh, std::size_t kept, reply<bool> done) {
  queue<bool>("file", true, std::move(done),
              [this, fresh, kept] { return state_.file(fresh, kept); });
}

void simulated_store::list(registry_record::kind what, const std::string& after, std::size_t limit,
                           reply<std::vector<registry_record>> done) {
  queue<std::vector<registry_record>>("list", false, std::move(done), [this, what, after, limit] {
    return state_.list(what, after, limit);
  });
}

}  // namespace glados::storage
