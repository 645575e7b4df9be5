// The audit's chain of hashes, verified record by record. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "admin/value.hpp"
#include "crypto/digest.hpp"

namespace glados::admin {

/// Fed with the records in their order, from the first one on.
class audit_chain {
 public:
  /// Empty: the record is the next link. Else what is wrong with it.
  std::string take(const value& record);
  /// Whether the chain held this link. Empty: yes.
  std::string compare(std::uint64_t sequence, const std::string& hash) const;

  std::uint64_t length() const { return length_; }
  std::string hash() const;  ///< of the last link, in hex; zeros before the first

 private:
  std::uint64_t length_ = 0;
  crypto::digest32 last_{};
  std::map<std::uint64_t, crypto::digest32> links_;
};

}  // namespace glados::admin
