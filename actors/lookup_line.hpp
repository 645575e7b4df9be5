// Lines: along which the HTTP workers of this node send lookups to other nodes, many in one
// message. One line a node that is asked, made at the first question to it and ended when the
// connection breaks. Lookups leave together when the worker that put them there has no more to read
// for now, unless a batch is under way: then they gather with those of all workers until the other
// node has answered it, or until there are enough of them. So a lone one waits for nobody, and the
// more there are the less each costs.
//
// A line answers only what was answered. What gets lost with the connection, or is late, the
// worker's bridge ends itself, as with every other question.
#pragma once

#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "actors/node_messages.hpp"

namespace glados::actors {

/// In the number of a question: whose it is, above what is the asker's own, below its generation.
inline constexpr int asker_shift = 20;
inline constexpr int asker_bits = 8;

/// Who asks along lines. `answered` runs on any thread, must not block, and may move the answers.
class lookup_asker {
 public:
  virtual ~lookup_asker() = default;
  virtual void answered(std::span<numbered_answer> some) = 0;
};

/// The askers of a node; never more than asker_bits can tell apart. Filled before the first line.
using lookup_askers = std::vector<std::shared_ptr<lookup_asker>>;

/// Safe from any thread.
class lookup_line : public std::enable_shared_from_this<lookup_line> {
 public:
  static std::shared_ptr<lookup_line> make(caf::actor_system& system,
                                           std::shared_ptr<const lookup_askers> askers,
                                           const caf::strong_actor_ptr& gate, std::size_t most);

  /// Leaves it to the next batch. Time that it waits is taken from what it has left. True: nothing
  /// is under way that would end in sending that batch, so `flush` has to follow soon.
  bool ask(std::uint64_t number, const lookup_mapping& what);
  /// Sends what is there, unless a batch is under way.
  void flush();

  bool ended() const;
  void end();

 private:
  class port;
  using clock = std::chrono::steady_clock;
  struct waiting {
    std::uint64_t number = 0;
    clock::time_point until;
    lookup_mapping question;
  };

  lookup_line(std::shared_ptr<const lookup_askers> askers, const caf::strong_actor_ptr& gate,
              std::size_t most);
  void results(lookup_results& got, const caf::strong_actor_ptr& desk);
  void send(std::unique_lock<std::mutex>& guard);

  const std::shared_ptr<const lookup_askers> askers_;
  const std::size_t most_;
  caf::strong_actor_ptr port_;
  mutable std::mutex lock_;
  caf::strong_actor_ptr target_;  ///< the gate, then the desk that answered
  std::vector<waiting> gathered_;
  std::size_t under_way_ = 0;  ///< batches that nothing was heard of
  bool ended_ = false;
};

/// The lines of one listener. Askers are added before the first question.
class lookup_lines {
 public:
  lookup_lines(caf::actor_system& system, std::size_t most);
  ~lookup_lines();
  lookup_lines(const lookup_lines&) = delete;
  lookup_lines& operator=(const lookup_lines&) = delete;

  /// What the asker's numbers have to hold, so that its answers come to it.
  std::uint64_t add(std::shared_ptr<lookup_asker> one);

  /// The line to the node with this gate. From any thread.
  std::shared_ptr<lookup_line> to(const caf::strong_actor_ptr& gate);

 private:
  caf::actor_system& system_;
  const std::size_t most_;
  std::shared_ptr<lookup_askers> askers_ = std::make_shared<lookup_askers>();
  std::mutex lock_;
  std::map<const caf::actor_control_block*, std::shared_ptr<lookup_line>> lines_;
};

}  // namespace glados::actors
