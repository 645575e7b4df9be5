#include "cluster/redis_clock.hpp"

#include <algorithm>

namespace glados::cluster {

redis_clock::redis_clock(std::function<std::int64_t()> steady) : steady_(std::move(steady)) {}

instant redis_clock::now() const {
  // The clock is read between two looks at the turn: a reader that still sees the old offset has
  // read the clock before the writer did, so what it answers is below the writer's floor.
  for (;;) {
    const auto turn = turn_.load();
    const auto steady = steady_us();
    const auto at = std::max(floor_.load(), steady + offset_.load());
    if (turn % 2 == 0 && turn == turn_.load())
      return {at};
  }
}

void redis_clock::set(instant at) {
  const auto old_offset = offset_.load();
  const bool first = read_at_.load() < 0 && floor_.load() == 0;
  turn_.fetch_add(1);
  const auto steady = steady_us();
  if (!first)
    floor_.store(std::max(floor_.load(), steady + old_offset));
  offset_.store(at.us - steady);
  turn_.fetch_add(1);
  read_at_.store(steady);
}

bool redis_clock::fresh(std::chrono::microseconds span) const {
  return steady_us() - read_at_.load() <= span.count();
}

}  // namespace glados::cluster
