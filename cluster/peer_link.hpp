// Port: how the gates of different nodes reach each other. Behind it is CAF's network module
// (cluster/caf_link.hpp); tests put gates of one process together.
#pragma once

#include <functional>
#include <string>

#include "actors/protocol.hpp"
#include "domain/errc.hpp"

namespace glados::cluster {

/// Both calls return at once; `done` is called exactly once, on any thread, and one call never
/// waits for another: an address that swallows packets holds up nobody else.
class peer_link {
 public:
  virtual ~peer_link() = default;

  /// Makes the gate reachable for other nodes. Answers the address they are to be told.
  virtual void open(const actors::gate_actor& gate,
                    std::function<void(result<std::string>)> done) = 0;

  /// The gate at this address; `storage_unavailable` when it cannot be reached in time.
  virtual void connect(const std::string& address,
                       std::function<void(result<actors::gate_actor>)> done) = 0;
};

}  // namespace glados::cluster
