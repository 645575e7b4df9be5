// One thread that reads requests and writes responses: a Pistache reactor worker seen from outside.
// Owned by its server, lives until server::stop() has joined the thread.
//
// Thread: `post`, `wake`, `index` may be called from any thread, everything else only on the
// worker's own. Tasks and sinks run on the worker after each round of socket events, in order.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <utility>
#include <vector>

#include "http/counters.hpp"
#include "http/exchange.hpp"

namespace glados::http {

class worker;

/// What somebody else wants done after each handful of events, and when the worker was woken. Runs
/// on the worker's thread, must not block, and must not throw. The sink must outlive the server.
class completion_sink {
 public:
  virtual ~completion_sink() = default;
  virtual void drain(worker& self) = 0;
};

/// Where a worker's answers go: the connections of that worker. Implemented by the transport.
class answer_table {
 public:
  virtual ~answer_table() = default;
  virtual bool answer(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal,
                      response&& reply) = 0;
  virtual bool open(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal) const = 0;
  virtual void judge_again(std::uint32_t slot, std::uint32_t generation, std::uint64_t ordinal) = 0;
};

class worker {
 public:
  using task = std::function<void()>;
  using clock = std::chrono::steady_clock;
  using timer_id = std::pair<clock::time_point, std::uint64_t>;

  explicit worker(std::size_t index);
  ~worker();
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;

  /// The worker whose thread this is; null elsewhere.
  static worker* current() noexcept;

  /// Runs a task on the worker's thread, after tasks posted earlier. Costs a system call only if
  /// the worker sleeps.
  void post(task work);

  /// Makes the worker drain its sinks soon; for other threads, after they left a sink something.
  void wake() noexcept;

  /// Adds a sink; before the server starts or on the worker's thread.
  void add_sink(completion_sink& sink) { sinks_.push_back(&sink); }

  /// Runs a task once, not before `delay`; accurate to about a millisecond.
  timer_id after(std::chrono::milliseconds delay, task work);
  void cancel(const timer_id& id) { timers_.erase(id); }

  /// The time of this round of events: cheap, read once a round.
  clock::time_point now() const { return now_; }
  std::size_t index() const { return index_; }
  worker_counters& counters() { return counters_; }
  const worker_counters& counters() const { return counters_; }
  answer_table* answers() const { return answers_; }

  // --- for the transport that runs this worker, nobody else ---
  int wake_fd() const { return wake_fd_; }    ///< register edge triggered; never read
  int timer_fd() const { return timer_fd_; }  ///< register edge triggered; never read
  void attach(answer_table* table) { answers_ = table; }
  void begin_round();
  void drain_sinks();
  /// Runs what is due, then tasks and sinks until there are none, and marks the worker asleep.
  void end_round();

 private:
  void run_tasks();
  void run_timers();
  void arm_timer();

  const std::size_t index_;
  int wake_fd_ = -1;
  int timer_fd_ = -1;
  answer_table* answers_ = nullptr;
  std::atomic<bool> has_work_{false};
  std::atomic<bool> asleep_{true};
  std::mutex mutex_;
  std::vector<task> inbox_;  ///< guarded by mutex_
  std::vector<task> running_;
  std::vector<completion_sink*> sinks_;
  std::map<timer_id, task> timers_;
  std::uint64_t next_timer_ = 1;
  clock::time_point armed_ = clock::time_point::max();
  clock::time_point now_ = clock::now();
  worker_counters counters_;
};

}  // namespace glados::http
