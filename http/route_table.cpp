#include "http/route_table.hpp"

#include <stdexcept>

namespace glados::http {

namespace {

/// Takes the next segment off a path that begins with '/'.
std::string_view next_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto end = path.find('/');
  const auto segment = path.substr(0, end);
  path.remove_prefix(segment.size());
  return segment;
}

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

}  // namespace

route_table::route_table() : nodes_(1) {}

std::uint32_t route_table::child(std::uint32_t parent, std::string_view segment) {
  if (is_parameter(segment)) {
    if (nodes_[parent].parameter_child == 0) {
      nodes_.emplace_back();
      nodes_[parent].parameter_child = static_cast<std::uint32_t>(nodes_.size() - 1);
    }
    return nodes_[parent].parameter_child;
  }
  if (segment.find_first_of("{}") != segment.npos)
    throw std::invalid_argument("route: a parameter must be a whole segment");
  for (const auto& [literal, index] : nodes_[parent].literals)
    if (literal == segment)
      return index;
  nodes_.emplace_back();
  const auto index = static_cast<std::uint32_t>(nodes_.size() - 1);
  nodes_[parent].literals.emplace_back(segment, index);
  return index;
}

void route_table::add(std::string_view method, std::string_view pattern, int handler) {
  if (method.empty() || pattern.empty() || pattern.front() != '/' || handler < 0)
    throw std::invalid_argument("route: bad method, pattern or handler");
  std::uint32_t at = 0;
  std::size_t parameters = 0;
  for (auto rest = pattern; !rest.empty();) {
    const auto segment = next_segment(rest);
    if (is_parameter(segment) && ++parameters > max_parameters)
      throw std::invalid_argument("route: too many parameters");
    at = child(at, segment);
  }
  auto& leaf = nodes_[at];
  for (const auto& [known, index] : leaf.methods)
    if (known == method)
      throw std::invalid_argument("route: registered twice");
  leaf.methods.emplace_back(method, handler);
  leaf.allow.append(leaf.allow.empty() ? "" : ", ").append(method);
  if (method == "GET")
    leaf.allow += ", HEAD";
}

const route_table::node* route_table::step(const node& from, std::string_view segment,
                                           match& found) const {
  for (const auto& [literal, index] : from.literals)
    if (literal == segment)
      return &nodes_[index];
  if (from.parameter_child == 0 || segment.empty())
    return nullptr;
  found.parameter[found.parameters++] = segment;
  return &nodes_[from.parameter_child];
}

route_table::match route_table::find(std::string_view method, std::string_view path) const {
  match found;
  if (path.empty() || path.front() != '/')
    return found;
  const node* at = &nodes_.front();
  while (at && !path.empty()) at = step(*at, next_segment(path), found);
  if (!at || at->methods.empty())
    return found;
  found.path_known = true;
  found.allow = at->allow;
  int fallback = -1;
  for (const auto& [known, handler] : at->methods) {
    if (known == method)
      found.handler = handler;
    else if (method == "HEAD" && known == "GET")
      fallback = handler;
  }
  if (found.handler < 0)
    found.handler = fallback;
  return found;
}

}  // namespace glados::http
