#include "admin/audit_keys.hpp"

#include <algorithm>
#include <optional>

#include "crypto/encoding.hpp"
#include "domain/audit.hpp"

namespace glados::admin {
namespace {

template <class Array>
std::optional<Array> bytes_of(const std::string& text) {
  const auto bytes = crypto::unbase64url(text);
  Array out{};
  if (!bytes || bytes->size() != out.size())
    return {};
  std::copy(bytes->begin(), bytes->end(), out.begin());
  return out;
}

/// RFC 7638.
std::string thumbprint(const std::string& x) {
  return crypto::base64url(crypto::sha256(R"({"crv":"Ed25519","kty":"OKP","x":")" + x + "\"}"));
}

bool good_signature(const crypto::public_key32& by, const std::string& text,
                    const std::string& signature) {
  const auto bytes = bytes_of<crypto::signature64>(signature);
  return bytes && crypto::verify(by, text, *bytes);
}

}  // namespace

std::string audit_keys::take(const value& told, const value& known) {
  for (const auto& kid : known.names()) {
    const auto& x = known.at(kid).text();
    const auto key = bytes_of<crypto::public_key32>(x);
    if (!key || thumbprint(x) != kid)
      return "what is known from before holds no key " + kid;
    keys_.emplace(kid, *key);
  }
  for (const auto& one : told.at("keys").items()) {
    const auto& kid = one.at("kid").text();
    const auto key = bytes_of<crypto::public_key32>(one.at("x").text());
    if (!key || thumbprint(one.at("x").text()) != kid)
      return "a key is not the one that its kid says";
    const auto& by = one.at("introduced_by");
    const auto from = keys_.find(by.at("kid").text());
    const bool introduced = from != keys_.end() && good_signature(from->second, audit_key_text(kid),
                                                                  by.at("signature").text());
    if (keys_.contains(kid) || keys_.empty() || introduced)
      keys_.emplace(kid, *key);
  }
  return keys_.empty() ? "the service names no key" : "";
}

std::string audit_keys::check(const value& head, const std::string& at) const {
  const auto key = keys_.find(head.at("kid").text());
  if (key == keys_.end())
    return "is signed by a key that nobody known has introduced";
  const auto& digits = head.at("sequence").text();  // a text within the chain, a number outside
  const auto text = audit_head_text(value::digits(digits).count(), head.at("hash").text(), at);
  return good_signature(key->second, text, head.at("signature").text())
             ? ""
             : "has a signature that does not fit";
}

value audit_keys::believed() const {
  auto out = value::object();
  for (const auto& [kid, key] : keys_) out.put(kid, crypto::base64url(key));
  return out;
}

}  // namespace glados::admin
