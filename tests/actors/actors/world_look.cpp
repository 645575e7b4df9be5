// What the world's store holds; see world.hpp.
#include "storage/standing_codec.hpp"
#include "world.hpp"

namespace glados::testing {

directory_record world::stored_mapping(int who) {
  directory_record out;
  store.load_mapping(shard, key_of(who), [&](const result<directory_record>& got) { out = *got; });
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
