// A set of bounded size that knows the order of last use.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

namespace glados {

/// Keys in order of last use, at most `capacity` of them: the table of misses (an insert drops the
/// oldest) and the order of passivation (`evict_oldest`). Owned and used by one actor or thread.
///
/// Entries lie in one vector and are linked by index. Memory grows by doubling with the number of
/// keys held at once, never past `capacity`; a full set allocates nothing (unless `Key` does). All
/// operations take constant time, growth apart. `Key` needs a default value, a copy and `==`.
template <class Key, class Hash = std::hash<Key>>
class lru_set {
 public:
  struct insertion {
    bool fresh = false;          ///< the key was not in the set
    std::optional<Key> evicted;  ///< what had to go for it
  };

  /// With a capacity of 0 the set stays empty, and an insert evicts the key itself. Capacities end
  /// at 2^32 - 2.
  explicit lru_set(std::size_t capacity) : capacity_(capacity < none ? capacity : none - 1) {}

  /// Makes `key` the most recently used one, evicting the oldest of a full set.
  insertion insert(const Key& key) {
    if (capacity_ == 0)
      return {true, key};
    if (touch(key))
      return {false, std::nullopt};
    insertion out{true, std::nullopt};
    if (size_ == capacity_)
      out.evicted = evict_oldest();
    const auto slot = take_slot(key);
    link_newest(slot);
    auto& head = buckets_[bucket_of(key)];
    slots_[slot].chain = std::exchange(head, slot);
    ++size_;
    return out;
  }

  /// Makes `key` the most recently used one if the set has it; says whether it has.
  bool touch(const Key& key) {
    const auto slot = find(key);
    if (slot == none)
      return false;
    if (slot != newest_) {
      unlink(slot);
      link_newest(slot);
    }
    return true;
  }

  /// Whether the set has `key`; the order stays.
  bool contains(const Key& key) const { return find(key) != none; }

  /// Asks for the memory that a search for `key` begins with.
  void fetch_ahead(const Key& key) const {
    if (size_ != 0)
      __builtin_prefetch(&buckets_[bucket_of(key)]);
  }

  bool erase(const Key& key) {
    const auto slot = find(key);
    if (slot == none)
      return false;
    remove(slot);
    return true;
  }

  /// The key unused for longest, or null; valid until the set changes.
  const Key* oldest() const { return oldest_ == none ? nullptr : &slots_[oldest_].key; }

  std::optional<Key> evict_oldest() {
    if (oldest_ == none)
      return std::nullopt;
    std::optional<Key> out{slots_[oldest_].key};
    remove(oldest_);
    return out;
  }

  /// Empties the set and gives its memory back.
  void clear() { *this = lru_set(capacity_); }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  std::size_t capacity() const { return capacity_; }

 private:
  using index = std::uint32_t;
  static constexpr index none = UINT32_MAX;

  struct slot_type {
    Key key{};
    index older = none;
    index newer = none;
    index chain = none;  ///< next slot of the same bucket, or of the free list
  };

  /// The multiplication spreads weak hashes (std::hash of a number is that number).
  std::size_t bucket_of(const Key& key) const {
    const auto spread = static_cast<std::uint64_t>(Hash{}(key)) * 0x9e3779b97f4a7c15u;
    return static_cast<std::size_t>(spread >> 32) & (buckets_.size() - 1);
  }

  index find(const Key& key) const {
    if (size_ == 0)
      return none;
    auto slot = buckets_[bucket_of(key)];
    while (slot != none && !(slots_[slot].key == key)) slot = slots_[slot].chain;
    return slot;
  }

  index take_slot(const Key& key) {
    if (free_ != none) {
      const auto slot = free_;
      free_ = slots_[slot].chain;
      slots_[slot].key = key;
      return slot;
    }
    if (slots_.size() == buckets_.size())
      grow();
    slots_.push_back({key, none, none, none});
    return static_cast<index>(slots_.size() - 1);
  }

  /// Makes room for twice as many. Runs only while every slot is in use: no free list to keep.
  void grow() {
    const auto buckets = slots_.empty() ? std::size_t{8} : 2 * buckets_.size();
    slots_.reserve(buckets < capacity_ ? buckets : capacity_);
    buckets_.assign(buckets, none);
    for (std::size_t i = 0; i < slots_.size(); ++i) {
      auto& head = buckets_[bucket_of(slots_[i].key)];
      slots_[i].chain = std::exchange(head, static_cast<index>(i));
    }
  }

  void link_newest(index slot) {
    slots_[slot].older = newest_;
    slots_[slot].newer = none;
    (newest_ == none ? oldest_ : slots_[newest_].newer) = slot;
    newest_ = slot;
  }

  void unlink(index slot) {
    const auto [older, newer] = std::pair{slots_[slot].older, slots_[slot].newer};
    (older == none ? oldest_ : slots_[older].newer) = newer;
    (newer == none ? newest_ : slots_[newer].older) = older;
  }

  void remove(index slot) {
    unlink(slot);
    auto* at = &buckets_[bucket_of(slots_[slot].key)];
    while (*at != slot) at = &slots_[*at].chain;
    *at = slots_[slot].chain;
    slots_[slot].key = Key{};  // nothing removed stays in memory
    slots_[slot].chain = std::exchange(free_, slot);
    --size_;
  }

  std::size_t capacity_;
  std::size_t size_ = 0;
  index newest_ = none;
  index oldest_ = none;
  index free_ = none;
  std::vector<slot_type> slots_;
  std::vector<index> buckets_;  ///< heads of the chains; a power of two, at least one per slot
};

}  // namespace glados
