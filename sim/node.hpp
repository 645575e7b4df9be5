// A machine that runs one process of GLADOS after the other: its clocks, its way to the store, and
// what it does while it is frozen, which is nothing.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "sim/plan.hpp"
#include "sim/timeline.hpp"

namespace glados::sim {

class life;
class world;

/// Owned by the world.
class node {
 public:
  node(world& in, unsigned index, node_options options);
  ~node();

  // --- the process
  void start();
  void crash();
  void crash_after(std::uint64_t messages, moment back);
  /// Hands its shards over, ends in order, and starts again a while later.
  void upgrade(moment pause);
  void freeze();
  void thaw();
  bool running() const { return life_ != nullptr && !frozen_; }
  bool frozen() const { return frozen_; }
  life* process() const { return life_.get(); }
  /// Runs `what` in this process: now, or once it wakes; never if it has ended.
  void when_awake(life& of, std::function<void()> what);

  // --- its clocks, in microseconds
  moment local_now() const;
  /// True time of the next thing that it has to do by itself.
  moment next_moment() const;
  /// Tells its timers what time it is.
  void reach_now();

  // --- its way to the store
  void cut_store(moment span);
  void slow_store(moment span, moment latency);
  void flaky_store(moment span, unsigned percent);
  /// No trouble any more, and none to come.
  void heal();
  void store_trouble(moment span);
  /// What waits now reaches the store after one latency. To be called whenever something waits.
  void begin_trip();
  moment well_since() const;
  /// Every connection breaks: another process answers from now on.
  void reconnect_store();

  // --- one thing at a time
  std::size_t things_to_do() const;
  void do_thing(std::size_t which);

  unsigned index() const { return index_; }
  int number() const { return static_cast<int>(index_) + 1; }
  const std::string& name() const { return name_; }
  int lives() const { return lives_; }
  std::string next_incarnation();
  std::string current_incarnation() const { return name_ + "." + std::to_string(incarnations_); }
  world& in() const { return in_; }

 private:
  moment true_time(moment local) const;
  void step_store(std::size_t which);
  void lose_what_waits();
  void watch_upgrade(life* of, moment pause);

  world& in_;
  const unsigned index_;
  const std::string name_;
  const node_options options_;
  std::unique_ptr<life> life_;
  int lives_ = 0, incarnations_ = 0;
  bool frozen_ = false;
  std::deque<std::function<void()>> inbox_;
  std::uint64_t messages_left_ = 0;  ///< until it crashes; 0: it does not
  moment back_after_ = 0;

  std::size_t arrived_ = 0;  ///< calls that the store has by now, of those that wait
  bool travelling_ = false;
  moment cut_until_ = 0, slow_until_ = 0, slow_latency_ = 0, flaky_until_ = 0, trouble_until_ = 0;
  unsigned flaky_percent_ = 0;
  bool believes_wait_ = false;  ///< a planted bug: no commit went over this connection yet
};

}  // namespace glados::sim
