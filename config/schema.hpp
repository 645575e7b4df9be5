// The form of the one table of settings: what a row is. The rows are in schema.cpp.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "config/load.hpp"
#include "config/settings.hpp"

namespace glados::config {

using value = std::variant<bool, port_number, std::uint32_t, byte_count, double, std::string,
                           duration, text_list, duration_list>;

/// Reaches a field; the second argument is the name of a table's entry where the key has a `*`.
template <class T>
using accessor = T& (*)(settings&, const std::string&);
using field = std::variant<accessor<bool>, accessor<port_number>, accessor<std::uint32_t>,
                           accessor<byte_count>, accessor<double>, accessor<std::string>,
                           accessor<duration>, accessor<text_list>, accessor<duration_list>>;

/// What a value, or every element of a list, must satisfy. Spans count in milliseconds, sizes in
/// bytes.
struct bounds {
  std::optional<double> least{}, most{};
  std::vector<std::string_view> choices{};
  /// Null, or says what is wrong with a text; an empty result means nothing.
  std::string_view (*complaint)(std::string_view) = nullptr;
};

template <class T>
double magnitude(T amount) {
  if constexpr (std::is_arithmetic_v<T>)
    return static_cast<double>(amount);
  else
    return static_cast<double>(std::chrono::duration_cast<duration>(amount).count());
}

template <class A, class B>
bounds between(A least, B most) {
  return {magnitude(least), magnitude(most)};
}
inline bounds any_text() { return {}; }
inline bounds one_of(std::vector<std::string_view> choices) { return {{}, {}, std::move(choices)}; }
inline bounds checked(std::string_view (*complaint)(std::string_view)) {
  return {{}, {}, {}, complaint};
}

/// One setting.
struct option {
  template <class T, class D>
  option(std::string_view name, accessor<T> place, D standard, bounds limits,
         std::string_view meaning)
      : key(name),
        at(place),
        fallback(T(std::move(standard))),
        allowed(std::move(limits)),
        help(meaning) {}

  option secret() && {
    is_secret = true;
    return std::move(*this);
  }
  /// The production profile accepts the default only.
  option sandbox_only() && {
    is_sandbox_only = true;
    return std::move(*this);
  }
  bool repeated() const { return key.find('*') != std::string_view::npos; }

  std::string_view key;
  field at;
  value fallback;
  bounds allowed;
  std::string_view help;
  bool is_secret = false;
  bool is_sandbox_only = false;
};

/// All rows; those of one section stand together.
std::span<const option> schema();

/// A row, and the name of the entry that a key with `*` was asked for.
struct match {
  const option* row = nullptr;
  std::string entry;
};
std::optional<match> find_key(std::string_view key);
std::optional<match> find_variable(std::string_view variable);
std::string variable_of(std::string_view key);

value get(const option& row, const settings& from, const std::string& entry);
/// Makes the entry, with defaults, when it is new.
void set(const option& row, settings& into, const std::string& entry, const value& content);
/// Names of all gateways and the like that have a table; one empty name for a plain row.
std::vector<std::string> entries(const option& row, const settings& of);

}  // namespace glados::config
