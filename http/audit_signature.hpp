// The signature over the audit's head: by the newest audit key, told apart by its `kid`.
#pragma once

#include <string>

#include "crypto/key_ring.hpp"
#include "domain/audit.hpp"
#include "domain/ids.hpp"
#include "storage/registry_store.hpp"

namespace glados::http {

/// Over `head`, as it is at this time.
audit_signature sign_audit_head(const crypto::key_ring& keys, const storage::audit_head& head,
                                instant at);

/// {"sequence","hash","at","kid","signature"}.
std::string audit_head_json(const crypto::key_ring& keys, const storage::audit_head& head,
                            instant at);

/// {"keys":[...]}: every audit key as a JWK, oldest first, each with the signature of the one
/// before it.
std::string audit_keys_json(const crypto::key_ring& keys);

}  // namespace glados::http
