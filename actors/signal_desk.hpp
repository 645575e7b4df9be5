// From a session that found a pattern to the registrar that keeps it (domain/signal.hpp says what a
// pattern is, docs/signals.md what follows from one).
#pragma once

#include <mutex>

#include "actors/node_context.hpp"
#include "actors/protocol.hpp"
#include "actors/registry_rules.hpp"

namespace glados::actors {

/// Hands findings to the registrar, once there is one, until `end`. Outlives the actor system's
/// sessions.
class signal_desk final : public finding_sink {
 public:
  void begin(const registrar_actor& registrar);
  void end();
  void report(const finding& what) override;

 private:
  std::mutex lock_;
  registrar_actor registrar_;
};

/// What `raise_signal` and `lift_signal` do; part of `decide` (registry_rules.hpp).
registry_decision decide_raise(const raise_signal& what, const registry_facts& facts);
registry_decision decide_lift(const lift_signal& what, const registry_facts& facts);

}  // namespace glados::actors
