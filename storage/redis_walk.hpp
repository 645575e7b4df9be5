// Where a walk through a shard's buckets is, and a page of it as Redis answers it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "storage/directory_store.hpp"
#include "storage/redis_reply.hpp"

namespace glados::storage {

/// "<bucket>:<cursor of HSCAN within it>".
struct walk_place {
  std::size_t bucket = 0;
  std::string inner = "0";
};
/// A bucket is never behind `last`, whatever the text says.
walk_place parse_place(std::string_view cursor, std::size_t last);

/// {bucket to go on with, counted from the first, or -1; cursor within it; field, value, …}
result<mapping_page> parse_page(const redisReply& value, std::uint8_t layers,
                                std::size_t first_bucket);

}  // namespace glados::storage
