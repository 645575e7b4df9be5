// A Redis of the test's own, on a socket in a folder of its own.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace glados::storage::test {

/// Started by the test that owns it, killed and removed with it (also when the test program dies).
/// Append-only with `appendfsync always`, so what was acknowledged survives SIGKILL.
class redis_process {
 public:
  explicit redis_process(std::vector<std::string> more_arguments = {});
  ~redis_process();
  redis_process(const redis_process&) = delete;
  redis_process& operator=(const redis_process&) = delete;

  const std::filesystem::path& folder() const { return folder_; }
  std::string socket() const { return (folder_ / "redis.sock").string(); }
  bool running() const { return pid_ > 0; }
  /// Starts it again after `stop`.
  void start();
  /// Sends `signal` and waits for the end.
  void stop(int signal);
  void signal(int number) const;

  /// One command by a connection of its own, its answer as text (an array's elements each on a
  /// line); waits at most five seconds. Throws when there is no answer; an error's text begins with
  /// '-'.
  std::string ask(const std::vector<std::string>& words) const;
  /// Asks until `enough` says so of the answer; throws after 30 s.
  void wait_until(const std::vector<std::string>& words,
                  const std::function<bool(const std::string&)>& enough) const;

 private:
  std::filesystem::path folder_;
  std::vector<std::string> more_;
  pid_t pid_ = -1;
};

/// Whether an answer to INFO says that a replica takes what is written: one counts as online before
/// it acknowledges anything, up to a second, and meanwhile a short WAIT ends in vain.
bool followed(const std::string& replication);

}  // namespace glados::storage::test
