// For those who ask actors without being one: they lend their own thread to the actors that their
// questions wake, so that an answer from memory crosses no thread (docs/decisions/0001).
#pragma once

#include <caf/actor_system.hpp>
#include <caf/error.hpp>
#include <caf/execution_unit.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/sec.hpp>
#include <caf/type_erased_tuple.hpp>
#include <deque>

#include "domain/errc.hpp"

namespace glados::actors {

/// Runs actors on the thread that calls `run_some`; used by one thread at a time. Outlives whoever
/// ran here last.
class inline_unit final : public caf::execution_unit {
 public:
  explicit inline_unit(caf::actor_system& system) : caf::execution_unit(&system) {}

  void exec_later(caf::resumable* job) override { jobs_.push_back(job); }

  /// Runs who was woken until nobody is left; false when nobody was.
  bool run_some() {
    if (jobs_.empty())
      return false;
    for (std::size_t run = 0; !jobs_.empty(); ++run) {
      auto* job = jobs_.front();
      jobs_.pop_front();
      if (run >= most_runs)
        system().scheduler().enqueue(job);
      else if (job->resume(this, throughput) == caf::resumable::resume_later)
        system().scheduler().enqueue(job);
      else
        caf::intrusive_ptr_release(job);
    }
    return true;
  }

 private:
  /// Messages an actor may handle in one go before others get their turn, as in CAF's own workers.
  static constexpr std::size_t throughput = 300;
  /// Actors run in one go before the rest is handed to CAF's threads: bounds what one question can
  /// cost the others on this thread.
  static constexpr std::size_t most_runs = 256;

  std::deque<caf::resumable*> jobs_;
};

/// What an answer of the wrong type says: that the actor ended before it took the question, so that
/// nothing was done, or over it.
inline errc failure_of(const caf::type_erased_tuple& answer) {
  const bool before = answer.match_elements<caf::error>() &&
                      answer.get_as<caf::error>(0) == caf::sec::request_receiver_down;
  return before ? errc::moved : errc::deadline;
}

}  // namespace glados::actors
