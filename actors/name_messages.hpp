// Messages of the rotation of the index key (docs/decisions/0005). They never leave their node.
#pragma once

#include <cstdint>
#include <string>

#include "domain/errc.hpp"
#include "domain/index_rotation.hpp"

namespace glados::actors {

/// Give all records of the shard names of so many layers. Member agent -> shard.
struct rename_records {
  std::uint8_t layers = 0;
};
/// `code`: none (it is done), or a failure; then it goes on by itself unless the shard ends.
struct records_renamed {
  errc code = errc::none;
};

/// Have all shards renamed by this index key. HTTP worker -> agent of the same node.
struct activate_index_key {
  std::uint8_t version = 0;
};
/// `code`: none, or a failure; with none `made` says what the store decided.
struct index_key_answer {
  errc code = errc::none;
  activation_answer made;
};

template <class Inspector>
auto inspect(Inspector& f, rename_records& x) {
  return f(x.layers);
}
template <class Inspector>
auto inspect(Inspector& f, records_renamed& x) {
  return f(x.code);
}
template <class Inspector>
auto inspect(Inspector& f, activate_index_key& x) {
  return f(x.version);
}

}  // namespace glados::actors
