// Where the service's keys come from: a folder of private files, or the environment. Never the
// command line, which every user of the machine can read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/random.hpp"

namespace glados::crypto {

/// The raw keys, on their way into a `key_ring`. Move-only; cleansed at the end.
struct key_material {
  secret32 placement;           ///< identifier -> shard and inner hash. Never changes
  std::vector<secret32> index;  ///< the layers of a record's name, oldest first; at least one
  secret32 seal;                ///< master of the first sealers, and of mapping ids and tags
  /// Masters of later sealers, each by the number (from 2, rising) of the index key it goes with.
  std::vector<std::pair<std::uint8_t, secret32>> later_seals;
  secret32 code;                     ///< codes and user ids of pending verifications
  secret32 idempotency;              ///< idempotency keys and request fingerprints
  secret32 audit;                    ///< chain and signatures of the audit
  std::vector<secret32> audit_next;  ///< sign the audit instead, the last one; all stay published
  std::vector<secret32> attest;      ///< sign attestations: the last; the earlier stay published
};

struct key_source {
  std::string folder;  ///< empty: environment only
  /// NAME=value strings ended by a null pointer, as `environ`; null: files only.
  const char* const* environment = nullptr;
};

/// Reads every key from `<folder>/<name>.key` (32 raw bytes, 64 hex digits or 43 base64url
/// characters) or from `GLADOS_KEY_<NAME>` (hex or base64url). The names: placement, index-1,
/// index-2 ... without gaps, attest-1 ... likewise, seal, code, idempotency, audit, audit-2
/// ... likewise, and at will seal-N beside an index-N, N from 2; in the environment upper case, `-`
/// as `_`. Refused, all at once, each with the key's name and the reason, never the value: a
/// missing or malformed key, a key given twice, an unknown name, two names with one value, a file
/// or folder that others can get at.
std::optional<key_material> read_keys(const key_source& source, std::vector<std::string>& errors);

key_material random_keys(random_source& random);

/// Writes fresh keys of version 1 into a new folder (mode 0700, files 0600), all or nothing: they
/// are prepared beside it and renamed. Refused when the folder exists and is not empty.
bool write_keys(const std::string& folder, const key_material& keys,
                std::vector<std::string>& errors);

}  // namespace glados::crypto
