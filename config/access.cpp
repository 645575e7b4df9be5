// Finding rows by key or variable, and reading and writing the fields they stand for.
#include "config/forms.hpp"
#include "config/schema.hpp"

namespace glados::config {

namespace {

char upper(char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

// The text that stands for the pattern's `*`, when the rest is equal.
std::optional<std::string> star_of(std::string_view pattern, std::string_view text) {
  const auto star = pattern.find('*');
  const auto head = pattern.substr(0, star);
  const auto tail = pattern.substr(star + 1);
  if (text.size() <= head.size() + tail.size() || !text.starts_with(head) || !text.ends_with(tail))
    return std::nullopt;
  return std::string(text.substr(head.size(), text.size() - head.size() - tail.size()));
}

template <class Spell>
std::optional<match> find(std::string_view text, Spell spell, bool lower_entry) {
  for (const auto& row : schema())
    if (!row.repeated() && spell(row.key) == text)
      return match{&row, {}};
  for (const auto& row : schema()) {
    if (!row.repeated())
      continue;
    auto entry = star_of(spell(row.key), text);
    if (!entry)
      continue;
    if (lower_entry)
      for (auto& c : *entry) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (forms::gateway_name(*entry).empty())
      return match{&row, std::move(*entry)};
  }
  return std::nullopt;
}

}  // namespace

std::string variable_of(std::string_view key) {
  std::string name = "GLADOS_";
  for (const char c : key) name.push_back(c == '.' ? '_' : upper(c));
  return name;
}

std::optional<match> find_key(std::string_view key) {
  return find(
      key, [](std::string_view pattern) { return std::string(pattern); }, false);
}

std::optional<match> find_variable(std::string_view variable) {
  return find(variable, variable_of, true);
}

value get(const option& row, const settings& from, const std::string& entry) {
  // the accessors hand out mutable references; nothing is written through this one
  auto& source = const_cast<settings&>(from);
  return std::visit([&](auto at) { return value(at(source, entry)); }, row.at);
}

namespace {

void write(const option& row, settings& into, const std::string& entry, const value& content) {
  std::visit(
      [&](auto at) {
        using held = std::remove_reference_t<decltype(at(into, entry))>;
        at(into, entry) = std::get<held>(content);
      },
      row.at);
}

}  // namespace

void set(const option& row, settings& into, const std::string& entry, const value& content) {
  if (row.repeated() && into.delivery.sms.try_emplace(entry).second)
    for (const auto& sibling : schema())
      if (sibling.repeated())
        write(sibling, into, entry, sibling.fallback);
  write(row, into, entry, content);
}

std::vector<std::string> entries(const option& row, const settings& of) {
  if (!row.repeated())
    return {std::string()};
  std::vector<std::string> names;
  for (const auto& [name, gateway] : of.delivery.sms) names.push_back(name);
  return names;
}

settings defaults() {
  settings fresh;
  for (const auto& row : schema())
    if (!row.repeated())
      set(row, fresh, {}, row.fallback);
  return fresh;
}

}  // namespace glados::config
