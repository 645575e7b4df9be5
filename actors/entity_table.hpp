// Where a shard keeps its entities of one kind: a slot a key, roughly in order of last use.
//
//   (none) ──first command──> loading ──found──> active ──idle, evicted, died──> stopping ──┐
//      ▲                         │ ▲                                                        │
//      └───────not found─────────┘ └──────────commands came meanwhile───────────────────────┤
//      └────────────────────────────────────────────────────────────────────────────ended───┘
//
// A slot stays until its entity has really ended: a second entity of the same key, loaded while the
// first one's last commit is under way, would answer from a record that is old already.
#pragma once

#include <caf/actor_addr.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>

#include "domain/errc.hpp"

namespace glados::actors {

/// Owned by one shard and used only there.
template <class Key, class Handle>
class entity_table {
 public:
  /// A command that waits for its entity: handed on to it, or (null) answered with a code.
  using waiting = std::function<void(const Handle*, errc)>;
  enum class step : std::uint8_t { loading, active, stopping };

  struct slot {
    step at = step::loading;
    bool create = false;       ///< a write waits: spawn even if nothing is stored
    bool outdated = false;     ///< the record was written since the load began: load again
    std::uint32_t minute = 0;  ///< of the last use
    std::uint64_t use = 0;     ///< number of the last use in the shard
    std::uint64_t placed = 0;  ///< `use` when it got its place in the order
    Handle entity;
    typename std::list<const Key*>::iterator place;  ///< while active
    std::unique_ptr<std::deque<waiting>> queue;
  };
  using entry = std::pair<const Key, slot>;

  entity_table() { slots_.max_load_factor(fill); }

  entry* find(const Key& key) {
    const auto at = slots_.find(key);
    return at == slots_.end() ? nullptr : &*at;
  }

  entry& open(const Key& key) { return *slots_.try_emplace(key).first; }

  void activate(entry& e, Handle entity) {
    e.second.at = step::active;
    e.second.create = false;
    e.second.entity = std::move(entity);
    e.second.placed = e.second.use;
    e.second.place = order_.insert(order_.end(), &e.first);
  }

  /// Notes a use in the slot alone. Moving it in the order at every lookup would touch its two
  /// neighbours there, which are seldom in the cache: `oldest` catches up instead.
  static void touch(entry& e, std::uint32_t minute, std::uint64_t use) {
    e.second.minute = minute;
    e.second.use = use;
  }

  /// No longer active; its end will be told with the actor's id.
  void retire(entry& e) {
    order_.erase(e.second.place);
    e.second.at = step::stopping;
    stopping_.emplace(e.second.entity.id(), &e.first);
    e.second.entity = Handle();
  }

  /// The slot of an actor that ended, or null.
  entry* ended(caf::actor_id id) {
    const auto at = stopping_.find(id);
    if (at == stopping_.end())
      return nullptr;
    auto* found = find(*at->second);
    stopping_.erase(at);
    return found;
  }

  /// The active slot of that actor, or null. Slow: for actors that died.
  entry* find_active(caf::actor_id id) {
    for (const auto* key : order_)
      if (auto* e = find(*key); e->second.entity.id() == id)
        return e;
    return nullptr;
  }

  /// An active one that was not used since all the others got their place, or null: second chance,
  /// constant time a use.
  entry* oldest() {
    while (!order_.empty()) {
      auto* first = find(*order_.front());
      if (first->second.placed == first->second.use)
        return first;
      first->second.placed = first->second.use;
      order_.splice(order_.end(), order_, order_.begin());
    }
    return nullptr;
  }

  bool push(entry& e, waiting command, std::size_t limit) {
    auto& queue = e.second.queue;
    if (!queue)
      queue = std::make_unique<std::deque<waiting>>();
    if (queue->size() >= limit)
      return false;
    queue->push_back(std::move(command));
    return true;
  }

  std::deque<waiting> take_queue(entry& e) {
    auto queue = std::move(e.second.queue);
    return queue ? std::move(*queue) : std::deque<waiting>();
  }

  void erase(const Key& key) { slots_.erase(key); }
  std::size_t size() const { return slots_.size(); }
  std::size_t active() const { return order_.size(); }
  std::size_t loading() const { return slots_.size() - order_.size() - stopping_.size(); }
  std::size_t stopping() const { return stopping_.size(); }

  template <class F>
  void for_each(F f) {
    for (auto& e : slots_) f(e);
  }

 private:
  /// More than half of the buckets are empty, so that a key that is not here is seldom compared
  /// with one that is: each is memory that was not used for long.
  static constexpr float fill = 0.5F;

  std::unordered_map<Key, slot> slots_;
  std::list<const Key*> order_;  ///< active ones; see `oldest`
  std::unordered_map<caf::actor_id, const Key*> stopping_;
};

}  // namespace glados::actors
