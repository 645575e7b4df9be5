// The structured log: one JSON object a line with time, level, event and a few fields.
//
// Fields are numbers, booleans, enumerators and short strings, so there is no way to hand over a
// request, a header or a body. As a last line of defence a string that looks like an identifier, a
// code or a secret is replaced before it is written (telemetry/redaction.hpp).
//
// The process has one log. `open_log` comes before the threads that write to it, `close_log` after
// them; in between every function here may be called from any thread. Lines go through a bounded
// queue to one writer thread; when the disk is slower than the service the oldest lines are lost
// rather than requests delayed.
#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace glados::telemetry {

enum class level : std::uint8_t { debug, info, warn, error, off };

std::string_view to_string(level value);

/// An id of 64 or 128 bits, written in hexadecimal. Made by machines, so it is not held to be
/// personal for its looks.
struct log_id {
  std::uint64_t high = 0, low = 0;
  bool wide = true;  ///< 128 bits; else `low` alone
};

/// One member of a line. It refers to its strings: use it only as an argument of `log_event`.
struct log_field {
  std::string_view key;
  std::variant<bool, std::int64_t, std::uint64_t, double, std::string_view, log_id> value;
};

inline log_field field(std::string_view key, log_id value) { return {key, value}; }
inline log_field field(std::string_view key, bool value) { return {key, value}; }
inline log_field field(std::string_view key, std::string_view value) { return {key, value}; }
inline log_field field(std::string_view key, const char* value) {
  return {key, std::string_view{value}};
}

template <std::floating_point T>
log_field field(std::string_view key, T value) {
  return {key, static_cast<double>(value)};
}

template <std::integral T>
requires(!std::same_as<T, bool>) log_field field(std::string_view key, T value) {
  if constexpr (std::is_signed_v<T>)
    return {key, static_cast<std::int64_t>(value)};
  else
    return {key, static_cast<std::uint64_t>(value)};
}

/// An enumerator whose `to_string` names it; the name must live for ever, as literals do.
template <class E>
requires(std::is_enum_v<E>&& requires(E value) {
  { to_string(value) } -> std::same_as<std::string_view>;
}) log_field field(std::string_view key, E value) {
  return {key, to_string(value)};
}

/// Opens the process's log. `path` is created with mode 0640 and appended to; an empty path
/// is the standard error stream. Lines below `threshold` are dropped. False when the file cannot be
/// opened.
bool open_log(const std::string& path, level threshold);

/// Writes out what is queued and closes the log. Later lines are dropped.
void close_log();

/// Opens the same path again, after a log rotation. Not for signal handlers.
bool reopen_log();

void set_log_level(level threshold);

/// To skip the work of preparing fields nobody will see.
bool log_enabled(level at);

/// Writes one line. `event` is a dotted name in lower case, e.g. "claim.refused".
void log_event(level at, std::string_view event, std::initializer_list<log_field> fields = {});

/// The line `log_event` writes, without the newline. `epoch_ms`: milliseconds since 1970, UTC.
std::string format_line(std::int64_t epoch_ms, level at, std::string_view event,
                        std::initializer_list<log_field> fields);

}  // namespace glados::telemetry
