#include "admin/publish.hpp"

#include "domain/usage.hpp"

namespace glados::admin {

value publication_row::shown(std::uint64_t count) {
  return count < least_published ? value{} : value{count};
}

value publication_row::total() const {
  std::uint64_t all = 0, hidden = 0;
  std::size_t hidden_cells = 0;
  for (const auto& [name, count] : cells_) {
    all += count;
    if (count >= least_published)
      continue;
    hidden += count;
    ++hidden_cells;
  }
  // The total less what is shown is what is hidden: it must be many, and not of one cell.
  const bool tells = hidden_cells > 0 && (hidden < least_published || hidden_cells == 1);
  const bool plain = cells_.size() == 1 && cells_.begin()->first.empty();
  return tells && !plain ? value{} : shown(all);
}

value publication_row::published() const {
  auto out = value::object();
  out.put("total", total());
  if (cells_.empty() || (cells_.size() == 1 && cells_.begin()->first.empty()))
    return out;
  auto by = value::object();
  for (const auto& [name, count] : cells_) by.put(name, shown(count));
  return out.put("by", by);
}

bool valid_month(const std::string& text) { return parse_month(text).has_value(); }

bool in_month(const value& time, const std::string& month) {
  return !month.empty() && time.text().starts_with(month + "-");
}

}  // namespace glados::admin
