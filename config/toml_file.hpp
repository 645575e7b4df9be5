// A TOML file as a flat list, so that the parser's heavy header is compiled once.
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "config/load.hpp"

namespace glados::config {

/// A value of a kind that no setting has: the kind's name.
struct odd_value {
  std::string kind;
};
struct empty_table {};

using toml_value =
    std::variant<bool, std::int64_t, double, std::string, text_list, odd_value, empty_table>;

struct toml_leaf {
  std::string key;  ///< dotted; a quoted part that holds a dot keeps its quotes
  std::string where;
  toml_value content;
};

/// Every value of a file in its order of lines. A file that cannot be read or parsed is one fault,
/// and gives no leaves.
std::vector<toml_leaf> read_toml(const std::string& path, std::vector<fault>& faults);

}  // namespace glados::config
