// All that the service computes with its long-lived keys: where an identifier lives, the names of
// things, the tags of codes, the sealers.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "crypto/digest.hpp"
#include "crypto/ed25519.hpp"
#include "crypto/key_files.hpp"
#include "crypto/random.hpp"
#include "crypto/seal.hpp"

namespace glados::crypto {

inline constexpr std::size_t shard_count = 1024;

/// Where the record of an identifier is kept. Holds no identifier, but over lookups it is a
/// pseudonym: not for logs.
struct sii_place {
  std::uint16_t shard = 0;         ///< 0..1023; never changes
  std::uint8_t index_version = 0;  ///< how many layers `key` has, from 1
  digest16 key{};                  ///< the record's name within the shard

  bool operator==(const sii_place&) const = default;
};

/// What a mapping id says to those who hold the key.
struct mapping_id_parts {
  std::uint16_t shard = 0;
  std::uint8_t version = 0;
  digest16 key{};
  std::uint32_t salt = 0;  ///< tells apart the mappings of one identifier

  bool operator==(const mapping_id_parts&) const = default;
};

/// The service's keys. Made once at start, owned by `main`, shared by reference; every const
/// member, and `use_index`, may be called from any thread at once; the keys are cleansed when it
/// ends. Move-only, and nothing in it can be printed.
class key_ring {
 public:
  explicit key_ring(key_material keys);
  key_ring(key_ring&&) noexcept;
  key_ring& operator=(key_ring&&) noexcept;
  ~key_ring();

  /// See `read_keys` for names, forms and refusals.
  static std::optional<key_ring> load(const key_source& source, std::vector<std::string>& errors);
  /// Fresh keys, written to `folder` first; see `write_keys`.
  static std::optional<key_ring> create_in(const std::string& folder, random_source& random,
                                           std::vector<std::string>& errors);

  /// For a canonical identifier (`tel:+...`, `mailto:...`), under the version in use.
  sii_place place(std::string_view canonical) const;
  /// The same under any version from 1 to the newest.
  sii_place place_at(std::string_view canonical, std::uint8_t version) const;
  /// Adds the layers after `version`, up to `to` (the newest, unless it is named), to a record's
  /// name: how a rotation renames records without knowing whose they are.
  digest16 advance(const digest16& key, std::uint8_t version) const;
  digest16 advance(const digest16& key, std::uint8_t version, std::uint8_t to) const;
  std::uint8_t newest_index() const;

  /// By how many index keys names are made for now: one, until the directory is known to have
  /// come further. Never falls.
  std::uint8_t index_in_use() const;
  void use_index(std::uint8_t version);
  /// One value an index key. Two rings whose first n keys are equal, the placement key and later
  /// seal keys that go with them too, and only they, have n equal values.
  std::vector<digest16> index_checks() const;
  /// Takes over the index keys that `fresh` has beyond this ring's, with their seal keys. False,
  /// and nothing is taken, if it lacks one of this ring's or has another instead. Only one thread
  /// may call it at a time.
  bool extend_index(key_ring&& fresh, std::string& why);

  /// Seals what belongs to a record whose name has `layers` layers: a seal key counts from the
  /// index key that it came with. `shard` is 0..1023.
  const sealer& shard_sealer(std::uint16_t shard, std::uint8_t layers) const;
  /// Opens what a sealer of the shard sealed under whichever key.
  std::optional<std::string> open_in_shard(std::uint16_t shard, std::string_view sealed,
                                           std::string_view aad) const;
  /// Seals for one provider with the seal key of the index key in use; opens with every one. A
  /// sealer is made on first use and kept.
  std::string seal_for(std::string_view provider_id, std::string_view plain, std::string_view aad,
                       random_source& random) const;
  std::optional<std::string> open_for(std::string_view provider_id, std::string_view sealed,
                                      std::string_view aad) const;

  digest16 code_tag(std::string_view verification_id, std::string_view code) const;
  digest16 user_tag(std::string_view verification_id, std::string_view user_id) const;
  digest16 idempotency_tag(std::string_view provider_id, std::string_view key) const;
  digest16 request_fingerprint(std::string_view method, std::string_view path,
                               std::string_view body) const;
  /// Names a number prefix in budgets; 0 for the empty one and for no other.
  std::uint64_t prefix_tag(std::string_view prefix) const;
  /// Names a registrable mail domain among a provider's users; 0 for the empty one and for no
  /// other.
  std::uint64_t mail_domain_tag(std::string_view domain) const;
  /// One link of the audit's chain.
  digest32 audit_link(const digest32& previous, std::string_view record) const;
  /// Sign the head of the audit, oldest first: the last one signs, all are published.
  const std::vector<signing_key>& audit_signers() const;
  const signing_key& audit_signer() const { return audit_signers().back(); }
  /// Sign attestations, oldest first: the last one signs, all are published.
  const std::vector<signing_key>& attest_signers() const;

  /// 'm' + shard letters + 50 characters that only this ring can make or read. Deterministic: the
  /// same parts give the same id.
  std::string mapping_id(const mapping_id_parts& parts) const;
  /// Nothing for every id that this ring did not make.
  std::optional<mapping_id_parts> parse_mapping_id(std::string_view id) const;

 private:
  struct state;
  std::shared_ptr<const sealer> provider_sealer(std::size_t generation,
                                                std::string_view provider_id) const;
  std::unique_ptr<state> state_;
};

/// 'v' + shard letters + 22 characters of 128 random bits.
std::string new_verification_id(std::uint16_t shard, random_source& random);

/// 'c' + shard letters + 22 characters of 128 random bits.
std::string new_change_id(std::uint16_t shard, random_source& random);

/// The shard of any id that begins with a lower-case letter and the shard letters and goes on in
/// `[A-Za-z0-9_-]`, at most 64 characters in all. Says nothing about whether the id exists.
std::optional<std::uint16_t> shard_of_id(std::string_view id);

}  // namespace glados::crypto
