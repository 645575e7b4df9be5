// The client of Redis for the whole process, plain or cluster: pipelined, with a deadline for each
// command.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "domain/errc.hpp"
#include "storage/redis_command.hpp"
#include "storage/redis_options.hpp"
#include "storage/shard_watch.hpp"

struct redisReply;

namespace glados::storage {

/// What became of a command. `none`: `reply` holds the answer, for the time of the call only.
/// `storage_unavailable`: it did not happen. `outcome_unknown`: a write that was sent and has no
/// answer. `internal`: a read that Redis refused for a reason of ours.
struct redis_answer {
  errc code = errc::none;
  const redisReply* reply = nullptr;
};

using answer_handler = std::function<void(const redis_answer&)>;

/// Sends the commands of any thread over one asynchronous connection a Redis process (hiredis on
/// libuv), run by one I/O thread of its own. Whatever waits when that thread wakes leaves in one
/// write a connection. Plain Redis is a cluster of one process that owns every slot.
///
/// Every handler is called exactly once, on the I/O thread, by the command's deadline at the
/// latest, never from inside `send`. When a connection breaks, a write that was sent by it ends at
/// once; a read that was, what was not sent, and what the cluster refused without applying it
/// (MOVED, ASK, TRYAGAIN, CLUSTERDOWN), is sent to whoever owns the slot then, until its deadline,
/// a read twice at most. Nothing else is ever sent twice. The owner is whoever opened the store;
/// the destructor ends all open commands, then the thread, and no handler runs after it.
///
/// With `redis_options::replicated` an answer to a write says that a replica has what the process
/// had executed by then; without a replica in time it is `outcome_unknown`. A read of a slot where
/// an outcome is unknown waits for a replica too, so that nothing is shown that could be lost.
class redis_client {
 public:
  explicit redis_client(redis_options options, redis_observer observer = {});
  ~redis_client();
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  /// Any thread.
  void send(redis_command command, answer_handler done);

  /// Every slot has a process to which a connection stands, authenticated and with its data loaded.
  bool connected() const;
  /// How often a connection to the process behind commands without a key ({g}) was made.
  std::uint64_t connections() const;
  /// Commands without an answer yet, sent or not.
  std::size_t queued() const;

  /// Any thread; see shard_watch.
  void watch(shards_remade told);

  /// Any thread.
  std::vector<redis_node_figures> nodes() const;
  redis_view view() const;

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace glados::storage
