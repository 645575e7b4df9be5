// The names of records and the seals that are bound to them, with the service's keys. Owned by the
// service.
#pragma once

#include "actors/node_context.hpp"
#include "crypto/key_ring.hpp"
#include "http/api.hpp"

namespace glados::app {

class name_vault final : public actors::name_vault {
 public:
  explicit name_vault(crypto::key_ring& keys) : keys_(keys) {}

  std::uint8_t newest() const override { return keys_.newest_index(); }
  index_checks checks() const override { return keys_.index_checks(); }
  void use(std::uint8_t layers) override { keys_.use_index(layers); }
  sii_key advance(const sii_key& key, std::uint8_t layers) const override {
    return {keys_.advance(key.value, key.layers, layers), layers};
  }
  std::string reseal(shard_id shard, const sii_key& from, const sii_key& to,
                     const std::string& provider_id, const std::string& user) const override {
    auto plain =
        keys_.shard_sealer(shard, from.layers).open(user, http::user_aad(from, provider_id));
    if (!plain)
      return user;
    auto out = keys_.shard_sealer(shard, to.layers)
                   .seal_deterministic(*plain, http::user_aad(to, provider_id));
    crypto::cleanse(*plain);
    return out;
  }

 private:
  crypto::key_ring& keys_;
};

}  // namespace glados::app
