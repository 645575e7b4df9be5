#include "actors/mapping.hpp"
#include "actors/shard_state.hpp"
#include "actors/verification.hpp"

namespace glados::actors {
namespace {

/// A shard with no entity to evict may still have this many, so that a full node answers everybody.
constexpr int least_share = 4;
/// Entities of a shard that may be on their way out when it evicts one more.
constexpr std::size_t most_leaving = 16;

}  // namespace

using state_type = shard_actor_state;

// --- loading -------------------------------------------------------------------------------------

template <class Table>
typename Table::entry* state_type::open_slot(Table& table,
                                             const typename Table::entry::first_type& key) {
  if (table.loading() >= limits().queue_per_load)
    return nullptr;
  auto& at = table.open(key);
  load(at);
  return &at;
}

template state_type::mapping_table::entry* state_type::open_slot(mapping_table&, const sii_key&);
template state_type::verification_table::entry* state_type::open_slot(verification_table&,
                                                                      const std::string&);

void state_type::load(mapping_table::entry& at) {
  shard_->node.directory.load_mapping(shard_->id, at.first,
                                      here([this, key = at.first](result<directory_record> found) {
                                        mapping_loaded(key, std::move(found));
                                      }));
}

void state_type::load(verification_table::entry& at) {
  shard_->node.directory.load_verification(shard_->id, at.first,
                                           here([this, id = at.first](result<verification> found) {
                                             verification_loaded(id, std::move(found));
                                           }));
}

void state_type::mapping_loaded(const sii_key& key, result<directory_record> found) {
  auto* at = mappings_.find(key);
  if (!at)
    return;
  if (std::exchange(at->second.outdated, false) && found)
    return load(*at);
  if (!found)
    return refuse(mappings_, *at, found.error());
  const bool stored = !found->mappings.empty();
  shard_->node.observer.shard_loaded(stored);
  if (!stored && !at->second.create) {
    // Nothing was written meanwhile: every command for this key has waited in this slot.
    misses_.insert(key);
    return refuse(mappings_, *at, errc::not_found);
  }
  if (!make_room())
    return refuse(mappings_, *at, errc::overloaded);
  found->key = key;
  mappings_changed(+1);
  serve(mappings_, *at, spawn_mapping(self_, shard_, std::move(*found)));
}

void state_type::verification_loaded(const std::string& id, result<verification> found) {
  auto* at = verifications_.find(id);
  if (!at)
    return;
  if (!found)
    return refuse(verifications_, *at, found.error());
  if (!make_room())
    return refuse(verifications_, *at, errc::overloaded);
  verifications_changed(+1);
  serve(verifications_, *at, spawn_verification(self_, shard_, std::move(*found)));
}

template <class Table, class Handle>
void state_type::serve(Table& table, typename Table::entry& at, Handle entity) {
  table.activate(at, entity);
  table.touch(at, minute_, ++uses_);
  for (auto& next : table.take_queue(at)) next(&entity, errc::none);
  if (closed_ || (std::is_same_v<Table, mapping_table> && !serves_names()))
    retire(table, at);
}

template <class Table>
void state_type::refuse(Table& table, typename Table::entry& at, errc code) {
  auto queue = table.take_queue(at);
  table.erase(at.first);
  for (auto& next : queue) next(nullptr, closed_ ? errc::moved : code);
  end_if_empty();
}

// --- room ----------------------------------------------------------------------------------------

void state_type::mappings_changed(int delta) {
  live_mappings_ += delta;
  shard_->node.entities += static_cast<std::size_t>(delta);
  shard_->node.observer.entities_changed("mapping", delta);
}

void state_type::verifications_changed(int delta) {
  live_verifications_ += delta;
  shard_->node.entities += static_cast<std::size_t>(delta);
  shard_->node.observer.entities_changed("verification", delta);
}

/// Whether one more entity may be spawned; passivates the least recently used one if need be.
bool state_type::make_room() {
  if (shard_->node.entities.load() < limits().max_entities || evict_one())
    return true;
  return live() < least_share;
}

bool state_type::evict_one() {
  // What is on its way out is not room enough: else a burst would only trade places.
  if (mappings_.stopping() + verifications_.stopping() >= most_leaving)
    return false;
  auto* mapping = mappings_.oldest();
  auto* proof = verifications_.oldest();
  if (!mapping && !proof)
    return false;
  if (!proof || (mapping && mapping->second.use < proof->second.use))
    retire(mappings_, *mapping);
  else
    retire(verifications_, *proof);
  return true;
}

template <class Table>
void state_type::retire(Table& table, typename Table::entry& at) {
  const auto entity = at.second.entity;
  table.retire(at);
  self_->send(entity, stop{});
}

void state_type::verification_over(const verification_ended& which) {
  auto* at = verifications_.find(which.id);
  if (at && at->second.at == verification_table::step::active)
    retire(verifications_, *at);
}

template <class Table>
void state_type::sweep_table(Table& table, std::uint32_t idle_minutes) {
  while (auto* at = table.oldest()) {
    if (minute_ - at->second.minute < idle_minutes)
      return;
    retire(table, *at);
  }
}

void state_type::sweep_idle() {
  ++minute_;
  const auto idle = std::chrono::ceil<std::chrono::minutes>(limits().idle_after).count();
  sweep_table(mappings_, static_cast<std::uint32_t>(std::max<std::int64_t>(idle, 1)));
  sweep_table(verifications_, static_cast<std::uint32_t>(std::max<std::int64_t>(idle, 1)));
  if (closed_)
    return;
  recover_old();
  self_->delayed_send(shard_actor{self_}, std::chrono::minutes(1), sweep{});
}

void state_type::retire_mappings() {
  while (auto* at = mappings_.oldest()) retire(mappings_, *at);
}

void state_type::give_up_entities() {
  retire_mappings();
  while (auto* at = verifications_.oldest()) retire(verifications_, *at);
}

// --- ends of entities ----------------------------------------------------------------------------

template <class Table>
bool state_type::finished(Table& table, const caf::down_msg& end) {
  const auto id = end.source.id();
  auto* at = table.ended(id);
  const bool died = !at || end.reason;
  if (!at && (at = table.find_active(id))) {
    table.retire(*at);
    table.ended(id);
    at->second.at = Table::step::stopping;
  }
  if (!at)
    return false;
  constexpr bool mapping = std::is_same_v<Table, mapping_table>;
  mapping ? mappings_changed(-1) : verifications_changed(-1);
  const auto key = at->first;
  if (!died || closed_) {
    free_slot(table, key);
    return true;
  }
  // It may have left a commit on the wire.
  shard_->node.observer.restarted(mapping ? "mapping" : "verification");
  raise(shard_->held->epoch.load(), [this, &table, key](errc) { free_slot(table, key); });
  return true;
}

/// The entity of this slot is gone: load anew for those who came meanwhile, or forget the slot.
template <class Table>
void state_type::free_slot(Table& table, const typename Table::entry::first_type& key) {
  auto* at = table.find(key);
  if (!at)
    return;
  const bool wanted = at->second.queue && !at->second.queue->empty();
  if (!wanted)
    table.erase(key);
  else if (closed_)
    refuse(table, *at, errc::moved);
  else {
    at->second.at = Table::step::loading;
    load(*at);
  }
  end_if_empty();
}

void state_type::on_down(const caf::down_msg& end) {
  if (!finished(mappings_, end))
    finished(verifications_, end);
}

}  // namespace glados::actors
