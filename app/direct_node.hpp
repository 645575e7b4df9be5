// One node without listeners: the actors that serve providers, over their Redis, in this process.
#pragma once

#include <caf/actor_system.hpp>
#include <memory>
#include <string>

#include "actors/directory.hpp"
#include "config/settings.hpp"
#include "crypto/key_ring.hpp"

namespace glados::app {

/// Made and ended by one thread. It is a member of its own directory and must be the only one:
/// nothing reaches it from outside.
class direct_node {
 public:
  /// Throws std::runtime_error with a sentence.
  explicit direct_node(const config::settings& values);
  ~direct_node();

  /// Joins, and takes all shards; throws std::runtime_error when that does not come about.
  void start();

  caf::actor_system& system();
  actors::shard_directory& shards();
  const crypto::key_ring& keys() const;

 private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

}  // namespace glados::app
