#include "crypto/ed25519.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <stdexcept>

namespace glados::crypto {

namespace {

struct free_context {
  void operator()(EVP_MD_CTX* gone) const { EVP_MD_CTX_free(gone); }
};
using context_ptr = std::unique_ptr<EVP_MD_CTX, free_context>;

EVP_PKEY* pkey(void* key) { return static_cast<EVP_PKEY*>(key); }

int no_passphrase(char*, int, int, void*) { return -1; }  // else OpenSSL asks on the terminal

}  // namespace

void signing_key::release::operator()(void* key) const noexcept { EVP_PKEY_free(pkey(key)); }

signing_key::signing_key(handle key) : key_(std::move(key)) {}

signing_key::signing_key(std::span<const std::uint8_t, 32> seed)
    : key_(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size())) {
  if (!key_)
    throw std::runtime_error("Ed25519 is not available");
}

signing_key signing_key::generate(random_source& random) {
  secret32 seed;
  random.fill(seed.writable());
  return signing_key(seed.bytes());
}

std::optional<signing_key> signing_key::from_pem(std::string_view pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), &BIO_free);
  handle key(in ? PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_id(pkey(key.get())) != EVP_PKEY_ED25519) {
    ERR_clear_error();
    return std::nullopt;
  }
  return signing_key(std::move(key));
}

signature64 signing_key::sign(std::string_view message) const {
  signature64 signature;
  std::size_t size = signature.size();
  const auto text = as_bytes(message);
  const context_ptr context(EVP_MD_CTX_new());
  if (!context ||
      EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, pkey(key_.get())) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, text.data(), text.size()) != 1)
    throw std::runtime_error("signing failed");
  return signature;
}

public_key32 signing_key::public_key() const {
  public_key32 out;
  std::size_t size = out.size();
  if (EVP_PKEY_get_raw_public_key(pkey(key_.get()), out.data(), &size) != 1)
    throw std::runtime_error("no public key");
  return out;
}

bool verify(const public_key32& key, std::string_view message, const signature64& signature) {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> holder(
      EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size()),
      &EVP_PKEY_free);
  const context_ptr context(EVP_MD_CTX_new());
  const auto text = as_bytes(message);
  const bool good =
      holder && context &&
      EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, holder.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(),
                       text.size()) == 1;
  if (!good)
    ERR_clear_error();
  return good;
}

}  // namespace glados::crypto
