// What happened in a run so far, whoever it happened to: the time, the order, the trace, and the
// invariants that judge it. Owned by the world; every part of it writes here.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/invariant.hpp"
#include "sim/trace.hpp"

namespace glados::sim {

class chronicle {
 public:
  moment now = 0;
  std::uint64_t order = 0;
  std::vector<std::unique_ptr<invariant>> invariants;
  std::string broken;  ///< name of the first invariant that did not hold
  std::string how;
  moment broken_at = 0;

  void note(std::string_view what, std::initializer_list<trace::fact> about = {},
            std::string_view text = {}) {
    if (!closed_)
      notes_.note(now, what, about, text);
  }
  template <class F>
  void tell(F f) {
    for (auto& one : invariants)
      if (!closed_)
        f(*one);
  }
  void break_off(std::string_view name, const std::string& why) {
    if (!broken.empty() || closed_)
      return;
    broken = name;
    how = why;
    broken_at = now;
    note("broken", {}, broken + ": " + how);
  }
  /// The run is over: what is torn down now is nobody's business.
  void close() { closed_ = true; }
  bool closed() const { return closed_; }
  trace& notes() { return notes_; }
  const trace& notes() const { return notes_; }

 private:
  trace notes_;
  bool closed_ = false;
};

}  // namespace glados::sim
