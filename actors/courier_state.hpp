// State of a courier's actor; see courier.hpp. Split over courier.cpp (notices and posts) and
// courier_settings.cpp (what the provider asks for).
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <deque>
#include <functional>
#include <map>
#include <string>

#include "actors/continuation.hpp"
#include "actors/courier.hpp"

namespace glados::actors {

/// Lives in its actor and runs only there.
class courier_state {
 public:
  using pointer = courier_actor::pointer;
  using answer_promise = caf::typed_response_promise<webhook_answer>;

  void begin(pointer self, node_context& node, const session_directory& providers,
             std::string provider_id);
  void grown(bool elsewhere);
  void on_sweep();

  caf::result<webhook_answer> get();
  caf::result<webhook_answer> put(const put_webhook& what);
  caf::result<webhook_answer> remove();
  caf::result<webhook_answer> test();
  caf::result<webhook_answer> redeliver(const redeliver_notice& what);
  caf::result<attempts_answer> list(const list_attempts& what);

 private:
  /// A notice that is not over.
  struct item {
    std::uint64_t lane = 0;
    std::uint32_t tries = 0;
    instant next_try;
    bool in_flight = false;
  };
  /// One thing asked of the settings. They are done one after the other, once all is loaded.
  using operation = std::function<void(errc)>;

  template <class F>
  auto here(F f) {
    return on_self(courier_actor{self_}, std::move(f));
  }
  template <class F>
  void later(std::chrono::microseconds wait, F f) {
    self_->delayed_send(courier_actor{self_},
                        std::chrono::duration_cast<std::chrono::milliseconds>(wait),
                        continuation{std::move(f)});
  }

  // courier_settings.cpp
  void load();
  void load_progress();
  void progress_loaded(std::uint64_t epoch, const result<courier_progress>& at);
  void fenced();
  void refused(std::uint64_t epoch);
  bool may_take(std::uint64_t epoch) const;
  void loaded(errc code);
  caf::result<webhook_answer> submit(std::function<void(answer_promise)> run);
  void run_next();
  void tell_the_one_that_posts();
  void finish(answer_promise& promise, webhook_answer out);
  void finish(answer_promise& promise, errc code);
  void store(webhook next, std::function<void(errc)> then);
  void start_at_the_end(std::function<void(errc)> then);
  void do_put(const put_webhook& what, answer_promise promise);
  void do_remove(answer_promise promise);
  void do_test(answer_promise promise);
  void do_redeliver(const std::string& attempt_id, answer_promise promise);
  void queue_again(const std::string& event_id, answer_promise promise);
  void try_all_now();
  void disable(std::string why);
  void do_disable(const std::string& why);
  void disabled_or_not();

  // courier.cpp
  std::uint64_t home_epoch() const;
  bool at_home() const { return home_epoch() != 0; }
  bool start_again();
  bool may_post() const;
  void work();
  void read_stream();
  void take(const std::vector<event>& page);
  void start_due();
  void wake_at(instant when);
  void post(event_place at);
  void posted(event_place at, const event& what, std::uint64_t version, const post_result& got);
  void conclude(event_place at, const event& what, const post_result& got, std::uint64_t version);
  void write_attempt(const event& what, const item& one, const post_result& got,
                     const attempt_verdict& verdict);
  double chance(event_place at, std::uint32_t tries) const;
  void changed();
  void save(std::function<void(errc)> then = {});
  courier_progress progress() const;

  pointer self_ = nullptr;
  node_context* node_ = nullptr;
  const session_directory* providers_ = nullptr;
  std::string id_;

  webhook settings_;
  std::uint64_t tried_version_ = 0;  ///< of the settings that the waits between tries are for
  event_place cursor_;
  instant failing_since_;
  std::map<event_place, item> open_;
  bool loaded_ = false;
  bool loading_ = false;
  bool progress_known_ = false;

  std::deque<operation> operations_;
  bool busy_ = false;

  std::uint64_t fence_ = 0;    ///< epoch of the home in which this one posts; 0: it does not
  std::uint64_t refused_ = 0;  ///< epoch in which another one had taken over already
  instant refused_until_;
  bool ousted_ = false;  ///< what is here must not be written down any more
  bool stale_ = false;   ///< another node may have written settings or progress
  bool more_ = true;     ///< the stream may hold something after the cursor
  bool reading_ = false;
  bool disabling_ = false;
  std::size_t in_flight_ = 0;
  bool dirty_ = false;
  bool saving_ = false;
  instant timer_;  ///< zero: none
  instant last_used_;
};

}  // namespace glados::actors
