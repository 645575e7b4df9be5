// Several gateways behind one port, asked in order.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "delivery/message.hpp"

namespace glados::delivery {

struct gateway {
  std::string name;
  std::shared_ptr<sender> via;
};

struct failover_settings {
  int failures_to_skip = 3;                    ///< in a row; then the gateway goes to the end
  std::chrono::milliseconds skip_for{30'000};  ///< how long; afterwards one failure is enough again
  std::chrono::milliseconds shortest_try{50};  ///< with less time left no further gateway is asked
};

/// Asks the gateways in the order of the configuration until one accepts, or one says that the
/// address itself is bad. A gateway that failed temporarily several times in a row is asked last
/// for a while, but still asked. Each try gets an equal share of the time that is left, the last
/// one all of it, so a silent gateway never eats the whole deadline. Reports accepted if any
/// accepted, permanent if one refused the address, else temporary; `tries` counts the gateways
/// asked, the name is that of the one that decided, or of the last. Owned by the application;
/// `send` may be called from any thread. Sends that are under way keep what they need of it alive.
class failover final : public sender {
 public:
  using clock = std::function<std::chrono::steady_clock::time_point()>;

  /// There must be at least one gateway.
  explicit failover(std::vector<gateway> gateways, failover_settings settings = {},
                    clock now = &std::chrono::steady_clock::now);
  ~failover() override;
  void send(outgoing message, std::chrono::milliseconds deadline,
            std::function<void(send_result)> done) override;

 private:
  struct board;
  struct attempt;
  std::shared_ptr<board> board_;
};

}  // namespace glados::delivery
