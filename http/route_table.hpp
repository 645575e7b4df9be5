// Which handler answers a method and a path. Filled once at start, then read by all workers without
// a lock. Lookup walks one node a path segment and allocates nothing.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace glados::http {

class route_table {
 public:
  static constexpr std::size_t max_parameters = 4;

  struct match {
    int handler = -1;         ///< -1: no such path, or not with this method
    bool path_known = false;  ///< the path exists; with handler -1 the answer is 405
    std::string_view allow;   ///< value of the Allow header, if the path is known
    std::uint8_t parameters = 0;
    std::array<std::string_view, max_parameters> parameter{};  ///< views into the path, as sent
  };

  route_table();

  /// Adds a route; `pattern` is like "/v1/verifications/{id}/check". A literal segment wins over a
  /// parameter. Throws std::invalid_argument for a bad or a second identical route, and if
  /// `handler` is negative.
  void add(std::string_view method, std::string_view pattern, int handler);

  /// HEAD falls back to the GET route. A parameter is never empty.
  match find(std::string_view method, std::string_view path) const;

 private:
  struct node {
    std::vector<std::pair<std::string, std::uint32_t>> literals;  ///< segment, index of the child
    std::uint32_t parameter_child = 0;                            ///< 0: none (0 is the root)
    std::vector<std::pair<std::string, int>> methods;             ///< method, handler
    std::string allow;
  };

  std::uint32_t child(std::uint32_t parent, std::string_view segment);
  const node* step(const node& from, std::string_view segment, match& found) const;

  std::vector<node> nodes_;
};

}  // namespace glados::http
