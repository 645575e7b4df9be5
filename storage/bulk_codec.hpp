// How the results of rows look in Redis; the rules are those of codec.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/bulk.hpp"

namespace glados::storage {

/// What became of one line. `key` and `salt` name the mapping, if `has_claim`.
struct row_result {
  std::uint32_t line = 0;
  row_status status = row_status::created;
  errc problem = errc::none;  ///< with rejected
  bool has_claim = false;
  sii_key key;
  std::uint32_t salt = 0;
};

/// Lines must ascend. `index_version` tells how many layers the keys have.
struct row_results {
  std::uint8_t index_version = 0;
  std::vector<row_result> rows;
};
std::string encode(const row_results& results);
std::optional<row_results> decode_results(std::string_view bytes);

}  // namespace glados::storage
