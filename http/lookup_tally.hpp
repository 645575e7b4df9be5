// What lookups showed of their providers' habits, gathered by a worker for a handful of events:
// the meter and the detectors of a provider are shared by all workers, and each look at them is
// some cache lines that another worker wrote last.
#pragma once

#include <memory>
#include <vector>

#include "actors/session_view.hpp"
#include "http/worker.hpp"

namespace glados::http {

/// One a worker, used on its thread.
class lookup_tally final : public completion_sink {
 public:
  /// An answered lookup of that provider.
  void note(const std::shared_ptr<actors::session_view>& by, const sii_features& asked, bool hit) {
    if (by != by_) {
      hand_over();
      by_ = by;
    }
    seen_.push_back({asked, hit});
  }

  /// After it all that was noted counts.
  void drain(worker&) override { hand_over(); }

 private:
  void hand_over() {
    if (by_)
      by_->looked_up(seen_);
    seen_.clear();
    by_.reset();
  }

  std::shared_ptr<actors::session_view> by_;
  std::vector<actors::seen_lookup> seen_;
};

}  // namespace glados::http
