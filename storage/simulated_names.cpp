#include "storage/codec.hpp"
#include "storage/simulated_store.hpp"

namespace glados::storage {

result<std::size_t> simulated_state::rename_records(const renaming& step) {
  shard_state& at = shards_[step.by.shard];
  if (at.incarnation.empty() || at.incarnation != step.by.incarnation || at.epoch != step.by.epoch)
    return errc::fenced;
  at.renaming = step.layers;
  std::size_t renamed = 0;
  for (const auto& [from, record] : step.records) {
    const auto found = at.mappings.find(from_layers(from));
    if (found == at.mappings.end() || found->second.first != record.version)
      continue;
    at.mappings.erase(found);
    at.mappings[from_layers(record.key)] = {record.version, encode(record)};
    ++renamed;
  }
  return renamed;
}

result<bool> simulated_state::end_renaming(const fence& by, std::uint8_t from, std::uint8_t to) {
  shard_state& at = shards_[by.shard];
  if (at.incarnation.empty() || at.incarnation != by.incarnation || at.epoch != by.epoch)
    return errc::fenced;
  for (const auto& [where, stored] : at.mappings)
    if (where.first == from)
      return false;
  at.names = to;
  at.renaming = 0;
  at.walks.clear();
  return true;
}

result<bool> simulated_state::report_keys(const std::string& incarnation,
                                          const index_checks& keys) {
  for (auto& member : members_.members)
    if (member.incarnation == incarnation) {
      member.index_keys = static_cast<std::uint8_t>(keys.size());
      member_keys_[incarnation] = keys;
      return true;
    }
  return errc::not_found;
}

result<activation_answer> simulated_state::activate_key(std::uint8_t version,
                                                        const index_checks& mine) {
  std::vector<member_keys> members;
  for (const auto& one : members_.members)
    members.push_back({one.node, member_keys_[one.incarnation]});
  auto out = may_activate(index_, version, mine, members);
  if (out.outcome != activation::active || version == index_.active)
    return out;
  if (restore_.open && version > restore_.names)
    return activation_answer{activation::unfinished, {}};
  index_.active = version;
  needed_keys_.assign(mine.begin(), mine.begin() + version);
  return out;
}

result<bool> simulated_state::settle_key(std::uint8_t version) {
  if (version != index_.active)
    return errc::conflict;
  index_.in_use = version;
  return true;
}

// --- the port ------------------------------------------------------------------------------------

void simulated_store::rename_records(renaming step, reply<std::size_t> done) {
  queue<std::size_t>("rename_records", true, std::move(done),
                     [this, step] { return state_.rename_records(step); });
}

void simulated_store::end_renaming(const fence& by, std::uint8_t from, std::uint8_t to,
                                   reply<bool> done) {
  queue<bool>("end_renaming", true, std::move(done),
              [this, by, from, to] { return state_.end_renaming(by, from, to); });
}

void simulated_store::report_keys(const std::string& incarnation, const index_checks& keys,
                                  reply<bool> done) {
  queue<bool>("report_keys", true, std::move(done),
              [this, incarnation, keys] { return state_.report_keys(incarnation, keys); });
}

void simulated_store::activate_key(std::uint8_t version, const index_checks& mine,
                                   reply<activation_answer> done) {
  queue<activation_answer>("activate_key", true, std::move(done),
                           [this, version, mine] { return state_.activate_key(version, mine); });
}

void simulated_store::settle_key(std::uint8_t version, reply<bool> done) {
  queue<bool>("settle_key", true, std::move(done),
              [this, version] { return state_.settle_key(version); });
}

}  // namespace glados::storage
