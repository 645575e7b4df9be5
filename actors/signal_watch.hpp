// The patterns of one provider on this node, shared by the workers that see them and the session
// actor that judges them. Owned by the provider's session_view. All members are safe from any
// thread and hold the lock for some tens of nanoseconds.
#pragma once

#include <mutex>
#include <span>
#include <vector>

#include "domain/signal.hpp"

namespace glados::actors {

/// An answered lookup, as detectors see it.
struct seen_lookup {
  sii_features features;
  bool hit = false;
};

class signal_watch {
 public:
  void lookups(std::span<const seen_lookup> some) {
    std::lock_guard guard(lock_);
    for (const auto& one : some) window_.lookup(one.features, one.hit);
  }
  void registration(const sii_features& of) {
    std::lock_guard guard(lock_);
    window_.registration(of);
  }
  void proof(bool overlaps) {
    std::lock_guard guard(lock_);
    window_.proof(overlaps);
  }
  void code_sent() {
    std::lock_guard guard(lock_);
    window_.code_sent();
  }
  void code_returned() {
    std::lock_guard guard(lock_);
    window_.code_returned();
  }
  void code_confirmed() {
    std::lock_guard guard(lock_);
    window_.code_confirmed();
  }
  void guess_refused() {
    std::lock_guard guard(lock_);
    window_.guess_refused();
  }
  std::vector<finding> judge(instant now, const signal_rules& rules) {
    std::lock_guard guard(lock_);
    return window_.judge(now, rules);
  }

 private:
  std::mutex lock_;
  signal_window window_;
};

}  // namespace glados::actors
