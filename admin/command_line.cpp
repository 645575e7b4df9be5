#include "admin/command_line.hpp"

#include <algorithm>
#include <numeric>

namespace glados::admin {
namespace {

const option_row* find_option(std::span<const option_row> rows, std::string_view name) {
  for (const auto& row : rows)
    if (!row.name.empty() && row.name == name)
      return &row;
  return nullptr;
}

/// Any command's option of this name. One name takes a value everywhere or nowhere.
const option_row* find_option(const program_row& program, std::string_view name) {
  if (const auto* shared = find_option(program.options, name))
    return shared;
  for (const auto& command : program.commands)
    if (const auto* own = find_option(command.options, name))
      return own;
  return nullptr;
}

std::string quoted(std::string_view text) { return "'" + std::string(text) + "'"; }

std::string unknown(const std::string& what, std::string_view typed,
                    const std::vector<std::string_view>& known) {
  auto out = "there is no " + what + " " + quoted(typed);
  if (const auto meant = nearest(typed, known); !meant.empty())
    out += "; did you mean " + quoted(meant) + "?";
  return out;
}

std::string unknown_option(const program_row& program, std::string_view name) {
  std::vector<std::string_view> known;
  for (const auto& row : program.options) known.push_back(row.name);
  for (const auto& command : program.commands)
    for (const auto& row : command.options)
      if (!row.name.empty())
        known.push_back(row.name);
  return unknown("option", name, known);
}

std::string unknown_command(const program_row& program, std::span<const std::string> typed) {
  std::vector<std::string_view> first, second;
  for (const auto& row : program.commands) {
    const auto words = split(row.words);
    first.push_back(words[0]);
    if (words.size() > 1 && words[0] == typed[0])
      second.push_back(words[1]);
  }
  if (second.empty())
    return unknown("command", typed[0], first);
  if (typed.size() < 2)
    return quoted(typed[0]) + " needs one of: " +
           std::accumulate(second.begin() + 1, second.end(), std::string(second[0]),
                           [](std::string all, std::string_view one) {
                             return std::move(all.append(", ").append(one));
                           });
  return unknown("command '" + typed[0] + "'", typed[1], second);
}

/// The row whose words begin what was typed.
const command_row* find_command(const program_row& program, std::span<const std::string> typed) {
  for (const auto& row : program.commands) {
    const auto words = split(row.words);
    if (typed.size() >= words.size() && std::equal(words.begin(), words.end(), typed.begin()))
      return &row;
  }
  return nullptr;
}

std::string check_operands(const command_row& row, std::span<const std::string> given) {
  const auto wanted = split(row.operands);
  const auto least = static_cast<std::size_t>(std::count_if(
      wanted.begin(), wanted.end(), [](std::string_view one) { return !one.starts_with('['); }));
  if (given.size() < least)
    return std::string(row.words).append(" needs ").append(wanted[given.size()]);
  if (given.size() > wanted.size())
    return std::string(row.words) + " takes no " + quoted(given[wanted.size()]);
  for (std::size_t i = 0; i < given.size(); ++i) {
    const auto choices = split(wanted[i], '|');
    if (choices.size() > 1 && std::find(choices.begin(), choices.end(), given[i]) == choices.end())
      return quoted(given[i]) + " is not one of " + std::string(wanted[i]);
  }
  return {};
}

std::string check_options(const program_row& program, const command_line& line) {
  for (const auto& [name, value] : line.options)
    if (find_option(program.options, name) == nullptr &&
        find_option(line.command->options, name) == nullptr)
      return "--" + std::string(name) + " is no option of " + quoted(line.command->words);
  return {};
}

/// Reads one word that begins with dashes; `at` is its place, and after it that of its value.
std::string take_option(const program_row& program, std::span<const std::string_view> words,
                        std::size_t& at, parsed& out) {
  auto name = words[at];
  if (name.starts_with("--"))
    name.remove_prefix(2);
  const auto equals = name.find('=');
  const auto bare = name.substr(0, equals);
  if (words[at] == "-h" || bare == "help") {
    out.help = true;
    return {};
  }
  const auto* row = words[at].starts_with("--") ? find_option(program, bare) : nullptr;
  if (row == nullptr)
    return unknown_option(program, bare);
  if (row->value.empty()) {
    if (equals != name.npos)
      return "--" + std::string(bare) + " takes no value";
    out.line.options.emplace_back(row->name, "");
    return {};
  }
  if (equals != name.npos) {
    out.line.options.emplace_back(row->name, name.substr(equals + 1));
    return {};
  }
  if (at + 1 >= words.size())
    return "--" + std::string(bare) + " needs " + std::string(row->value);
  out.line.options.emplace_back(row->name, words[++at]);
  return {};
}

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({changed, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

bool command_line::has(std::string_view name) const { return option(name).has_value(); }

std::optional<std::string> command_line::option(std::string_view name) const {
  std::optional<std::string> out;
  for (const auto& [known, value] : options)
    if (known == name)
      out = value;
  return out;
}

std::vector<std::string> command_line::all(std::string_view name) const {
  std::vector<std::string> out;
  for (const auto& [known, value] : options)
    if (known == name)
      out.push_back(value);
  return out;
}

std::vector<std::string_view> split(std::string_view text, char at) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    const auto end = std::min(text.find(at), text.size());
    if (end > 0)
      out.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string_view nearest(std::string_view typed, std::span<const std::string_view> known) {
  std::string_view best;
  std::size_t least = 3;  // more than two wrong letters are another word
  for (const auto one : known)
    if (const auto far = distance(typed, one); far < std::min(least, one.size())) {
      least = far;
      best = one;
    }
  return best;
}

parsed parse(const program_row& program, std::span<const std::string_view> words) {
  parsed out;
  std::vector<std::string> typed;
  bool options_over = false;
  for (std::size_t at = 0; at < words.size() && out.fault.empty(); ++at) {
    const auto word = words[at];
    if (!options_over && word == "--")
      options_over = true;
    else if (!options_over && word.size() > 1 && word.starts_with('-'))
      out.fault = take_option(program, words, at, out);
    else
      typed.emplace_back(word);
  }
  if (typed.empty() && out.fault.empty())
    out.help = true;
  for (const auto& word : typed) out.topic.append(out.topic.empty() ? "" : " ").append(word);
  if (out.help || !out.fault.empty())
    return out;
  out.line.command = find_command(program, typed);
  if (out.line.command == nullptr) {
    out.fault = unknown_command(program, typed);
    return out;
  }
  const auto skipped = split(out.line.command->words).size();
  out.line.operands.assign(typed.begin() + static_cast<std::ptrdiff_t>(skipped), typed.end());
  out.fault = check_operands(*out.line.command, out.line.operands);
  if (out.fault.empty())
    out.fault = check_options(program, out.line);
  return out;
}

}  // namespace glados::admin
