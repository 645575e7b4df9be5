// The Redis side of event_store.hpp; see redis_ports.hpp.
#pragma once

#include "storage/event_store.hpp"
#include "storage/redis_client.hpp"

namespace glados::storage {

class redis_event final : public event_store {
 public:
  explicit redis_event(redis_client& client) : client_(client) {}
  void append(const event& what, reply<std::string> done) override;
  void append_once(shard_id shard, const std::string& outbox_id, const event& what,
                   reply<std::string> done) override;
  void read_events(const std::string& provider, const std::string& after, std::size_t limit,
                   reply<std::vector<event>> done) override;
  void load_event(const std::string& provider, const std::string& id, reply<event> done) override;
  void last_event(const std::string& provider, reply<std::string> done) override;
  void load_webhook(const std::string& provider, reply<stored_webhook> done) override;
  void put_webhook(const std::string& provider, const stored_webhook& next,
                   reply<std::uint64_t> done) override;
  void load_progress(const std::string& provider, reply<courier_progress> done) override;
  void take_courier(const std::string& provider, std::uint64_t epoch, bool in_any_case,
                    reply<courier_progress> done) override;
  void save_progress(const std::string& provider, std::uint64_t epoch, const courier_progress& now,
                     reply<bool> done) override;
  void add_attempt(const std::string& provider, const delivery_attempt& made,
                   reply<std::string> done) override;
  void read_attempts(const std::string& provider, const std::string& after, std::size_t limit,
                     reply<std::vector<delivery_attempt>> done) override;
  void load_attempt(const std::string& provider, const std::string& id,
                    reply<delivery_attempt> done) override;

 private:
  redis_client& client_;
};

}  // namespace glados::storage
