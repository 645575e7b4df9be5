// A certificate authority for one purpose: makes its own certificate, and signs leaves, with keys
// that it makes or by requests (PKCS#10). For the command line: nothing of the service calls it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glados::crypto {

enum class key_kind : std::uint8_t { ec_p256, ed25519 };
enum class leaf_use : std::uint8_t { server, client, both };

/// Both as PEM; whoever holds `key` cleanses it.
struct certified_key {
  std::string certificate;
  std::string key;  ///< PKCS#8 without a passphrase
};

struct leaf_form {
  std::string common_name;         ///< 1 to 64 characters
  std::vector<std::string> names;  ///< DNS:NAME or IP:ADDRESS
  leaf_use use = leaf_use::both;
  int days = 397;
};

/// A self-signed authority that may sign leaves only. Nothing: `why` says what is wrong.
std::optional<certified_key> make_authority(const std::string& name, key_kind kind, int days,
                                            std::string& why);

/// A certificate by `signer` over a fresh key.
std::optional<certified_key> issue_leaf(const certified_key& signer, const leaf_form& form,
                                        key_kind kind, std::string& why);

/// A certificate by `signer` over the key of a request, as PEM. Only the key is taken from the
/// request: names and uses are the form's. Refused: a request that its key did not sign, a key too
/// weak for `read_certificate`, an authority that has ended.
std::optional<std::string> sign_request(const certified_key& signer, std::string_view request,
                                        const leaf_form& form, std::string& why);

}  // namespace glados::crypto
