#include "config/load.hpp"
#include "config/schema.hpp"
#include "config/values.hpp"

namespace glados::config {

namespace {

constexpr std::size_t comment_width = 98;

std::pair<std::string, std::string> split_key(const std::string& key) {
  const auto dot = key.rfind('.');
  if (dot == std::string::npos)
    return {"", key};
  return {key.substr(0, dot), key.substr(dot + 1)};
}

std::string with_entry(std::string_view key, const std::string& entry) {
  std::string full(key);
  if (const auto star = full.find('*'); star != std::string::npos)
    full.replace(star, 1, entry);
  return full;
}

// Lines of "# " and at most the width, broken at spaces.
std::string comment(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto cut = text.size() <= comment_width ? text.size() : text.rfind(' ', comment_width);
    if (cut == std::string_view::npos)
      cut = text.size();
    out.append("# ").append(text.substr(0, cut)).append("\n");
    text.remove_prefix(cut);
    if (text.starts_with(' '))
      text.remove_prefix(1);
  }
  return out;
}

std::string describe(const option& row) {
  std::string text(row.help);
  if (const auto limits = print_bounds(row); !limits.empty())
    text.append(" (").append(limits).append(")");
  if (row.is_sandbox_only)
    text.append(" Sandbox only: production keeps the default.");
  if (row.is_secret)
    text.append(" Secret.");
  return comment(text);
}

constexpr std::string_view preface =
    "Every setting of GLADOS with its meaning, its bounds and its default. A setting is found by "
    "its table and name here; in the environment http.idle_timeout is GLADOS_HTTP_IDLE_TIMEOUT, on "
    "the command line http.idle_timeout=5m. The command line wins over the environment, the "
    "environment over the file. An unknown name or a value out of bounds stops the start. This "
    "file "
    "is rendered from the table in config/schema.cpp; a test compares them.";

}  // namespace

std::string render_effective(const settings& values) {
  std::string out;
  std::string section;
  const auto line = [&](const option& row, const std::string& entry) {
    const auto [table, name] = split_key(with_entry(row.key, entry));
    if (table != section) {
      out.append(out.empty() ? "[" : "\n[").append(table).append("]\n");
      section = table;
    }
    auto content = get(row, values, entry);
    if (row.is_secret && content != row.fallback)
      content = std::string("[redacted]");
    out.append(name).append(" = ").append(print(content)).append("\n");
  };
  bool gateways_done = false;
  for (const auto& row : schema()) {
    if (!row.repeated()) {
      line(row, {});
      continue;
    }
    if (gateways_done)
      continue;
    gateways_done = true;  // entry by entry: a table must not be opened twice
    for (const auto& entry : entries(row, values))
      for (const auto& sibling : schema())
        if (sibling.repeated())
          line(sibling, entry);
  }
  return out;
}

std::string render_reference() {
  std::string out = comment(preface);
  std::string section;
  for (const auto& row : schema()) {
    const auto [table, name] = split_key(with_entry(row.key, "<name>"));
    const std::string_view lead = row.repeated() ? "# " : "";
    if (table != section) {
      out.append("\n").append(lead).append("[").append(table).append("]\n");
      section = table;
    } else if (table.empty()) {
      out.append("\n");
    }
    out.append(describe(row));
    out.append(lead).append(name).append(" = ").append(print(row.fallback)).append("\n");
  }
  return out;
}

}  // namespace glados::config
