// The delivery thread.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>

#include "delivery/transfer.hpp"

namespace glados::delivery {

struct loop_limits {
  std::size_t unfinished = 1024;        ///< waiting and running transfers; over it: refused at once
  std::size_t active = 64;              ///< running at the same time
  std::size_t reply_bytes = 64 * 1024;  ///< a larger answer fails the transfer
};

/// Runs transfers on one thread of its own, with a curl multi handle. Owned by the application and
/// outlived by no sender; `submit` and `post` may be called from any thread, callbacks run on the
/// loop's. A mail relay that is slow to answer QUIT can hold the loop for a moment
/// (libcurl waits for it; see curl_job.cpp for what is done against that), so a node that sends
/// much mail gives mail a loop of its own. Ends with `stop` or the destructor, neither of which may
/// be called from a callback.
class curl_loop {
 public:
  using reply_handler = std::function<void(transfer_reply)>;

  explicit curl_loop(loop_limits limits = {});
  ~curl_loop();
  curl_loop(const curl_loop&) = delete;
  curl_loop& operator=(const curl_loop&) = delete;

  /// Starts a transfer. `done` is called exactly once, on the loop's thread, or, if the loop has
  /// ended, right here. It must not block or throw; it may submit again.
  void submit(transfer what, std::chrono::milliseconds deadline, reply_handler done);

  /// Runs a task on the loop's thread, or right here if the loop has ended.
  void post(std::function<void()> task);

  /// Fails everything unfinished with `stopped` and ends the thread. Safe to call twice.
  void stop();

 private:
  struct engine;
  std::unique_ptr<engine> engine_;
};

}  // namespace glados::delivery
