// One thread of the load generator.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <queue>
#include <vector>

#include "load/code_desk.hpp"
#include "load/connection.hpp"
#include "load/options.hpp"
#include "load/progress.hpp"
#include "load/provider_book.hpp"
#include "load/request_text.hpp"
#include "load/result.hpp"
#include "load/schedule.hpp"

namespace glados::load {

/// What all threads of a run use; made by the run, outlives them.
struct common_parts {
  const options& asked;
  const std::vector<target>& targets;
  SSL_CTX* context;
  const caller_list& callers;
  const target& outbox;  ///< with `asked.outbox`
  const identity& outbox_reader;
  std::shared_ptr<const zipf_table> popularity;  ///< null: uniform
  progress& shown;
};

/// Drives its share of the connections. Made and destroyed by the run; `connect` and `work` are
/// called once, one after the other, by the worker's thread.
class worker {
 public:
  worker(const common_parts& all, unsigned lane);
  ~worker();

  /// Opens all connections, some at once; false when one is refused, or none comes about for as
  /// long as the timeout.
  bool connect();
  void work(const stage_times& times);
  const result& found() const { return found_; }
  /// For each caller whether one of the connections showed its certificate.
  const std::vector<bool>& callers_used() const { return used_; }

 private:
  class patron;
  struct timer {
    std::uint64_t due = 0;
    std::size_t who = 0;
    bool operator>(const timer& other) const { return due > other.due; }
  };

  std::optional<errand> draw(const patron& at, std::uint64_t intended);
  bool open(patron& at, std::uint64_t now);
  void start(patron& at, std::uint64_t intended, std::uint64_t now);
  void send(patron& at, std::uint64_t intended, std::uint64_t now);
  void transmit(patron& at, std::uint64_t now);
  void free(patron& at, std::uint64_t now);
  void rest(patron& at, std::uint64_t until, bool continues);
  void handle(patron& at);
  void connected(patron& at);
  void disconnected(patron& at, bool malformed);
  void answered(patron& at);
  void code_came(std::size_t who, std::string code);
  void go_on(patron& at, errand::next how, std::uint64_t now);
  void go_on_after(patron& at, double seconds, std::uint64_t now);
  std::optional<notice> choose_notice(const patron& at, std::uint64_t now);
  void note_not_done(workload::action what, std::uint64_t intended);
  void lost(patron& at, std::uint64_t tally::*counter, std::uint64_t now);
  void show(verdict how, std::uint64_t latency, std::uint64_t now);
  void hand_in();

  void send_due(std::uint64_t now);
  void wake_rested(std::uint64_t now);
  void sweep(std::uint64_t now);
  void give_up_unsent();
  patron* take_idle();
  tally& counts_of(operation what) { return found_.operations[static_cast<std::size_t>(what)]; }
  /// The service takes 100 unfinished handshakes from one address; all threads share them.
  std::size_t handshakes_at_once() const { return std::max(1U, 64 / options_.threads); }
  bool open_loop() const { return options_.rate > 0; }
  bool may_start(std::uint64_t now) const { return left_ > 0 && now < times_.end; }
  bool counts(std::uint64_t intended) const { return intended >= times_.counted; }
  std::uint64_t patience(std::uint64_t now) const;
  bool over(std::uint64_t now) const;

  const common_parts& all_;
  const options& options_;
  const unsigned lane_;
  poller poller_;
  std::vector<std::unique_ptr<patron>> patrons_;
  std::unique_ptr<code_desk> desk_;
  std::deque<patron*> idle_;  ///< open loop only; may hold ones that are not free any more
  std::priority_queue<timer, std::vector<timer>, std::greater<>> timers_;
  workload::draw chance_;
  send_schedule schedule_;
  key_picker numbers_, provable_;
  std::optional<workload::model> model_;
  std::vector<provider_book> books_;  ///< with a model: one for each caller
  std::uint64_t left_;                ///< requests that may still start
  std::size_t waiting_ = 0;
  std::size_t connected_ = 0;  ///< before the run
  bool refused_ = false;
  stage_times times_;
  std::uint64_t last_answer_ = 0;
  std::uint64_t second_ = 0;  ///< of the run, that `seen_` is about
  interval seen_;
  std::vector<bool> used_;
  result found_;
};

}  // namespace glados::load
