// Files that are built into the program and served as they are.
#pragma once

#include <string_view>

namespace glados::http {

/// One file; everything in it is constant for the life of the process.
struct static_file {
  std::string_view name;  ///< after the folder's path and a slash; empty: the folder itself
  std::string_view content_type;
  std::string_view etag;  ///< quoted, of the content
  std::string_view body;
  bool immutable = false;  ///< the name holds a hash of the content: a copy is good for ever
};

}  // namespace glados::http
