// Notices and webhooks as JSON (api.md section 6): one form that feed and webhook share.
// share.
#pragma once

#include <string>
#include <vector>

#include "actors/session_view.hpp"
#include "crypto/key_ring.hpp"
#include "domain/webhook.hpp"

namespace glados::http {

/// One event, as its receiver may see it: user id opened, mapping id made, names filled in. A user
/// id that cannot be opened any more is `null`.
std::string event_json(const event& what, const crypto::key_ring& keys,
                       const actors::session_directory& names);

/// "whpk_" and base64 of the 32 bytes.
std::string public_key_text(const bytes32& key);

std::string webhook_json(const webhook& settings, instant now);

std::string attempts_json(const std::vector<delivery_attempt>& attempts, const std::string& next);

}  // namespace glados::http
