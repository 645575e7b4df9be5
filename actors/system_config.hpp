// The actor system's settings, all set in code: CAF's own parser takes misspelt keys in silence.
#pragma once

#include <caf/actor_system_config.hpp>
#include <cstddef>

namespace glados::actors {

/// Made by app/ or a test before its actor system, and outlives that.
class system_config : public caf::actor_system_config {
 public:
  /// For a node. `threads` run whatever the HTTP workers do not run themselves: answers of the
  /// store, of the gateways, of timers.
  explicit system_config(std::size_t threads = 2);

  /// For tests: one thread, virtual time.
  struct testing {};
  explicit system_config(testing);

 private:
  void add_types();
};

}  // namespace glados::actors
