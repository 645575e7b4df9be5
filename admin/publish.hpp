// What of a month may be published (draft-rosenberg-mimi-glados, 5.1): sums over all providers, and
// no cell from which fewer than 20 of anything can be read, by itself or by subtraction. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "admin/value.hpp"

namespace glados::admin {

inline constexpr std::uint64_t least_published = 20;

/// Counts of one kind, told apart by a name; "" is a count that is not told apart.
class publication_row {
 public:
  void add(const std::string& cell, std::uint64_t count) { cells_[cell] += count; }
  const std::map<std::string, std::uint64_t>& cells() const { return cells_; }

  /// Null below `least_published`.
  static value shown(std::uint64_t count);
  /// All of it; null if what is hidden in cells could be told from it.
  value total() const;
  /// {"total": n|null, "by": {cell: n|null}}, without `by` when nothing is told apart.
  value published() const;

 private:
  std::map<std::string, std::uint64_t> cells_;
};

/// "2026-11"; else nothing. Times of RFC 3339 begin with their month.
bool valid_month(const std::string& text);
bool in_month(const value& time, const std::string& month);

}  // namespace glados::admin
