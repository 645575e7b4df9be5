// From what a source holds to a value of a row's type, and back to text.
#pragma once

#include <string>
#include <string_view>

#include "config/schema.hpp"
#include "config/toml_file.hpp"

namespace glados::config {

/// The value, or nothing and the reason in `why`. Types are as TOML has them; a fraction may be
/// written as a whole number. Checks the row's bounds.
std::optional<value> from_toml(const option& row, const toml_value& content, std::string& why);

/// The same for a variable or the command line; lists are separated by commas.
std::optional<value> from_text(const option& row, std::string_view text, std::string& why);

/// As it is written in TOML.
std::string print(const value& content);
/// The row's bounds in words, or nothing.
std::string print_bounds(const option& row);

}  // namespace glados::config
