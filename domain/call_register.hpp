// What operators, auditors and viewers called on a node's admin listener, counted until it goes
// into the audit: every admin call is in it, those that change nothing as counts of a span of time.
// What a call was about is kept only of calls that were answered with success, for only then it is
// known to be the id of something and not whatever was typed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "domain/ids.hpp"

namespace glados {

/// Ids that are kept of an operation's calls; further ones are only counted.
inline constexpr std::size_t call_targets_max = 16;

/// The calls of one caller.
struct caller_calls {
  struct tally {
    std::uint64_t done = 0;     ///< answered with success
    std::uint64_t refused = 0;  ///< with anything else
    std::set<std::string, std::less<>> targets;
    bool more = false;  ///< targets beyond those
  };
  std::string caller;
  instant from, until;  ///< of the first and the last
  std::map<std::string, tally, std::less<>> operations;

  void add(caller_calls&& other);
  /// The detail of their audit record: `from`, `until`, then a line an operation, as in
  /// "get_provider": "12: alpha, beta; 1 refused".
  std::vector<std::pair<std::string, std::string>> detail() const;
};

/// Safe from any thread. Bounded by who is registered and what can be called.
class call_register {
 public:
  void count(std::string_view caller, std::string_view operation, std::string_view target,
             bool done, instant at);
  /// All there is, which then is no longer here.
  std::vector<caller_calls> take();
  /// Could not be written.
  void put_back(caller_calls&& some);

 private:
  std::mutex lock_;
  std::map<std::string, caller_calls, std::less<>> callers_;
};

}  // namespace glados
