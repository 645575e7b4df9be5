// The patterns of one provider on this node, shared by the workers that see them and the session
// actor that judges them. Owned by the provider's session_view. All members are safe from any
// thread and hold the lock for some tens of nanoseconds.
#pragma once

#include <mutex>
#include <vector>

#include "domain/signal.hpp"

namespace glados::actors {

class signal_watch {
 public:
  void lookup(const sii_features& of, bool hit) {
    std::lock_guard guard(lock_);
    window_.lookup(of, hit);
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
