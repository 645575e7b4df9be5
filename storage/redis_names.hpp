// The Redis side of names_store; see redis_ports.hpp.
#pragma once

#include "storage/names_store.hpp"
#include "storage/redis_client.hpp"

namespace glados::storage {

class redis_names final : public names_store {
 public:
  explicit redis_names(redis_client& client) : client_(client) {}
  void rename_records(renaming step, reply<std::size_t> done) override;
  void end_renaming(const fence& by, std::uint8_t from, std::uint8_t to, reply<bool> done) override;
  void report_keys(const std::string& incarnation, const index_checks& keys,
                   reply<bool> done) override;
  void activate_key(std::uint8_t version, const index_checks& mine,
                    reply<activation_answer> done) override;
  void settle_key(std::uint8_t version, reply<bool> done) override;

 private:
  redis_client& client_;
};

/// The checks of keys as Redis keeps them: 16 bytes each, one behind the other.
std::string encode(const index_checks& keys);
index_checks decode_checks(std::string_view bytes);

}  // namespace glados::storage
