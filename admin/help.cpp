#include "admin/help.hpp"

#include <algorithm>

namespace glados::admin {
namespace {

void put_rows(std::string& out, const std::vector<std::pair<std::string, std::string>>& rows) {
  constexpr std::size_t widest = 34;
  std::size_t width = 0;
  for (const auto& [left, right] : rows)
    if (left.size() <= widest)
      width = std::max(width, left.size());
  for (const auto& [left, right] : rows) {
    out.append("  ").append(left);
    if (left.size() > width)
      out.append("\n  ").append(width, ' ');
    else
      out.append(width - left.size(), ' ');
    out.append("  ").append(right) += '\n';
  }
}

std::string spelled(const option_row& row) {
  auto out = "--" + std::string(row.name);
  return row.value.empty() ? out : out.append(" ").append(row.value);
}

void put_options(std::string& out, const char* title, std::span<const option_row> options) {
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto& row : options)
    if (!row.name.empty())
      rows.emplace_back(spelled(row), row.help);
  if (rows.empty())
    return;
  out.append("\n").append(title) += '\n';
  put_rows(out, rows);
}

bool begins(std::string_view words, std::string_view topic) {
  return topic.empty() || words == topic ||
         (words.starts_with(topic) && words.substr(topic.size()).starts_with(' '));
}

std::string one_command(const program_row& program, const command_row& row) {
  auto out = "usage: " + usage_of(program, row) + "\n\n" + std::string(row.help) + "\n";
  if (row.does == effect::destroys)
    out += "It shows what it would do and does it only with --yes, or when the name is typed.\n";
  put_options(out, "options", row.options);
  put_options(out, "options of every command", program.options);
  return out;
}

}  // namespace

std::string usage_of(const program_row& program, const command_row& row) {
  auto out = std::string(program.name).append(" ").append(row.words);
  if (!row.operands.empty())
    out.append(" ").append(row.operands);
  return out + " [options]";
}

std::string help_text(const program_row& program, std::string_view topic) {
  std::vector<const command_row*> chosen;
  for (const auto& row : program.commands)
    if (begins(row.words, topic))
      chosen.push_back(&row);
  if (chosen.size() == 1 && !topic.empty())
    return one_command(program, *chosen.front());
  if (chosen.empty())
    for (const auto& row : program.commands) chosen.push_back(&row);
  auto out = "usage: " + std::string(program.name) + " COMMAND [options]\n\n" +
             std::string(program.help) + "\n\ncommands\n";
  std::vector<std::pair<std::string, std::string>> rows;
  for (const auto* row : chosen) {
    std::string left(row->words);
    if (!row->operands.empty())
      left.append(" ").append(row->operands);
    rows.emplace_back(std::move(left), row->help);
  }
  put_rows(out, rows);
  put_options(out, "options of every command", program.options);
  return out;
}

}  // namespace glados::admin
