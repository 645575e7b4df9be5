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

#include <algorithm>
#include <caf/actor_addr.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

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

  entry* find(const Key& key) {
    if (cells_.empty())
      return nullptr;
    const auto tag = tag_of(key);
    for (auto at = home(tag); cells_[at].held; at = after(at))
      if (cells_[at].tag == tag && cells_[at].held->first == key)
        return cells_[at].held.get();
    return nullptr;
  }

  /// The slot of a key, a new one if there is none. Stays where it is until it is erased.
  entry& open(const Key& key) {
    if (auto* const there = find(key))
      return *there;
    if ((size_ + 1) * 4 > cells_.size() * 3)
      grow();
    ++size_;
    return *place({tag_of(key), std::make_unique<entry>(key, slot{})});
  }

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

  void erase(const Key& key) {
    if (cells_.empty())
      return;
    const auto tag = tag_of(key);
    auto hole = home(tag);
    while (cells_[hole].held && !(cells_[hole].tag == tag && cells_[hole].held->first == key))
      hole = after(hole);
    if (!cells_[hole].held)
      return;
    --size_;
    auto gone = std::move(cells_[hole].held);  // `key` may be in it
    // What was put aside because of it moves back, so that no search ends before it.
    for (auto at = after(hole); cells_[at].held; at = after(at))
      if (((at - home(cells_[at].tag)) & mask()) >= ((at - hole) & mask())) {
        cells_[hole] = std::move(cells_[at]);
        hole = at;
      }
  }
  std::size_t size() const { return size_; }
  std::size_t active() const { return order_.size(); }
  std::size_t loading() const { return size_ - order_.size() - stopping_.size(); }
  std::size_t stopping() const { return stopping_.size(); }

  template <class F>
  void for_each(F f) {
    for (auto& one : cells_)
      if (one.held)
        f(*one.held);
  }

 private:
  /// Open addressing with linear probing. The tag stands beside the pointer, so that a search
  /// touches one line here, and of the slots, which are memory that was not used for long, only the
  /// right one: std::unordered_map touches up to three and those of other keys.
  struct cell {
    std::uint64_t tag = 0;
    std::unique_ptr<entry> held;
  };

  /// The multiplication spreads weak hashes.
  static std::uint64_t tag_of(const Key& key) {
    return static_cast<std::uint64_t>(std::hash<Key>{}(key)) * 0x9e3779b97f4a7c15u;
  }
  std::size_t mask() const { return cells_.size() - 1; }
  std::size_t home(std::uint64_t tag) const { return static_cast<std::size_t>(tag >> 32) & mask(); }
  std::size_t after(std::size_t at) const { return (at + 1) & mask(); }

  entry* place(cell fresh) {
    auto at = home(fresh.tag);
    while (cells_[at].held) at = after(at);
    cells_[at] = std::move(fresh);
    return cells_[at].held.get();
  }

  void grow() {
    std::vector<cell> before(std::max<std::size_t>(least_cells, 2 * cells_.size()));
    before.swap(cells_);
    for (auto& old : before)
      if (old.held)
        place(std::move(old));
  }

  static constexpr std::size_t least_cells = 8;

  std::vector<cell> cells_;  ///< a power of two, or none; at least a quarter are empty
  std::size_t size_ = 0;
  std::list<const Key*> order_;  ///< active ones; see `oldest`
  std::unordered_map<caf::actor_id, const Key*> stopping_;
};

}  // namespace glados::actors
