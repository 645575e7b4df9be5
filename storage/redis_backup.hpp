// The Redis side of backup_store; see redis_ports.hpp.
#pragma once

#include "storage/backup_store.hpp"
#include "storage/redis_client.hpp"

namespace glados::storage {

class redis_backup final : public backup_store {
 public:
  explicit redis_backup(redis_client& client) : client_(client) {}
  void begin_snapshot(shard_id shard, const std::string& name, reply<shard_snapshot> done) override;
  void read_snapshot(shard_id shard, const std::string& name, std::uint8_t layers,
                     const std::string& cursor, std::size_t limit,
                     reply<mapping_page> done) override;
  void log_change(shard_id shard, const std::string& outbox_id, const std::string& body,
                  reply<bool> done) override;
  void read_log(std::uint64_t after, std::size_t limit, reply<log_page> done) override;
  void begin_restore(const std::string& name, std::uint8_t names, reply<bool> done) override;
  void load_restore(reply<restore_state> done) override;
  void apply_restored(const std::string& name, registry_commit step, reply<bool> done) override;
  void end_restore(const std::string& name, reply<bool> done) override;

 private:
  redis_client& client_;
};

}  // namespace glados::storage
