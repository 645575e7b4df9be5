// Names of the files a listener's TLS is made of, and the question it asks about unknown
// certificates. No OpenSSL in here.
#pragma once

#include <functional>
#include <string>

#include "http/message.hpp"

namespace glados::http {

struct tls_files {
  std::string certificate;  ///< PEM, leaf first, then intermediates
  std::string key;          ///< PEM
  std::string client_ca;    ///< PEM, one or more authorities
  std::string crl;          ///< PEM, one list for every authority in client_ca; empty: none checked
  bool only_tls13 = false;  ///< refuse TLS 1.2
};

/// Whether a self-signed client certificate is accepted. Called on the acceptor's thread during
/// handshakes: must be quick, must not block. Empty: only certificates of the authority.
using pinned_lookup = std::function<bool(const thumbprint&)>;

}  // namespace glados::http
