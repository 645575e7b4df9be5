// One connection to Redis for the whole process: pipelined, with a deadline for each command.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>

#include "domain/errc.hpp"
#include "storage/redis_command.hpp"
#include "storage/redis_options.hpp"

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

/// Sends the commands of any thread over one asynchronous connection (hiredis on libuv), run by one
/// I/O thread of its own. Whatever waits when that thread wakes leaves in one write.
///
/// Every handler is called exactly once, on the I/O thread, by the command's deadline at the
/// latest, never from inside `send`. When the connection breaks, what was sent ends at once; what
/// was not waits for the next connection until its deadline. The owner is whoever opened the store;
/// the destructor ends all open commands, then the thread, and no handler runs after it.
class redis_client {
 public:
  explicit redis_client(redis_options options, redis_observer observer = {});
  ~redis_client();
  redis_client(const redis_client&) = delete;
  redis_client& operator=(const redis_client&) = delete;

  /// Any thread.
  void send(redis_command command, answer_handler done);

  /// Authenticated, and Redis has loaded its data.
  bool connected() const;
  /// How often it became so.
  std::uint64_t connections() const;
  /// Commands without an answer yet, sent or not.
  std::size_t queued() const;

 private:
  class loop;
  std::unique_ptr<loop> loop_;
};

}  // namespace glados::storage
