// What this node metered of one provider's lookups and has not entered in the ledger yet. Owned by
// the provider's session_view: it outlives the session actor, which empties it batch by batch.
//
// A batch is entered at least once and taken once: it keeps its number until the ledger has it.
// What was metered since the last batch is lost when the node dies, and is then not charged.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "storage/provider_store.hpp"

namespace glados::actors {

class usage_meter {
 public:
  /// Answered lookups. Any thread.
  void count(std::uint64_t hits, std::uint64_t misses) {
    hits_.fetch_add(hits, std::memory_order_relaxed);
    misses_.fetch_add(misses, std::memory_order_relaxed);
  }

  /// What to enter now: the batch of the last call until it was `taken`. Nothing: all is entered.
  /// Its provider and cost are left to the caller.
  std::optional<storage::usage_batch> next(const std::string& node, const std::string& incarnation);
  void taken();

 private:
  std::atomic<std::uint64_t> hits_{0}, misses_{0};
  std::mutex lock_;
  std::optional<storage::usage_batch> open_;
  std::uint64_t number_ = 0;
};

}  // namespace glados::actors
