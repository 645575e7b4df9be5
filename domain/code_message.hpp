// What a sealed verification message holds: everything the sender needs to write and address it.
// Exists in clear on the HTTP thread that makes it and in the sender that opens it, nowhere else.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace glados {

struct code_message {
  std::string sii;  ///< canonical
  std::string code;
  std::string locale;  ///< BCP 47, as asked for
  std::string provider_id;
  std::string provider_name;
};

/// Bytes to be sealed. Opened and sealed with `message_aad` as associated data.
std::string encode(const code_message& message);
std::optional<code_message> decode_code_message(std::string_view bytes);

/// Binds a sealed message to its verification.
inline std::string message_aad(std::string_view verification_id) {
  return "message:" + std::string(verification_id);
}

inline std::string to_string(const code_message&) { return "[message]"; }

}  // namespace glados
