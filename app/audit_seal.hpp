// Signs the head of the audit's chain into the chain, once a day. One actor a node, spawned by the
// service, ended with the registrar; its view is of the cluster: the chain itself says which days
// are done, and when several nodes try, one record fits behind the head.
#pragma once

#include <caf/actor_system.hpp>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "crypto/key_ring.hpp"

namespace glados::app {

/// `node` and `keys` outlive it.
void spawn_audit_seal(caf::actor_system& system, actors::node_context& node,
                      const crypto::key_ring& keys, const actors::registrar_actor& until);

}  // namespace glados::app
