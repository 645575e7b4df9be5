// The inside of redis_client: event loop, connection and queues.
#pragma once

#include <uv.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "storage/redis_client.hpp"

struct redisAsyncContext;

namespace glados::storage {

/// Owned by redis_client. Everything but `submit`, `stop` and the atomics belongs to the I/O
/// thread.
///
///   down ──attempt──> connecting ──AUTH, PING answered──> up
///    ^                    └──refused, late────┐            │
///    └────────backoff─────────────────────────┴───broken───┘
class redis_client::loop {
 public:
  using clock = std::chrono::steady_clock;

  loop(redis_options options, redis_observer observer);
  ~loop();

  void submit(redis_command command, answer_handler done);
  /// Ends everything and joins the thread.
  void stop();

  bool up() const { return up_.load(std::memory_order_acquire); }
  std::uint64_t connections() const { return connections_.load(std::memory_order_acquire); }
  std::size_t open() const { return open_.load(std::memory_order_relaxed); }

 private:
  enum class step : std::uint8_t { down, connecting, up };

  /// `done` is taken when the command ends; what stays until hiredis has answered is only a mark
  /// of its place in the order of answers.
  struct request {
    redis_command command;
    answer_handler done;
    clock::time_point sent_at;
    clock::time_point deadline;
    bool reloaded = false;  ///< its script was loaded once already
  };

  static void on_wake(uv_async_t* handle);
  static void on_tick(uv_timer_t* handle);
  static void on_connect(const redisAsyncContext* context, int status);
  static void on_disconnect(const redisAsyncContext* context, int status);
  static void on_answer(redisAsyncContext* context, void* reply, void* self);
  static void on_greeting(redisAsyncContext* context, void* reply, void* self);

  void run();
  void collect();
  void tick();
  void arm();
  void connect();
  void greet();
  void greeted(const redisReply* reply);
  void drop();
  void lost();
  void pump();
  bool transmit(request next);
  void answered(const redisReply* reply);
  void answered_error(request& first, const redisReply* reply);
  void end(request& what, const redis_answer& how);
  void expire(clock::time_point now);
  void close();

  const redis_options options_;
  const redis_observer observer_;
  uv_loop_t loop_{};
  uv_async_t wake_{};
  uv_timer_t timer_{};

  std::mutex mutex_;
  std::vector<request> submitted_;  ///< guarded by mutex_
  bool stopping_ = false;           ///< guarded by mutex_
  std::atomic<bool> up_{false};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<std::size_t> open_{0};

  step step_ = step::down;
  redisAsyncContext* context_ = nullptr;
  std::deque<request> waiting_;
  std::deque<request> in_flight_;  ///< in the order of the answers to come
  int greetings_ = 0;              ///< answers of AUTH and PING still to come
  bool timer_fast_ = false;
  clock::time_point attempt_at_{};  ///< of the next connect
  clock::time_point greet_by_{};
  clock::time_point heard_at_{};  ///< of the last answer
  clock::time_point in_flight_since_{};
  std::chrono::milliseconds backoff_{0};
  std::mt19937 jitter_{std::random_device{}()};
  std::thread thread_;
};

}  // namespace glados::storage
