// The low-level SHA-256 functions are marked deprecated in OpenSSL 3, but they are the only ones
// whose state is a plain struct. Measured on this library's 3.0: HMAC of 20 bytes 103 ns with them,
// 240 ns with EVP_MD_CTX_copy_ex, more with EVP_MAC. They stay inside this file.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "crypto/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/sha.h>

#include <algorithm>

namespace glados::crypto {

digest32 sha256(std::string_view text) {
  SHA256_CTX context;
  digest32 out;
  SHA256_Init(&context);
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(out.data(), &context);
  return out;
}

bool equal_constant_time(bytes_view a, bytes_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

digest16 truncate(const digest32& whole) {
  digest16 half;
  std::copy_n(whole.begin(), half.size(), half.begin());
  return half;
}

void cleanse(std::span<std::uint8_t> bytes) { OPENSSL_cleanse(bytes.data(), bytes.size()); }
void cleanse(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

secret32::secret32(std::span<const std::uint8_t, 32> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

secret32::secret32(secret32&& other) noexcept : bytes_(other.bytes_) { cleanse(other.bytes_); }

secret32& secret32::operator=(secret32&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    cleanse(other.bytes_);
  }
  return *this;
}

secret32::~secret32() { cleanse(bytes_); }

struct hmac_key::state {
  SHA256_CTX inner;
  SHA256_CTX outer;
};

void hmac_key::wipe::operator()(state* gone) const noexcept {
  OPENSSL_cleanse(gone, sizeof(*gone));
  delete gone;
}

hmac_key::hmac_key(bytes_view key) : state_(new state) {
  std::array<std::uint8_t, SHA256_CBLOCK> block{};
  if (key.size() > block.size()) {
    SHA256_Init(&state_->inner);
    SHA256_Update(&state_->inner, key.data(), key.size());
    SHA256_Final(block.data(), &state_->inner);
  } else {
    std::copy(key.begin(), key.end(), block.begin());
  }
  for (auto& byte : block) byte ^= 0x36;
  SHA256_Init(&state_->inner);
  SHA256_Update(&state_->inner, block.data(), block.size());
  for (auto& byte : block) byte ^= 0x36 ^ 0x5c;
  SHA256_Init(&state_->outer);
  SHA256_Update(&state_->outer, block.data(), block.size());
  OPENSSL_cleanse(block.data(), block.size());
}

hmac_key::hmac_key(hmac_key&&) noexcept = default;
hmac_key& hmac_key::operator=(hmac_key&&) noexcept = default;
hmac_key::~hmac_key() = default;

digest32 hmac_key::operator()(std::initializer_list<std::string_view> parts) const {
  digest32 out;
  SHA256_CTX context = state_->inner;
  for (const auto part : parts) {
    const auto size = static_cast<std::uint32_t>(part.size());
    const std::array<std::uint8_t, 4> prefix{
        static_cast<std::uint8_t>(size >> 24), static_cast<std::uint8_t>(size >> 16),
        static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size)};
    SHA256_Update(&context, prefix.data(), prefix.size());
    SHA256_Update(&context, part.data(), part.size());
  }
  SHA256_Final(out.data(), &context);
  context = state_->outer;
  SHA256_Update(&context, out.data(), out.size());
  SHA256_Final(out.data(), &context);  // Final wipes the context
  return out;
}

digest32 hmac_key::raw(bytes_view message) const {
  digest32 out;
  SHA256_CTX context = state_->inner;
  SHA256_Update(&context, message.data(), message.size());
  SHA256_Final(out.data(), &context);
  context = state_->outer;
  SHA256_Update(&context, out.data(), out.size());
  SHA256_Final(out.data(), &context);
  return out;
}

}  // namespace glados::crypto
