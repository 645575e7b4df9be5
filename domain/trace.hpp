// W3C Trace Context: to which request of a caller the work here belongs. Goes with a request
// through actors and nodes and ends in log lines; decides nothing and is stored nowhere. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace glados {

/// The ids of a trace (128 bits) and of a span in it. All zero: there is none.
struct trace_context {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  std::uint64_t span = 0;

  bool present() const { return (high | low) != 0; }
  friend bool operator==(const trace_context&, const trace_context&) = default;
};

/// One byte between nodes where there is no trace.
template <class Inspector>
auto inspect(Inspector& f, trace_context& x) -> decltype(f(x.high)) {
  using outcome = decltype(f(x.high));
  if constexpr (std::is_void_v<outcome> || !requires { Inspector::reads_state; }) {
    return f(x.high, x.low, x.span);
  } else {
    bool there = x.present();
    if (auto fault = f(there))
      return fault;
    if (there)
      return f(x.high, x.low, x.span);
    if constexpr (!Inspector::reads_state)
      x = {};
    return outcome{};
  }
}

/// The trace of a `traceparent` header, with the span of who sent it; nothing if it is none. A
/// trace id without any of the digits a to f is refused: a random one has some, and an id made of
/// somebody's phone number has none and would stand in the log.
std::optional<trace_context> parse_traceparent(std::string_view header);

}  // namespace glados
