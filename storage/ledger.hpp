// The fields of a day's ledger: h hits, m misses, r bulk rows, s:<channel>:<region> sends and
// b:<channel>:<region> those given back. A ledger is only added to.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "domain/usage.hpp"

namespace glados::storage {

std::string ledger_field(char kind, channel way, std::string_view region);

/// Adds up entries of any days, in any order. Fields of no known form are left out.
class ledger_sum {
 public:
  void add(std::string_view field, std::int64_t count);
  usage_counts counts() const;

 private:
  usage_counts plain_;
  std::map<std::pair<channel, std::string>, std::int64_t> sends_;
};

}  // namespace glados::storage
