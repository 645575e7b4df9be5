// The ports over one Redis or one Redis Cluster.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "storage/backup_store.hpp"
#include "storage/bulk_store.hpp"
#include "storage/directory_store.hpp"
#include "storage/event_store.hpp"
#include "storage/membership_store.hpp"
#include "storage/names_store.hpp"
#include "storage/provider_store.hpp"
#include "storage/redis_options.hpp"
#include "storage/registry_store.hpp"
#include "storage/shard_watch.hpp"

namespace glados::storage {

/// Owned by the program; its view is of the whole cluster's truth. Calls may come from any thread;
/// every `done` runs on the one I/O thread of the client. The destructor ends open calls (sent
/// writes with `outcome_unknown`) before it returns.
class redis_stores {
 public:
  virtual ~redis_stores() = default;
  virtual directory_store& directory() = 0;
  virtual membership_store& membership() = 0;
  virtual provider_store& providers() = 0;
  virtual registry_store& registry() = 0;
  virtual event_store& events() = 0;
  virtual bulk_store& bulk() = 0;
  virtual names_store& names() = 0;
  virtual backup_store& backup() = 0;
  virtual shard_watch& shards() = 0;
  virtual bool connected() const = 0;
  /// Commands without an answer yet.
  virtual std::size_t queued() const = 0;
  /// The processes behind it, for metrics and operators.
  virtual std::vector<redis_node_figures> nodes() const = 0;
  virtual redis_view view() const = 0;
};

/// Never blocks and never fails for an absent Redis: it connects in the background, again and
/// again.
std::unique_ptr<redis_stores> open_redis(redis_options options, redis_observer observer = {});

}  // namespace glados::storage
