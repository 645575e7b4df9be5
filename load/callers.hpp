// Who calls: providers with their client certificates, and their access tokens.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace glados::load {

/// What a connection shows. Shared by all connections of a caller, read-only.
class identity {
 public:
  identity() = default;
  /// PEM files: the certificate, after it its chain; its key. Throws std::runtime_error when they
  /// cannot be read or do not belong together.
  identity(const std::string& certificate_file, const std::string& key_file);

  /// Has the connection show it; nothing if there is none.
  bool give_to(SSL* connection) const;

 private:
  struct chain_end {
    void operator()(STACK_OF(X509) * chain) const { sk_X509_pop_free(chain, X509_free); }
  };
  std::shared_ptr<X509> certificate_;
  std::shared_ptr<EVP_PKEY> key_;
  std::shared_ptr<STACK_OF(X509)> chain_;
};

/// One provider. Made before the run; its token may be renewed while workers use the old one.
class caller {
 public:
  std::string name;
  identity shows;
  std::string client_id, client_secret;  ///< empty: the token does not change
  std::string provider_id;               ///< empty: not known

  std::string token() const {
    std::lock_guard guard(lock_);
    return token_;
  }
  void token(std::string fresh) {
    std::lock_guard guard(lock_);
    token_ = std::move(fresh);
    turn_.fetch_add(1, std::memory_order_release);
  }
  /// Changes with the token; costs nothing to look at.
  std::uint32_t turn() const { return turn_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex lock_;
  std::string token_;
  std::atomic<std::uint32_t> turn_{0};
};

using caller_list = std::vector<std::unique_ptr<caller>>;

inline constexpr std::size_t most_callers = 20'000;

/// One caller a folder in `folder`, by name: cert.pem and key.pem in each, and client.json (its
/// client_id and client_secret, as a sandbox writes it) or a file `token`. Throws
/// std::runtime_error naming the folder in which something is missing.
caller_list read_callers(const std::string& folder);

/// What is in the file, without blanks at its end. Throws std::runtime_error.
std::string read_secret(const std::string& file);

/// client_id and client_secret from a client.json, provider_id if it has one. Throws
/// std::runtime_error.
void read_client(const std::string& file, caller& into);

}  // namespace glados::load
