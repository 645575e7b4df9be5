// The headers of a signed notice, by Standard Webhooks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/ed25519.hpp"

namespace glados::http {

/// Associated data of a sealed signing key.
inline constexpr std::string_view webhook_key_aad = "webhook key";

/// `webhook-id`, `webhook-timestamp` (Unix seconds of this attempt) and `webhook-signature`: one
/// `v1a,` and base64 for each key, over "<id>.<timestamp>.<body>". `id` holds no full stop.
std::vector<std::string> webhook_headers(std::string_view id, std::int64_t timestamp,
                                         std::string_view body,
                                         const std::vector<crypto::signing_key>& keys);

}  // namespace glados::http
