#include "config/toml_file.hpp"

#include <toml++/toml.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace glados::config {

namespace {

std::string position(const std::string& path, const toml::source_region& source) {
  std::ostringstream text;
  text << path << ':' << source.begin.line << ':' << source.begin.column;
  return text.str();
}

toml_value convert(const toml::node& node) {
  if (const auto* flag = node.as_boolean())
    return flag->get();
  if (const auto* number = node.as_integer())
    return number->get();
  if (const auto* fraction = node.as_floating_point())
    return fraction->get();
  if (const auto* text = node.as_string())
    return text->get();
  const auto* array = node.as_array();
  if (array == nullptr)
    return odd_value{"a date or time"};
  text_list list;
  for (const auto& element : *array) {
    const auto* text = element.as_string();
    if (text == nullptr)
      return odd_value{"an array of other things than strings"};
    list.push_back(text->get());
  }
  return list;
}

// TOML lets a quoted key hold a dot: `"http.idle_timeout"` is not the key http.idle_timeout.
std::string part(std::string_view key) {
  const bool plain = key.find_first_of(".\"*") == std::string_view::npos;
  return plain ? std::string(key) : std::string("\"").append(key).append("\"");
}

struct walk {
  const std::string& path;
  std::vector<std::pair<toml::source_position, toml_leaf>> found;

  void into(const toml::table& table, const std::string& prefix) {
    for (const auto& [name, node] : table) {
      const auto key = prefix + part(name.str());
      const auto* inner = node.as_table();
      if (inner != nullptr && !inner->empty())
        into(*inner, key + ".");
      else
        found.emplace_back(node.source().begin,
                           toml_leaf{key, position(path, node.source()),
                                     inner != nullptr ? toml_value(empty_table{}) : convert(node)});
    }
  }
};

}  // namespace

std::vector<toml_leaf> read_toml(const std::string& path, std::vector<fault>& faults) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (!file || !(text << file.rdbuf())) {
    // an empty file also leaves the stream failed, and is good TOML
    if (!file.is_open() || file.bad())
      faults.push_back({path, "", "cannot be read"});
    return {};
  }
  try {
    const toml::table root = toml::parse(text.str(), path);
    walk all{path, {}};
    all.into(root, "");
    std::stable_sort(all.found.begin(), all.found.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::vector<toml_leaf> leaves;
    for (auto& [at, leaf] : all.found) leaves.push_back(std::move(leaf));
    return leaves;
  } catch (const toml::parse_error& failure) {
    faults.push_back({position(path, failure.source()), "", std::string(failure.description())});
    return {};
  }
}

}  // namespace glados::config
