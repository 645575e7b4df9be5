#include "storage/membership_store.hpp"

namespace glados::storage {

std::string mismatch(const directory_identity& stored, const directory_identity& mine) {
  if (stored.schema != mine.schema && stored.schema + 1 != mine.schema)
    return "the directory has schema " + std::to_string(stored.schema) +
           ", this node is of schema " + std::to_string(mine.schema);
  if (stored.shards != mine.shards)
    return "the directory has " + std::to_string(stored.shards) + " shards, this node expects " +
           std::to_string(mine.shards);
  if (stored.placement_check != mine.placement_check)
    return "the directory was made with another placement key";
  return {};
}

}  // namespace glados::storage
