// Keys that seal TLS session tickets: our own, in memory only, changed every hour and with every
// reload. The key before the current one still opens tickets, so a rotation costs no resumption.
#pragma once

#include <openssl/ssl.h>

#include <array>
#include <chrono>
#include <mutex>

namespace glados::http {

class ticket_keys {
 public:
  static constexpr std::chrono::hours lifetime{1};

  ticket_keys();
  ~ticket_keys();  ///< wipes the keys
  ticket_keys(const ticket_keys&) = delete;
  ticket_keys& operator=(const ticket_keys&) = delete;

  /// Makes `context` seal and open its tickets with a ring of its own, which dies with it.
  static void install(SSL_CTX* context);

  /// The callback of SSL_CTX_set_tlsext_ticket_key_evp_cb.
  int apply(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
            bool seal);

 private:
  struct key {
    std::array<unsigned char, 16> name{};
    std::array<unsigned char, 32> cipher{};
    std::array<unsigned char, 32> mac{};
  };
  static bool fill(key& fresh);
  bool rotate_if_old();

  std::mutex mutex_;
  key current_;
  key previous_;
  std::chrono::steady_clock::time_point born_ = std::chrono::steady_clock::now();
};

}  // namespace glados::http
