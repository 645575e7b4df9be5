// The TLS settings of one listener: files, verification of client certificates, session tickets.
// Owned by a server; `fresh_session` and `reload` may be called from any thread. Connections made
// earlier keep the settings they began with, so a reload drops nobody.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <mutex>
#include <string>

#include "http/tls_files.hpp"

namespace glados::http {

struct ssl_deleter {
  void operator()(SSL* session) const { SSL_free(session); }
};
using ssl_ptr = std::unique_ptr<SSL, ssl_deleter>;

class tls_context {
 public:
  /// Reads the files; throws std::runtime_error naming the one that is unusable. `name` keeps the
  /// sessions of two listeners apart.
  tls_context(std::string name, tls_files files, pinned_lookup pinned);
  ~tls_context();
  tls_context(const tls_context&) = delete;
  tls_context& operator=(const tls_context&) = delete;

  /// Reads the files anew. New handshakes see the new certificate, authorities and CRL; tickets of
  /// before no longer resume. Throws like the constructor and then changes nothing.
  void reload();
  void reload(tls_files files);

  /// A server-side TLS session on a socket, ready for its handshake.
  ssl_ptr fresh_session(int descriptor);

  /// Who finished this handshake. False if the client may not stay (its pin was taken away since
  /// its session began).
  bool identify(SSL* session, client_identity& client) const;

  /// Whether a failed check of the chain is made good by a pin; called by the verification.
  bool accepts_pinned(X509_STORE_CTX* store) const;

 private:
  std::shared_ptr<SSL_CTX> build(const tls_files& files) const;

  const std::string name_;
  const pinned_lookup pinned_;
  mutable std::mutex mutex_;
  tls_files files_;                   ///< guarded by mutex_
  std::shared_ptr<SSL_CTX> current_;  ///< guarded by mutex_
};

}  // namespace glados::http
