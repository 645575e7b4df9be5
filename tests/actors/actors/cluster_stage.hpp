// Several nodes in one process: each with its own member agent, lease, clock and shard table, over
// one simulated store. Their gates reach each other as far as the test lets them.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "cluster/member.hpp"
#include "world.hpp"

namespace glados::testing {

/// Joins gates of one process by made-up addresses.
class short_link final : public cluster::peer_link {
 public:
  using gates = std::map<std::string, actors::gate_actor>;
  short_link(gates& all, std::string name) : all_(all), name_(std::move(name)) {}

  void open(const actors::gate_actor& gate,
            std::function<void(result<std::string>)> done) override {
    all_[name_] = gate;
    done(name_);
  }
  void connect(const std::string& address,
               std::function<void(result<actors::gate_actor>)> done) override {
    ++attempts;
    const auto at = all_.find(address);
    if (at == all_.end() || unreachable.contains(address))
      done(errc::storage_unavailable);
    else
      done(at->second);
  }
  std::set<std::string> unreachable;
  int attempts = 0;

 private:
  gates& all_;
  std::string name_;
};

/// A node's connections to Redis, which the test makes anew.
struct staged_watch final : storage::shard_watch {
  void watch(storage::shards_remade next) override { told = std::move(next); }
  storage::shards_remade told;
};

/// One node. Made and ended by the stage.
struct staged_node {
  staged_node(world& w, std::chrono::microseconds& steady, short_link::gates& all,
              const std::string& name, const std::string& folder);

  std::size_t served() const;
  /// Who this node asks about a shard: "" nobody, "here", or the address of a gate.
  std::string route_of(shard_id shard) const;

  std::string name;
  short_link::gates& all;
  short_link link;
  staged_watch redis;
  actors::node_context node;
  std::chrono::microseconds& steady;
  std::chrono::microseconds offset{0};
  actors::lease_guard lease{[this] { return steady + offset; }};
  cluster::redis_clock clock{[this] { return (steady + offset).count(); }};
  actors::shard_directory shards;
  plain_names names;  ///< one index key, until a test gives it more
  int lives = 0;
  std::unique_ptr<cluster::member> member;
};

class cluster_stage {
 public:
  explicit cluster_stage(std::uint64_t seed = 1) : w(seed) { w.run(); }
  ~cluster_stage();

  staged_node& add(const std::string& name, const std::string& folder = {});
  staged_node& operator[](const std::string& name) { return *nodes.at(name); }
  /// All clocks move on together.
  void go_on(std::chrono::milliseconds span = std::chrono::milliseconds(4000));
  /// Ends without a word: its actors vanish, its connections break, its lease is left to run out.
  void kill(const std::string& name);
  std::size_t owners_of(shard_id shard) const;
  bool balanced() const;

  world w;
  std::chrono::microseconds steady{5'000'000};
  short_link::gates gates;
  std::map<std::string, std::unique_ptr<staged_node>> nodes;
  std::vector<std::unique_ptr<staged_node>> dead;
};

}  // namespace glados::testing
