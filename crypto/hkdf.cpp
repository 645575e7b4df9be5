#include "crypto/hkdf.hpp"

#include <algorithm>
#include <stdexcept>

namespace glados::crypto {

std::string hkdf(bytes_view key, std::string_view info, std::size_t length, bytes_view salt) {
  if (length > 255 * sizeof(digest32))
    throw std::invalid_argument("HKDF gives at most 8160 bytes");
  // an absent salt is 32 zero bytes, which HMAC pads an empty key to anyway
  auto pseudo_random = hmac_key(salt).raw(key);
  const hmac_key expand(pseudo_random);
  cleanse(pseudo_random);
  std::string out;
  out.reserve(length);
  std::string block;
  for (char counter = 1; out.size() < length; ++counter) {
    block.append(info);
    block.push_back(counter);
    auto next = expand.raw(as_bytes(block));
    block.assign(reinterpret_cast<const char*>(next.data()), next.size());
    out.append(block, 0, std::min(block.size(), length - out.size()));
    cleanse(next);
  }
  cleanse(block);
  return out;
}

secret32 derive_key(bytes_view key, std::string_view info) {
  auto raw = hkdf(key, info, 32);
  secret32 derived(as_bytes(raw).first<32>());
  cleanse(raw);
  return derived;
}

}  // namespace glados::crypto
