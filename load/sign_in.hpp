// Access tokens for the callers of a run.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "load/callers.hpp"
#include "load/link.hpp"

namespace glados::load {

/// Gets a token for every caller that has a secret, over many connections at once. Returns the
/// seconds for which the shortest-lived of them is good, 0 when there was nobody to sign in. Throws
/// std::runtime_error naming the first caller that was refused, or at `interrupted`.
std::uint64_t sign_in(caller_list& callers, const std::vector<target>& targets, SSL_CTX* context,
                      double timeout, const std::atomic<bool>& interrupted);

/// Signs everybody in anew when half of their tokens' time is over, on a thread of its own, until
/// its destructor. Who cannot be signed in keeps the old token.
class token_renewal {
 public:
  /// All live longer. `lifetime` in seconds; 0: there is nothing to do.
  token_renewal(caller_list& callers, const std::vector<target>& targets, SSL_CTX* context,
                double timeout, std::uint64_t lifetime);
  ~token_renewal();

 private:
  std::mutex lock_;
  std::condition_variable wake_;
  std::atomic<bool> ended_{false};
  std::thread thread_;
};

}  // namespace glados::load
