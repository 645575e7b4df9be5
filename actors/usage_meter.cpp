#include "actors/usage_meter.hpp"

namespace glados::actors {

std::optional<storage::usage_batch> usage_meter::next(const std::string& node,
                                                      const std::string& incarnation) {
  std::lock_guard guard(lock_);
  if (open_)
    return open_;
  storage::usage_batch made;
  made.hits = hits_.exchange(0, std::memory_order_relaxed);
  made.misses = misses_.exchange(0, std::memory_order_relaxed);
  if (made.hits + made.misses == 0)
    return {};
  made.writer = node;
  made.incarnation = incarnation;
  made.number = ++number_;
  open_ = std::move(made);
  return open_;
}

void usage_meter::taken() {
  std::lock_guard guard(lock_);
  open_.reset();
}

}  // namespace glados::actors
