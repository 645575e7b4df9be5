// Bad clients beside the load: what they do, and what the server makes of it.
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "load/result.hpp"
#include "load/worker.hpp"

namespace glados::load {

/// All misbehaving connections of a run, on one thread of their own. Made and destroyed by the run;
/// `work` goes on until `stop`.
class rogues {
 public:
  explicit rogues(const common_parts& all);
  ~rogues();

  void work();
  /// From any thread.
  void stop() { stopped_ = true; }
  const std::array<misbehaviour_result, misbehaviour_count>& found() const { return found_; }

 private:
  class rogue;
  class rogue_link;
  class rogue_caller;

  const common_parts& all_;
  poller poller_;
  workload::draw chance_;
  key_picker scraped_, guessed_;
  std::array<misbehaviour_result, misbehaviour_count> found_;
  std::vector<std::unique_ptr<rogue>> members_;
  std::atomic<bool> stopped_{false};
};

}  // namespace glados::load
