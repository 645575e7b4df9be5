// The registry's seals and the audit's hash, with the service's keys. Owned by the service.
#pragma once

#include "actors/node_context.hpp"
#include "crypto/key_ring.hpp"
#include "crypto/random.hpp"

namespace glados::app {

class vault final : public actors::registry_vault {
 public:
  vault(const crypto::key_ring& keys, crypto::random_source& random)
      : keys_(keys), random_(random) {}

  std::string seal(std::string_view plain, std::string_view name) const override {
    return keys_.seal_for(registry, plain, name, random_);
  }
  std::string open(std::string_view sealed, std::string_view name) const override {
    return keys_.open_for(registry, sealed, name).value_or(std::string{});
  }
  bytes32 sha256(std::string_view bytes) const override { return crypto::sha256(bytes); }
  sii_key newest_name(const sii_key& key) const override {
    const auto newest = keys_.newest_index();
    return {keys_.advance(key.value, key.layers, newest), newest};
  }
  std::uint64_t mail_domain_tag(std::string_view domain) const override {
    return keys_.mail_domain_tag(domain);
  }

 private:
  static constexpr std::string_view registry = "registry";

  const crypto::key_ring& keys_;
  crypto::random_source& random_;
};

}  // namespace glados::app
