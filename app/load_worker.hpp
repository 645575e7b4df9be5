// One thread of the load generator.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "app/load_connection.hpp"
#include "app/load_options.hpp"
#include "app/load_schedule.hpp"

namespace glados::app {

/// CLOCK_MONOTONIC in nanoseconds.
std::uint64_t load_now();

/// Shared by the workers of a run and the thread that watches them.
struct load_progress {
  std::atomic<std::uint64_t> answered{0};
  std::atomic<bool> interrupted{false};
};

/// When the run goes through its stages, in nanoseconds of `load_now`.
struct load_times {
  std::uint64_t start = 0;  ///< first intended request, of the warm-up if there is one
  std::uint64_t counted = 0;
  std::uint64_t end = 0;  ///< no request starts from here on; far away when requests are counted
};

/// Drives its share of the connections with an epoll set of its own. Made and destroyed by the run;
/// `connect` and `work` are called once, one after the other, by the worker's thread.
class load_worker {
 public:
  /// `targets` live longer than the worker.
  load_worker(const load_options& options, const std::vector<load_target>& targets,
              SSL_CTX* context, unsigned lane, std::shared_ptr<const zipf_table> popularity,
              load_progress& progress);
  ~load_worker();

  /// Opens all connections; false when not all of them could be within the timeout.
  bool connect();
  void work(const load_times& times);
  const load_result& result() const { return result_; }

 private:
  void poll(std::uint64_t patience_ns, const std::function<void(load_connection&)>& ready);
  void handle(load_connection& at);
  void send_next(load_connection& at, std::uint64_t intended, std::uint64_t now);
  void send_due(std::uint64_t now);
  void free(load_connection& at);
  void lost(load_connection& at, std::uint64_t& counter);
  void sweep(std::uint64_t now);
  void give_up_unsent();
  load_connection* take_idle();
  bool may_start(std::uint64_t now) const { return left_ > 0 && now < times_.end; }
  bool counts(std::uint64_t intended) const { return intended >= times_.counted; }
  std::uint64_t patience(std::uint64_t now) const;
  bool over(std::uint64_t now) const;

  const load_options& options_;
  const unsigned lane_;
  load_progress& progress_;
  int poller_;
  std::vector<std::unique_ptr<load_connection>> connections_;
  std::deque<load_connection*> idle_;  ///< fixed rate only; may hold ones that closed meanwhile
  send_schedule schedule_;
  key_picker picker_;
  std::size_t digits_at_ = 0, digits_ = 0;
  std::uint64_t left_;  ///< requests that may still start
  std::size_t waiting_ = 0;
  load_times times_;
  std::uint64_t last_answer_ = 0;
  load_result result_;
};

}  // namespace glados::app
