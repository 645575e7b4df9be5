#include "http/webhook_signature.hpp"

#include "crypto/encoding.hpp"

namespace glados::http {

std::vector<std::string> webhook_headers(std::string_view id, std::int64_t timestamp,
                                         std::string_view body,
                                         const std::vector<crypto::signing_key>& keys) {
  const auto time = std::to_string(timestamp);
  std::string content(id);
  content.append(".").append(time).append(".").append(body);
  std::string signatures;
  for (const auto& key : keys) {
    signatures.append(signatures.empty() ? "v1a," : " v1a,");
    signatures += crypto::base64(key.sign(content));
  }
  return {"webhook-id: " + std::string(id), "webhook-timestamp: " + time,
          "webhook-signature: " + signatures};
}

}  // namespace glados::http
