#include "http/tls_context.hpp"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstring>
#include <stdexcept>

#include "http/ticket_keys.hpp"

namespace glados::http {

namespace {

constexpr int chain_depth = 4;
constexpr std::size_t common_name_limit = 128;

[[noreturn]] void unusable(const std::string& what, const std::string& file) {
  ERR_clear_error();
  throw std::runtime_error("unusable " + what + ": " + file);
}

int on_verify(int fine, X509_STORE_CTX* store) {
  if (fine)
    return 1;
  const auto* session =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  const auto* self = static_cast<tls_context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(session)));
  return self->accepts_pinned(store) ? 1 : 0;
}

bool thumbprint_of(const X509* certificate, thumbprint& print) {
  unsigned size = 0;
  return X509_digest(certificate, EVP_sha256(), print.data(), &size) == 1 && size == print.size();
}

std::string common_name_of(const X509* certificate) {
  const auto* subject = X509_get_subject_name(certificate);
  const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
  if (at < 0)
    return {};
  unsigned char* text = nullptr;
  const int size =
      ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)));
  if (size < 0)
    return {};
  std::string name(reinterpret_cast<char*>(text), static_cast<std::size_t>(size));
  OPENSSL_free(text);
  if (name.size() > common_name_limit || name.find('\0') != name.npos)
    return {};
  return name;
}

void load_identity(SSL_CTX* context, const tls_files& files) {
  if (SSL_CTX_use_certificate_chain_file(context, files.certificate.c_str()) != 1)
    unusable("certificate", files.certificate);
  if (SSL_CTX_use_PrivateKey_file(context, files.key.c_str(), SSL_FILETYPE_PEM) != 1)
    unusable("private key", files.key);
  if (SSL_CTX_check_private_key(context) != 1)
    unusable("private key (it does not fit the certificate)", files.key);
}

void load_authorities(SSL_CTX* context, const tls_files& files, bool name_them) {
  if (SSL_CTX_load_verify_locations(context, files.client_ca.c_str(), nullptr) != 1)
    unusable("client authority", files.client_ca);
  if (name_them) {
    auto* names = SSL_load_client_CA_file(files.client_ca.c_str());
    if (!names)
      unusable("client authority", files.client_ca);
    SSL_CTX_set_client_CA_list(context, names);
  }
  if (files.crl.empty())
    return;
  auto* store = SSL_CTX_get_cert_store(context);
  auto* lookup = X509_STORE_add_lookup(store, X509_LOOKUP_file());
  if (!lookup || X509_load_crl_file(lookup, files.crl.c_str(), X509_FILETYPE_PEM) < 1)
    unusable("revocation list", files.crl);
  X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK);
}

void set_protocol(SSL_CTX* context, const tls_files& files) {
  SSL_CTX_set_min_proto_version(context, files.only_tls13 ? TLS1_3_VERSION : TLS1_2_VERSION);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20");
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_max_cert_list(context, 32 * 1024);
}

void set_sessions(SSL_CTX* context, const std::string& name) {
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets only: no state to keep
  SSL_CTX_set_timeout(context, std::chrono::seconds(ticket_keys::lifetime).count());
  thumbprint id{};
  unsigned size = 0;
  EVP_Digest(name.data(), name.size(), id.data(), &size, EVP_sha256(), nullptr);
  if (SSL_CTX_set_session_id_context(context, id.data(), size) != 1)
    throw std::runtime_error("cannot set the session id context");
  ticket_keys::install(context);
}

}  // namespace

tls_context::tls_context(std::string name, tls_files files, pinned_lookup pinned)
    : name_(std::move(name)), pinned_(std::move(pinned)), files_(std::move(files)) {
  current_ = build(files_);
}

tls_context::~tls_context() = default;

std::shared_ptr<SSL_CTX> tls_context::build(const tls_files& files) const {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context)
    throw std::runtime_error("no TLS context");
  set_protocol(context.get(), files);
  load_identity(context.get(), files);
  // Clients choose their certificate by the names we send: with pins we can send none.
  load_authorities(context.get(), files, !pinned_);
  SSL_CTX_set_app_data(context.get(), const_cast<tls_context*>(this));
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, on_verify);
  SSL_CTX_set_verify_depth(context.get(), chain_depth);
  set_sessions(context.get(), name_);
  return context;
}

void tls_context::reload() {
  tls_files files;
  {
    std::lock_guard guard(mutex_);
    files = files_;
  }
  reload(std::move(files));
}

void tls_context::reload(tls_files files) {
  auto fresh = build(files);
  std::lock_guard guard(mutex_);
  files_ = std::move(files);
  current_.swap(fresh);
}

ssl_ptr tls_context::fresh_session(int descriptor) {
  std::shared_ptr<SSL_CTX> context;
  {
    std::lock_guard guard(mutex_);
    context = current_;
  }
  ssl_ptr session(SSL_new(context.get()));
  if (session && SSL_set_fd(session.get(), descriptor) == 1)
    SSL_set_accept_state(session.get());
  else
    session.reset();
  return session;
}

// A pin replaces the authority's signature and nothing else: dates, purpose and key strength are
// still checked. A self-signed certificate has no authority and so no revocation list either.
bool tls_context::accepts_pinned(X509_STORE_CTX* store) const {
  if (!pinned_ || X509_STORE_CTX_get_error_depth(store) != 0)
    return false;
  const int why = X509_STORE_CTX_get_error(store);
  auto* leaf = X509_STORE_CTX_get_current_cert(store);
  const bool self_signed = leaf && (X509_get_extension_flags(leaf) & EXFLAG_SS) != 0;
  if (!self_signed ||
      (why != X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT && why != X509_V_ERR_UNABLE_TO_GET_CRL))
    return false;
  thumbprint print{};
  return thumbprint_of(leaf, print) && pinned_(print);
}

bool tls_context::identify(SSL* session, client_identity& client) const {
  const auto* leaf = SSL_get0_peer_certificate(session);
  if (!leaf || !thumbprint_of(leaf, client.certificate))
    return false;
  client.common_name = common_name_of(leaf);
  client.chain_verified = SSL_get_verify_result(session) == X509_V_OK;
  client.resumed = SSL_session_reused(session) == 1;
  return client.chain_verified || (pinned_ && pinned_(client.certificate));
}

}  // namespace glados::http
