#include "http/ticket_keys.hpp"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>
#include <memory>
#include <stdexcept>

namespace glados::http {

namespace {

void free_ring(void*, void* ring, CRYPTO_EX_DATA*, int, long, void*) {
  delete static_cast<ticket_keys*>(ring);
}

int ring_index() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_ring);
  return index;
}

int on_ticket(SSL* session, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
              EVP_MAC_CTX* mac, int seal) {
  auto* ring =
      static_cast<ticket_keys*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(session), ring_index()));
  return ring ? ring->apply(name, iv, cipher, mac, seal == 1) : -1;
}

}  // namespace

ticket_keys::ticket_keys() {
  if (!fill(current_) || !fill(previous_))
    throw std::runtime_error("no random bytes for ticket keys");
}

ticket_keys::~ticket_keys() {
  OPENSSL_cleanse(&current_, sizeof current_);
  OPENSSL_cleanse(&previous_, sizeof previous_);
}

bool ticket_keys::fill(key& fresh) {
  return RAND_bytes(fresh.name.data(), static_cast<int>(fresh.name.size())) == 1 &&
         RAND_priv_bytes(fresh.cipher.data(), static_cast<int>(fresh.cipher.size())) == 1 &&
         RAND_priv_bytes(fresh.mac.data(), static_cast<int>(fresh.mac.size())) == 1;
}

bool ticket_keys::rotate_if_old() {
  const auto now = std::chrono::steady_clock::now();
  if (now - born_ < lifetime)
    return true;
  previous_ = current_;
  born_ = now;
  return fill(current_);
}

void ticket_keys::install(SSL_CTX* context) {
  auto ring = std::make_unique<ticket_keys>();
  if (SSL_CTX_set_ex_data(context, ring_index(), ring.get()) != 1)
    throw std::runtime_error("cannot keep ticket keys");
  ring.release();
  SSL_CTX_set_tlsext_ticket_key_evp_cb(context, on_ticket);
}

int ticket_keys::apply(unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, bool seal) {
  std::lock_guard guard(mutex_);
  if (!rotate_if_old())
    return -1;
  key* chosen = &current_;
  if (seal) {
    std::copy(current_.name.begin(), current_.name.end(), name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1)
      return -1;
  } else if (CRYPTO_memcmp(name, current_.name.data(), current_.name.size()) != 0) {
    chosen = &previous_;
    if (CRYPTO_memcmp(name, previous_.name.data(), previous_.name.size()) != 0)
      return 0;  // not ours: a full handshake follows
  }
  char digest[] = "SHA256";
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, chosen->mac.data(), chosen->mac.size()),
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_END};
  if (EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, chosen->cipher.data(), iv,
                        seal ? 1 : 0) != 1 ||
      EVP_MAC_CTX_set_params(mac, parameters) != 1)
    return -1;
  return chosen == &current_ ? 1 : 2;  // 2: opened, and give the client a new ticket
}

}  // namespace glados::http
