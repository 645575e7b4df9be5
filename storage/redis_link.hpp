// One connection to one Redis process: connects, greets, pipelines, keeps deadlines, waits for
// replicas.
#pragma once

#include <uv.h>

#include <atomic>
#include <chrono>
#include <deque>
#include <memory>
#include <random>
#include <utility>

#include "storage/redirection.hpp"
#include "storage/redis_options.hpp"
#include "storage/redis_request.hpp"

struct redisAsyncContext;

namespace glados::storage {

class redis_link;

/// What a link tells the loop that owns it, on the I/O thread.
class link_owner {
 public:
  virtual ~link_owner() = default;
  /// A new connection stands; nothing of a caller was sent on it yet.
  virtual void link_up(redis_link& link) = 0;
  virtual void link_down(redis_link& link) = 0;
  /// The cluster sent a command elsewhere; nothing of it was applied.
  virtual void not_executed(redis_link& link, redis_request what, const next_try& next) = 0;
  virtual void ended(redis_request& what, const redis_answer& how) = 0;
  /// Whether what lies in the slot may be on its primary alone.
  virtual bool doubtful(slot_number slot) const = 0;
  virtual std::uint64_t next_wait() = 0;
  /// A WAIT was answered: everything its process had executed before is on a replica, or not.
  virtual void waited(redis_link& link, std::uint64_t wait, bool replicated) = 0;
};

/// What any thread may read of a link.
struct link_figures {
  std::atomic<bool> up{false};
  std::atomic<std::size_t> queue{0};
  std::atomic<std::uint64_t> answers{0};
  std::atomic<std::uint64_t> latency_us{0};
  std::atomic<std::int64_t> wait_us{-1};       ///< of the last WAIT that succeeded; none: -1
  std::atomic<std::int64_t> failing_since{0};  ///< of the clock: first WAIT that failed since; or 0

  std::chrono::microseconds lag() const;
};

/// Owned by the client's loop, lives and runs on its thread. Never destroyed inside a callback of
/// hiredis (the loop does it from its timer).
///
///   down ──attempt──> connecting ──AUTH, PING answered──> up
///    ^                    └──refused, late────┐            │
///    └────────backoff─────────────────────────┴───broken───┘
///
/// With `options.replicated` commands leave in groups, each closed by a WAIT on the same
/// connection; what a group wrote counts when its WAIT was answered. A group gathers while the
/// WAITs before it are open, because Redis does not read on before they are.
class redis_link {
 public:
  using clock = redis_request::clock;

  redis_link(link_owner& owner, uv_loop_t& loop, const redis_options& options,
             const redis_observer& observer, node_address address);
  ~redis_link();
  redis_link(const redis_link&) = delete;
  redis_link& operator=(const redis_link&) = delete;

  /// Queues it, or ends it at once when the queue is full. `pump` sends.
  void enqueue(redis_request next);
  void pump();
  void tick(clock::time_point now);
  /// Ends the connection and the writes that were sent; what was not sent stays, and so do reads.
  void drop();
  /// Everything not sent yet, or to be sent again.
  std::deque<redis_request> take_waiting() { return std::exchange(waiting_, {}); }

  const node_address& address() const { return address_; }
  bool up() const { return step_ == step::up; }
  /// Number of its connection, unlike that of any other there ever was; 0 before the first.
  std::uint64_t connection() const { return connection_; }
  bool idle() const { return waiting_.empty() && in_flight_.empty() && held_.empty(); }
  const std::shared_ptr<link_figures>& figures() const { return figures_; }

 private:
  enum class step : std::uint8_t { down, connecting, up };

  /// hiredis frees a reply when its callback returns; one that waits for its WAIT is kept.
  struct reply_end {
    void operator()(redisReply* reply) const;
  };
  struct held_answer {
    redis_request what;
    std::unique_ptr<redisReply, reply_end> reply;
  };

  static void on_connect(const redisAsyncContext* context, int status);
  static void on_disconnect(const redisAsyncContext* context, int status);
  static void on_answer(redisAsyncContext* context, void* reply, void* self);
  static void on_greeting(redisAsyncContext* context, void* reply, void* self);

  clock::duration silence(clock::time_point now) const;
  void connect();
  void greet();
  void greeted(const redisReply* reply);
  void lost();
  void transmit(redis_request next);
  void write(redis_request next);
  void send_wait();
  void answered(redisReply* reply);
  void answered_error(redis_request& first, const redisReply* reply);
  void wait_answered(const redis_request& wait, const redisReply* reply);
  void count_wait(clock::time_point sent, bool replicated);
  void expire(clock::time_point now);
  void count_answer(const redis_request& what);
  void count_queue();

  link_owner& owner_;
  uv_loop_t& loop_;
  const redis_options& options_;
  const redis_observer& observer_;
  const node_address address_;
  const std::shared_ptr<link_figures> figures_ = std::make_shared<link_figures>();

  step step_ = step::down;
  redisAsyncContext* context_ = nullptr;
  std::uint64_t connection_ = 0;
  std::deque<redis_request> waiting_;
  std::deque<redis_request> in_flight_;  ///< in the order of the answers to come
  std::deque<held_answer> held_;         ///< answered, but not yet by WAIT
  std::size_t open_waits_ = 0;
  bool uncovered_ = false;          ///< something was sent that needs a WAIT behind it
  bool short_waits_ = false;        ///< the last one failed: do not let everybody wait each time
  int greetings_ = 0;               ///< answers of AUTH and PING still to come
  clock::time_point attempt_at_{};  ///< of the next connect
  clock::time_point greet_by_{};
  clock::time_point heard_at_{};  ///< of the last answer
  clock::time_point in_flight_since_{};
  std::chrono::milliseconds backoff_{0};
  std::mt19937 jitter_{std::random_device{}()};
};

}  // namespace glados::storage
