#include "admin/table.hpp"

#include <algorithm>

#include "domain/text.hpp"

namespace glados::admin {
namespace {

/// Bytes of the character that begins at `text`, which is well-formed UTF-8.
std::size_t size_of_character(unsigned char first) {
  return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
}

/// U+200E, U+200F, U+202A..U+202E, U+2066..U+2069, U+061C: they turn what stands beside them.
bool turns(std::string_view character) {
  if (character == "\xD8\x9C")
    return true;
  if (character.size() != 3 || character[0] != '\xE2')
    return false;
  const auto second = static_cast<unsigned char>(character[1]);
  const auto third = static_cast<unsigned char>(character[2]);
  return (second == 0x80 && (third == 0x8E || third == 0x8F || (third >= 0xAA && third <= 0xAE))) ||
         (second == 0x81 && third >= 0xA6 && third <= 0xA9);
}

void pad(std::string& out, const std::string& cell, std::size_t width, bool right, bool last) {
  const auto missing = width - std::min(width, utf8_length(cell));
  if (right)
    out.append(missing, ' ');
  out += cell;
  if (!right && !last)
    out.append(missing, ' ');
}

}  // namespace

std::string plain(std::string_view text) {
  if (!valid_utf8(text))
    return std::string(utf8_length(text), '?');
  std::string out;
  while (!text.empty()) {
    const auto one = text.substr(0, size_of_character(static_cast<unsigned char>(text[0])));
    text.remove_prefix(one.size());
    if (one == "\n" || one == "\t" || one == "\r")
      out += ' ';
    else if (has_control_characters(one) || turns(one))
      out += '?';
    else
      out += one;
  }
  return out;
}

void table::add(std::vector<std::string> cells) {
  for (auto& cell : cells) cell = plain(cell);
  cells.resize(columns_.size());
  rows_.push_back(std::move(cells));
}

std::string table::text() const {
  if (rows_.empty())
    return "(none)\n";
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    widths.push_back(columns_[i].title.size());
    for (const auto& row : rows_) widths[i] = std::max(widths[i], utf8_length(row[i]));
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    for (std::size_t i = 0; i < columns_.size(); ++i) {
      const bool last = i + 1 == columns_.size();
      pad(out, cell_of(i), widths[i], columns_[i].side == align::right, last);
      out += last ? "\n" : "  ";
    }
  };
  line([&](std::size_t i) { return columns_[i].title; });
  for (const auto& row : rows_) line([&](std::size_t i) { return row[i]; });
  return out;
}

void facts::add(std::string name, std::string_view what) {
  rows_.emplace_back(std::move(name), plain(what));
}

std::string facts::text() const {
  std::size_t width = 0;
  for (const auto& [name, what] : rows_) width = std::max(width, name.size());
  std::string out;
  for (const auto& [name, what] : rows_) {
    pad(out, name, width, false, false);
    out.append("  ").append(what) += '\n';
  }
  return out;
}

std::string grouped(std::string_view digits) {
  const bool whole =
      std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!whole)
    return std::string(digits);
  std::string out;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0)
      out += ',';
    out += digits[i];
  }
  return out;
}

std::string short_time(std::string_view rfc3339) {
  if (rfc3339.size() != 24 || rfc3339[10] != 'T' || !rfc3339.ends_with('Z'))
    return rfc3339.empty() ? "-" : std::string(rfc3339);
  return std::string(rfc3339.substr(0, 10)).append(" ").append(rfc3339.substr(11, 8));
}

}  // namespace glados::admin
