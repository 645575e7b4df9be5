#include "storage/redis_stores.hpp"

#include "storage/redis_backup.hpp"
#include "storage/redis_bulk.hpp"
#include "storage/redis_event.hpp"
#include "storage/redis_names.hpp"
#include "storage/redis_ports.hpp"

namespace glados::storage {

namespace {

class stores final : public redis_stores, private shard_watch {
 public:
  stores(redis_options options, redis_observer observer)
      : client_(std::move(options), std::move(observer)) {}

  directory_store& directory() override { return directory_; }
  membership_store& membership() override { return membership_; }
  provider_store& providers() override { return providers_; }
  registry_store& registry() override { return registry_; }
  event_store& events() override { return events_; }
  bulk_store& bulk() override { return bulk_; }
  names_store& names() override { return names_; }
  backup_store& backup() override { return backup_; }
  shard_watch& shards() override { return *this; }
  bool connected() const override { return client_.connected(); }
  std::size_t queued() const override { return client_.queued(); }
  std::vector<redis_node_figures> nodes() const override { return client_.nodes(); }
  redis_view view() const override { return client_.view(); }

 private:
  void watch(shards_remade told) override { client_.watch(std::move(told)); }

  // The client stands last: it ends first, while handlers may still reach the ports.
  redis_directory directory_{client_};
  redis_membership membership_{client_};
  redis_provider providers_{client_};
  redis_registry registry_{client_};
  redis_event events_{client_};
  redis_bulk bulk_{client_};
  redis_names names_{client_};
  redis_backup backup_{client_};
  redis_client client_;
};

}  // namespace

std::unique_ptr<redis_stores> open_redis(redis_options options, redis_observer observer) {
  return std::make_unique<stores>(std::move(options), std::move(observer));
}

}  // namespace glados::storage
