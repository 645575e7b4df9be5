// Port: one call to a listener of the service and its answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace glados::admin {

struct request {
  std::string method;
  std::string path;  ///< with its query
  std::string body;  ///< empty: none
  /// Lines beside those of HTTP itself; without any, a body is JSON.
  std::vector<std::string> headers{};
};

struct answer {
  int status = 0;
  std::string content_type;  ///< without parameters
  std::string body;
  std::uint64_t retry_after = 0;  ///< seconds; 0: the answer named none
  std::string request_id;
};

class transport {
 public:
  virtual ~transport() = default;
  /// Throws `stop` (unreachable) when there is no whole answer.
  virtual answer call(const request& what) = 0;
};

}  // namespace glados::admin
