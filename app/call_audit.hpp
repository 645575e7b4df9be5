// Writes what operators called on this node (domain/call_register.hpp) into the audit: a record a
// caller, action `admin.calls`, every `period` and at the node's orderly end. One actor a node,
// spawned by the service, ended with the registrar.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <string>

#include "actors/protocol.hpp"
#include "domain/call_register.hpp"

namespace glados::app {

/// `calls` outlives it. `node` is the target of its records.
caf::actor spawn_call_audit(caf::actor_system& system, call_register& calls,
                            const actors::registrar_actor& registrar, std::string node,
                            std::chrono::milliseconds period);

/// Writes what there is now, and waits for that at most so long.
void write_calls(caf::actor_system& system, const caf::actor& audit,
                 std::chrono::milliseconds patience);

}  // namespace glados::app
