// Whose signatures over the audit's head are believed: the keys that a verifier knows from before,
// and those that they introduced. Pure.
#pragma once

#include <map>
#include <string>

#include "admin/value.hpp"
#include "crypto/ed25519.hpp"

namespace glados::admin {

class audit_keys {
 public:
  /// `known`: {"kid": "x"} of an earlier verification; empty: the first key is believed, because
  /// nothing is known of another one. Empty text: good. Else what is wrong.
  std::string take(const value& told, const value& known);
  /// The signature in `head` (sequence, hash, kid, signature) over it and `at`.
  std::string check(const value& head, const std::string& at) const;
  /// {"kid": "x"} of all keys that are believed.
  value believed() const;

 private:
  std::map<std::string, crypto::public_key32> keys_;
};

}  // namespace glados::admin
