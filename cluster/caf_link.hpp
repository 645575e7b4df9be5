// The link between nodes over CAF's network module, with mutual TLS from an authority of the
// cluster's own. What CAF leaves to us (docs/decisions/0002): heartbeats are set, a connect that
// blocks has a thread of its own, and an address is tried by hand first.
#pragma once

#include <caf/actor_system.hpp>
#include <chrono>
#include <memory>
#include <string>

#include "actors/system_config.hpp"
#include "cluster/peer_link.hpp"

namespace glados::cluster {

struct link_options {
  std::string address;     ///< to listen on; empty: no other node can reach this one
  std::uint16_t port = 0;  ///< 0: any free one
  std::string advertise;   ///< host that others are told; empty: `address`
  std::string certificate, key, authority;  ///< PEM files
  std::chrono::milliseconds heartbeat{200};
  std::chrono::milliseconds silence{1000};  ///< a peer not heard of for so long is down
  std::chrono::milliseconds connect_wait{1000};
};

/// Settings of an actor system that may talk to other nodes: loads CAF's network modules if there
/// is an address to listen on.
class node_config final : public actors::system_config {
 public:
  node_config(std::size_t threads, const link_options& link);
};

/// Outlives the actor system's members but not the system: made after it, destroyed before it.
class caf_link final : public peer_link {
 public:
  caf_link(caf::actor_system& system, link_options options);
  ~caf_link() override;

  void open(const actors::gate_actor& gate, std::function<void(result<std::string>)> done) override;
  void connect(const std::string& address,
               std::function<void(result<actors::gate_actor>)> done) override;

 private:
  caf::actor_system& system_;
  const link_options options_;
};

}  // namespace glados::cluster
