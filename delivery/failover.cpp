#include "delivery/failover.hpp"

#include <algorithm>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace glados::delivery {

using std::chrono::milliseconds;
using time_point = std::chrono::steady_clock::time_point;

/// The gateways and how each has been doing. Shared by the sender and its attempts.
struct failover::board {
  struct health {
    int failures = 0;  ///< in a row
    time_point skip_until{};
  };

  std::vector<std::size_t> order();
  void note(std::size_t index, const send_result& seen);

  std::vector<gateway> gateways;
  failover_settings settings;
  clock now;
  std::mutex lock;             // guards the health
  std::vector<health> states;  // one a gateway
};

/// The healthy ones first, each group in the configured order.
std::vector<std::size_t> failover::board::order() {
  std::vector<std::size_t> found(gateways.size());
  for (std::size_t i = 0; i < found.size(); ++i) found[i] = i;
  const auto time = now();
  std::lock_guard guard{lock};
  std::stable_partition(found.begin(), found.end(),
                        [&](std::size_t i) { return states[i].skip_until <= time; });
  return found;
}

/// A refusal says nothing of the gateway's health: whoever chooses numbers could provoke it.
void failover::board::note(std::size_t index, const send_result& seen) {
  if (seen.what == outcome::permanent)
    return;
  const bool works = seen.what == outcome::accepted;
  const auto time = now();
  std::lock_guard guard{lock};
  health& state = states[index];
  state.failures = works ? 0 : std::min(state.failures + 1, settings.failures_to_skip);
  state.skip_until =
      state.failures >= settings.failures_to_skip ? time + settings.skip_for : time_point{};
}

/// One message on its way through the gateways. Kept alive by the callback of the gateway asked.
struct failover::attempt : std::enable_shared_from_this<attempt> {
  void step();
  void answered(std::size_t index, const send_result& seen);
  void finish(outcome what, bool about_recipient);

  std::shared_ptr<board> on;
  outgoing message;
  time_point due{};
  std::function<void(send_result)> done;
  std::vector<std::size_t> order;
  std::size_t next = 0;
  std::string_view last_name{};
};

void failover::attempt::step() {
  const auto left = std::chrono::floor<milliseconds>(due - on->now());
  const auto share = left / static_cast<int>(order.size() - next);
  const std::size_t index = order[next++];
  const gateway& to = on->gateways[index];
  last_name = to.name;
  to.via->send(message, share, [self = shared_from_this(), index](const send_result& seen) {
    self->answered(index, seen);
  });
}

void failover::attempt::answered(std::size_t index, const send_result& seen) {
  on->note(index, seen);
  if (seen.what == outcome::accepted)
    return finish(outcome::accepted, false);
  if (seen.what == outcome::permanent && seen.about_recipient)
    return finish(outcome::permanent, true);
  if (next == order.size() || due - on->now() < on->settings.shortest_try)
    return finish(outcome::temporary, false);
  step();
}

void failover::attempt::finish(outcome what, bool about_recipient) {
  const auto tell = std::exchange(done, nullptr);
  tell({what, last_name, static_cast<int>(next), about_recipient});
}

failover::failover(std::vector<gateway> gateways, failover_settings settings, clock now)
    : board_(std::make_shared<board>()) {
  if (gateways.empty())
    throw std::invalid_argument{"fail-over needs a gateway"};
  board_->states.resize(gateways.size());
  board_->gateways = std::move(gateways);
  board_->settings = settings;
  board_->now = std::move(now);
}

failover::~failover() = default;

void failover::send(outgoing message, milliseconds deadline,
                    std::function<void(send_result)> done) {
  auto one = std::make_shared<attempt>();
  one->on = board_;
  one->message = std::move(message);
  one->due = board_->now() + deadline;
  one->done = std::move(done);
  one->order = board_->order();
  one->step();
}

}  // namespace glados::delivery
