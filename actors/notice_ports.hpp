// What feeds and couriers need of the world beside storage: somebody to wake them, and somebody who
// posts. Ports of node_context.hpp.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "domain/webhook.hpp"

namespace glados::actors {

/// Told that a provider has, or may have, a new notice, or other settings of its webhook; wakes
/// whoever waits for it, on every node. Callable from any thread; never blocks.
class notice_bell {
 public:
  virtual ~notice_bell() = default;
  virtual void ring(const std::string& provider_id) = 0;
  /// Another node rang: wakes those of this one.
  virtual void rung_elsewhere(const std::string& provider_id) = 0;
};

/// One notice on its way to a webhook.
struct notice_order {
  std::string url;
  std::vector<webhook_key> keys;  ///< all of them sign
  event what;
};

struct post_result {
  bool stopped = false;  ///< this node ends: it was no try
  attempt_answer answer;
  std::chrono::milliseconds latency{0};
};

/// Renders, signs and posts; keys exist in clear only there. `done` is called exactly once, on any
/// thread, within the poster's own deadline.
class notice_poster {
 public:
  virtual ~notice_poster() = default;
  virtual void post(notice_order order, std::function<void(post_result)> done) = 0;
};

}  // namespace glados::actors
