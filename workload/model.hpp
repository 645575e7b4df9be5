// Who acts when, about whom, and how: providers and their users, as `glados sim` plays them and
// `glados load` sends them to a real service.
#pragma once

#include "workload/traffic.hpp"

namespace glados::workload {

/// Microseconds.
using span_us = std::int64_t;

enum class token_action : std::uint8_t { issue, revoke, use };
/// In the order of domain/mapping.hpp.
enum class choice : std::uint8_t { replace, prefer, keep };

/// Draws one thing after the other, so that a seed and the order of the questions decide
/// everything. Owned by whoever acts, used by one thread.
class model {
 public:
  model(const traffic& of, draw chance) : traffic_(of), chance_(chance) {}

  // --- what, who, about whom, when
  action next_action();
  unsigned any_provider() { return below(traffic_.providers); }
  /// Many calls are about a few.
  unsigned any_identifier();
  /// Of the users who want the same identifier at the same provider.
  unsigned any_user() { return below(2); }
  span_us pause();  ///< until the next call

  // --- a user with a code in hand
  bool loses_interest() { return chance_.percent(15); }
  bool types_right() { return chance_.percent(75); }
  bool tries_again() { return chance_.percent(70); }  ///< after a wrong code
  span_us typing();

  // --- somebody who guesses
  unsigned guesses() { return static_cast<unsigned>(chance_.between(2, 9)); }
  span_us between_guesses();

  // --- which of those that there are, the newest last
  std::size_t any_of(std::size_t count) { return chance_.below(count); }
  std::size_t newest_of(std::size_t count, std::size_t most);

  // --- how
  choice decision() { return static_cast<choice>(below(3)); }
  bool skips_conflicts() { return chance_.percent(50); }  ///< a bulk job
  token_action next_token_action(bool there_are_some);

  draw& chance() { return chance_; }

 private:
  unsigned below(unsigned count) { return static_cast<unsigned>(chance_.below(count)); }

  const traffic traffic_;
  draw chance_;
};

// How far back one looks for something to act about.
inline constexpr std::size_t newest_sessions = 4, newest_claims = 5, newest_notices = 4,
                             newest_tokens = 3;

}  // namespace glados::workload
