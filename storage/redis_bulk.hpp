// The Redis side of the port of bulk jobs; see redis_ports.hpp.
#pragma once

#include "storage/bulk_store.hpp"
#include "storage/redis_client.hpp"

namespace glados::storage {

class redis_bulk final : public bulk_store {
 public:
  explicit redis_bulk(redis_client& client) : client_(client) {}
  void create_job(const job_creation& what, reply<created_job> done) override;
  void load_job(const job_name& job, reply<bulk_job> done) override;
  void open_part(const part_opening& what, reply<part_state> done) override;
  void save_part(const part_progress& what, reply<saved_part> done) override;
  void load_results(const job_name& job, std::uint32_t part, reply<part_results> done) override;
  void end_job(const job_ending& what, reply<bool> done) override;

 private:
  redis_client& client_;
};

}  // namespace glados::storage
