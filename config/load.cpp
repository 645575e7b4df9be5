#include "config/load.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <map>

#include "config/checks.hpp"
#include "config/schema.hpp"
#include "config/toml_file.hpp"
#include "config/values.hpp"

namespace glados::config {

namespace {

constexpr std::string_view own_prefix = "GLADOS_";
constexpr std::string_view key_prefix = "GLADOS_KEY_";  // the key ring's own
constexpr std::array<std::string_view, 3> start_script{"GLADOS_HOME", "GLADOS_PROVIDER_PORT",
                                                       "GLADOS_ADMIN_PORT"};

bool open_to_others(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 && (status.st_mode & 077) != 0;
}

std::string key_of(const match& found) {
  std::string key(found.row->key);
  if (const auto star = key.find('*'); star != std::string::npos)
    key.replace(star, 1, found.entry);
  return key;
}

// Gathers values and faults from one source after the other.
class loading {
 public:
  loading() { out_.values = defaults(); }

  void file(const std::string& path) {
    for (const auto& leaf : read_toml(path, out_.faults)) {
      if (std::holds_alternative<empty_table>(leaf.content)) {
        if (!known_section(leaf.key))
          complain(leaf.where, leaf.key, "there is no such section");
        continue;
      }
      const auto found = find_key(leaf.key);
      if (!found) {
        complain(leaf.where, leaf.key, "there is no such setting");
        continue;
      }
      std::string why;
      const auto content = from_toml(*found->row, leaf.content, why);
      if (found->row->is_secret && content != found->row->fallback && open_to_others(path))
        complain(leaf.where, leaf.key, "a secret needs a file that only its owner can read");
      take(*found, leaf.where, content, why);
    }
  }

  void environment(const char* const* variables) {
    std::vector<std::string_view> ours;
    for (auto at = variables; at != nullptr && *at != nullptr; ++at)
      if (const std::string_view pair(*at);
          pair.starts_with(own_prefix) && !pair.starts_with(key_prefix))
        ours.push_back(pair);
    std::sort(ours.begin(), ours.end());  // the environment has no order of its own
    for (const auto pair : ours) {
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos)
        variable(std::string(pair.substr(0, equals)), pair.substr(equals + 1));
    }
  }

  void command_line(const std::string& override) {
    const auto equals = override.find('=');
    const auto key = override.substr(0, equals);
    if (equals == std::string::npos)
      return complain("command line", "", "an override needs the form key=value");
    const auto found = find_key(key);
    if (!found)
      return complain("command line", key, "there is no such setting");
    if (found->row->is_secret)
      return complain("command line", key,
                      "a secret does not belong on the command line, where every user can read it");
    std::string why;
    take(*found, "command line", from_text(*found->row, override.substr(equals + 1), why), why);
  }

  loaded finish() {
    check_profile(out_.values, origins_, out_.faults);
    check_together(out_.values, origins_, out_.faults);
    return std::move(out_);
  }

 private:
  void variable(const std::string& name, std::string_view text) {
    if (std::find(start_script.begin(), start_script.end(), name) != start_script.end())
      return;
    const auto found = find_variable(name);
    if (!found)
      return complain(name, "", "there is no setting of this name");
    std::string why;
    take(*found, name, from_text(*found->row, text, why), why);
  }

  static bool known_section(const std::string& path) {
    for (const auto& row : schema())
      if (row.key.starts_with(path) && row.key.size() > path.size() && row.key[path.size()] == '.')
        return true;
    const auto inside = find_key(path + ".url");
    return inside && inside->row->repeated();
  }

  void take(const match& found, const std::string& where, const std::optional<value>& content,
            const std::string& why) {
    const auto key = key_of(found);
    if (!content)
      return complain(where, key, why);
    set(*found.row, out_.values, found.entry, *content);
    origins_[key] = where;
  }

  void complain(const std::string& where, const std::string& key, const std::string& why) {
    out_.faults.push_back({where, key, why});
  }

  loaded out_;
  origins origins_;
};

}  // namespace

std::string to_string(const fault& fault) {
  std::string text = fault.where;
  for (const auto& piece : {fault.key, fault.why})
    if (!piece.empty())
      text.append(text.empty() ? "" : ": ").append(piece);
  return text;
}

loaded load(const sources& from) {
  loading all;
  if (!from.file.empty())
    all.file(from.file);
  all.environment(from.environment);
  for (const auto& override : from.overrides) all.command_line(override);
  return all.finish();
}

}  // namespace glados::config
