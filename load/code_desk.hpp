// Where the users of a load test read their codes: a sandbox's outbox.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "load/connection.hpp"

namespace glados::load {

/// Asks an admin listener over a few kept connections of its own; what that costs is in no result.
/// Owned by a worker, used by its thread.
class code_desk {
 public:
  /// The code, or an empty one when none came within `patience`.
  using told = std::function<void(std::size_t who, std::string code)>;
  static constexpr std::uint64_t patience = 5 * second_ns;

  /// `to` and `as` live longer.
  code_desk(SSL_CTX* context, poller& waits, const target& to, const identity& as, told then);
  ~code_desk();

  /// Connects where that is needed: there is no answer before `tick` was called.
  /// `provider`: whose message it must be; empty: anybody's.
  void ask(std::size_t who, std::uint64_t number, const std::string& provider, std::uint64_t now);
  /// Sends what is due. To be called often.
  void tick(std::uint64_t now);

 private:
  struct question {
    std::size_t who = 0;
    std::uint64_t number = 0, until = 0, due = 0;
    std::string provider;
  };
  class window;

  void settle(const question& asked, std::string code, std::uint64_t now);

  const target& to_;
  const identity& as_;
  told then_;
  std::deque<question> open_;
  std::vector<std::unique_ptr<window>> windows_;
};

}  // namespace glados::load
