// One round of the prober: what a provider does when a user joins, from token to lookup, on an
// identifier that is there for nothing else. Used by one thread.
#pragma once

#include <array>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "admin/outcome.hpp"
#include "admin/transport.hpp"
#include "admin/value.hpp"

namespace glados::admin {

struct canary_account {
  std::string provider_id, client_id, client_secret;
};

/// The steps of a round. `code` is the time from the answer to the message's arrival.
inline constexpr std::array<std::string_view, 5> canary_steps{"token", "open", "code", "check",
                                                              "lookup"};

/// How a round went.
struct round_report {
  bool good = false;
  std::string_view failed;  ///< the step in which it ended
  std::string why;
  outcome how = outcome::done;
  /// Those that were done, in their order, and how long each took.
  std::vector<std::pair<std::string_view, std::chrono::duration<double>>> took;
};

class canary {
 public:
  using seconds = std::chrono::duration<double>;
  /// Steady time.
  using clock = std::function<seconds()>;
  /// The code of a message to this identifier, waited for; or nothing in time.
  using code_source = std::function<std::optional<std::string>(const std::string& sii)>;

  canary(canary_account account, transport& service, clock now, code_source codes)
      : account_(std::move(account)),
        service_(service),
        now_(std::move(now)),
        codes_(std::move(codes)) {}

  /// Throws no `stop`: what goes wrong is in the report.
  round_report round(const std::string& sii);

 private:
  void take_token();
  value call(const std::string& path, const value& body, std::vector<std::string> headers = {});
  value checked(const request& what);
  template <class F>
  void step(round_report& into, std::size_t which, F work);

  canary_account account_;
  transport& service_;
  clock now_;
  code_source codes_;
  std::string token_;
  seconds token_ends_{0};
};

}  // namespace glados::admin
