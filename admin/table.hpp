// Tables for people, in columns of blanks.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace glados::admin {

/// Text from outside as a terminal may have it: on one line, without control characters and without
/// what turns the direction of writing; each of these becomes a question mark.
std::string plain(std::string_view text);

class table {
 public:
  enum class align : bool { left, right };
  struct column {
    std::string title;
    align side = align::left;
  };

  explicit table(std::vector<column> columns) : columns_(std::move(columns)) {}
  /// As many cells as there are columns.
  void add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  /// Header and rows; a table without rows says so in words.
  std::string text() const;

 private:
  std::vector<column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Names and what they are, a line each.
class facts {
 public:
  void add(std::string name, std::string_view what);
  std::string text() const;

 private:
  std::vector<std::pair<std::string, std::string>> rows_;
};

/// "1,234,567".
std::string grouped(std::string_view digits);
/// An RFC 3339 time as people read it: "2026-11-23 09:41:00"; anything else as it is.
std::string short_time(std::string_view rfc3339);

}  // namespace glados::admin
