// A whole deployment in one process and in virtual time: nodes with their actors, the store, the
// network between them, gateways, webhook receivers, providers and their users. Everything happens
// in one order that the seed draws, one message at a time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sim/chronicle.hpp"
#include "sim/directory.hpp"
#include "sim/plan.hpp"
#include "sim/plant.hpp"
#include "sim/timeline.hpp"

namespace glados::sim {

class gateways;
class life;
class network;
class node;
class providers;

/// Made for one run, and used up by it. Single-threaded.
class world final : public facts {
 public:
  world(const scenario& from, plan drawn, plant bug, bool keep_lines);
  ~world() override;
  world(const world&) = delete;
  world& operator=(const world&) = delete;

  /// Faults, healing, progress; ends early when an invariant breaks or `until` is reached.
  void run(moment until);

  // --- what the parts use
  moment now() const override { return log.now; }
  std::uint64_t order() const override { return log.order; }
  void after(moment span, std::function<void()> what) {
    if (!log.closed())
      plans.at(log.now + span, std::move(what));
  }
  node& at(unsigned index) { return *nodes[index]; }
  const plan& options() const { return plan_; }
  plant bug() const { return bug_; }
  bool has_replica_trouble() const { return store->replica_lost(); }
  /// A node's process ended; what it sent may still arrive.
  void bury(std::unique_ptr<life> gone);
  void count_step() { ++steps_; }
  std::uint64_t steps() const { return steps_; }

  // --- facts
  bool lease_held(const std::string& incarnation) const override;
  directory_record stored(shard_id shard, const sii_key& key) const override;
  std::vector<event> notices_of(const std::string& provider) const override;
  std::vector<event> posted_to(const std::string& provider) const override;
  std::uint64_t lookup_budget() const override { return plan_.lookup_budget; }
  instant store_clock() const override { return store->now; }
  instant store_clock_at_start() const override { return store->began(); }
  shard_id shard_of(unsigned who) const override;
  sii_key key_of(unsigned who) const override;
  moment well_since(unsigned index) const override;

  chronicle log;
  timeline plans;
  workload::draw order_of_things, latencies,
      luck;  ///< who is next; how long it takes; what goes wrong
  std::shared_ptr<directory> store;
  std::unique_ptr<network> wires;
  std::unique_ptr<gateways> outside;
  std::vector<std::unique_ptr<node>> nodes;
  std::unique_ptr<providers> callers;

 private:
  bool step();
  void settle_instant();
  void advance(moment to);
  moment next_moment() const;
  void plan_faults();
  void begin_fault(const fault& one);
  void fail_over(moment span);
  void step_wall_clock(const node& of, moment by);
  void heal();
  bool whole() const;
  void check_progress(moment since);
  void finish();

  const scenario scenario_;
  const plan plan_;
  const plant bug_;
  std::vector<std::unique_ptr<life>> graves_;
  std::uint64_t steps_ = 0;
  moment healed_at_ = 0;
  bool probing_ = false;
  bool over_ = false;
};

}  // namespace glados::sim
