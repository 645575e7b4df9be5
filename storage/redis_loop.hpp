// The inside of redis_client: event loop, links, slot map.
#pragma once

#include <uv.h>

#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "storage/redis_link.hpp"
#include "storage/slot_map.hpp"

namespace glados::storage {

/// Owned by redis_client. Everything but `submit`, `stop`, `watch`, `nodes`, `view` and the atomics
/// belongs to the I/O thread. A link for every process that is known, replicas included, so that
/// one is there when it becomes a primary. Split over redis_loop.cpp (thread, queues, ends) and
/// redis_topology.cpp (who owns what).
class redis_client::loop final : public link_owner {
 public:
  using clock = redis_request::clock;

  loop(redis_options options, redis_observer observer);
  ~loop() override;

  void submit(redis_command command, answer_handler done);
  /// Ends everything and joins the thread.
  void stop();
  void watch(shards_remade told);

  bool up() const { return serving_.load(std::memory_order_acquire); }
  std::uint64_t connections() const { return home_connections_.load(std::memory_order_acquire); }
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }
  std::vector<redis_node_figures> nodes() const;
  redis_view view() const;

 private:
  static void on_wake(uv_async_t* handle);
  static void on_tick(uv_timer_t* handle);

  void run();
  void collect();
  void tick();
  void arm();
  bool busy() const;
  void close();

  // of the links
  void link_up(redis_link& link) override;
  void link_down(redis_link& link) override;
  void not_executed(redis_link& link, redis_request what, const next_try& next) override;
  void ended(redis_request& what, const redis_answer& how) override;
  bool doubtful(slot_number slot) const override { return doubts_.contains(slot); }
  std::uint64_t next_wait() override { return ++last_wait_; }
  void waited(redis_link& link, std::uint64_t wait, bool replicated) override;

  // who owns what
  redis_link& link_at(const node_address& address);
  redis_link* owner_of(slot_number slot);
  void dispatch(redis_request next);
  void dispatch_again();
  void dispatch_due(clock::time_point now);
  void map_changed();
  void look_at_owners();
  void tell_remade();
  void retire_links();
  void refresh_soon();
  void refresh(clock::time_point now);
  void take_view(const redis_answer& answer);
  void publish();

  struct delayed_request {
    clock::time_point due;
    redis_request what;
  };

  const redis_options options_;
  const redis_observer observer_;
  const bool cluster_;
  uv_loop_t loop_{};
  uv_async_t wake_{};
  uv_timer_t timer_{};

  mutable std::mutex mutex_;
  std::vector<redis_request> submitted_;  ///< guarded by mutex_
  bool stopping_ = false;                 ///< guarded by mutex_
  std::mutex told_mutex_;
  shards_remade remade_;  ///< guarded by told_mutex_, also while it runs
  struct published_node {
    std::shared_ptr<link_figures> figures;
    bool primary = false;
    std::size_t slots = 0;
  };
  std::map<node_address, published_node> published_;  ///< guarded by mutex_
  redis_view view_;                                   ///< guarded by mutex_
  std::atomic<bool> serving_{false};
  std::atomic<std::size_t> open_{0};
  std::atomic<std::uint64_t> home_connections_{0};

  slot_map map_;
  std::map<node_address, std::unique_ptr<redis_link>> links_;
  std::vector<redis_request> ownerless_;  ///< their slot's owner is not known yet
  std::vector<delayed_request> delayed_;
  std::map<slot_number, std::uint64_t> doubts_;  ///< and the last WAIT sent before the doubt
  std::uint64_t last_wait_ = 0;
  /// For each shard the connection that its commands went by last.
  std::array<std::uint64_t, shard_count> connection_of_{};
  std::uint64_t home_connection_ = 0;
  clock::time_point refresh_at_{};
  bool refreshing_ = false;
  node_address asked_last_;  ///< for its view, at `asked_at_`
  clock::time_point asked_at_{};
  bool timer_fast_ = false;
  std::thread thread_;
};

}  // namespace glados::storage
