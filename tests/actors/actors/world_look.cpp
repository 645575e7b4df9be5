// What the world's store holds; see world.hpp.
#include "storage/standing_codec.hpp"
#include "world.hpp"

namespace glados::testing {

sii_key plain_names::advance(const sii_key& key, std::uint8_t layers) const {
  auto out = key;
  out.layers = layers;
  out.value[14] = static_cast<std::uint8_t>(layers - 1);
  return out;
}

std::string plain_names::reseal(shard_id, const sii_key& from, const sii_key& to,
                                const std::string&, const std::string& user) const {
  const auto plain = unsealed(user);
  return user == sealed_in(plain, from.layers) ? sealed_in(plain, to.layers) : user;
}

std::string sealed_in(const std::string& user, std::uint8_t layers) {
  return user + std::string(layers - 1u, '\'');
}

std::string unsealed(const std::string& user) {
  return user.substr(0, user.find_last_not_of('\'') + 1);
}

directory_record world::stored_mapping(int who) {
  directory_record out;
  for (auto layers = names.newest_; layers > 0 && out.mappings.empty(); --layers) {
    store.load_mapping(shard, names.advance(key_of(who), layers),
                       [&](const result<directory_record>& got) { out = *got; });
    store.step(store.pending() - 1);
  }
  return out;
}

std::uint8_t world::stored_names() {
  std::uint8_t out = 0;
  store.load_owners(
      {shard}, [&](const result<std::vector<shard_owner>>& found) { out = found->front().names; });
  store.step(store.pending() - 1);
  return out;
}

std::size_t world::records_named(std::uint8_t layers) {
  std::size_t out = 0;
  store.load_mappings(shard, layers, "", 100'000,
                      [&](const result<storage::mapping_page>& got) { out = got->records.size(); });
  store.step(store.pending() - 1);
  return out;
}

std::optional<verification> world::stored_verification(const std::string& id) {
  std::optional<verification> out;
  store.load_verification(shard, id, [&](const result<verification>& got) {
    if (got)
      out = *got;
  });
  store.step(store.pending() - 1);
  return out;
}

std::optional<change_record> world::stored_change(const std::string& id) {
  std::optional<change_record> out;
  store.load_change(shard, id, [&](const result<change_record>& got) {
    if (got)
      out = *got;
  });
  store.step(store.pending() - 1);
  return out;
}

std::vector<glados::report> world::stored_reports() {
  std::vector<glados::report> out;
  using kind = storage::registry_record::kind;
  store.list(kind::report, "", 1000, [&](const result<std::vector<storage::registry_record>>& got) {
    for (const auto& one : *got) {
      out.push_back(storage::decode_report(one.body).value());
      out.back().id = one.id;
    }
  });
  store.step(store.pending() - 1);
  return out;
}

standing_facts world::stored_standing(const std::string& provider) {
  standing_facts out;
  store.load_standing(provider, [&](const result<standing_facts>& got) { out = *got; });
  store.step(store.pending() - 1);
  return out;
}

std::vector<event> world::told(const std::string& provider) {
  std::vector<event> out;
  store.read_events(provider, "", 10'000,
                    [&](const result<std::vector<event>>& got) { out = *got; });
  store.step(store.pending() - 1);
  return out;
}

std::vector<storage::outbox_entry> world::outbox() {
  std::vector<storage::outbox_entry> out;
  store.load_outbox(shard, "", 1000,
                    [&](const result<std::vector<storage::outbox_entry>>& got) { out = *got; });
  store.step(store.pending() - 1);
  return out;
}

}  // namespace glados::testing
