#include "crypto/key_ring.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>

#include "crypto/hkdf.hpp"

namespace glados::crypto {

namespace {

constexpr std::size_t provider_cache_limit = 4096;
constexpr std::size_t max_id = 64;
constexpr std::size_t max_index_keys = 255;
constexpr std::string_view check_text = "glados placement check";
constexpr std::string_view seal_check = "glados seal check";

// version, key, salt; then the tag that is also the initial vector
constexpr std::size_t payload_size = 1 + 16 + 4;
constexpr std::size_t tag_size = 16;
constexpr std::size_t mapping_id_size = 3 + ((payload_size + tag_size) * 4 + 2) / 3;

using payload = std::array<std::uint8_t, payload_size>;

std::string_view text_of(bytes_view bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

hmac_key derived_hmac(const secret32& master, std::string_view info) {
  return hmac_key(derive_key(master.bytes(), info).bytes());
}

sealer derived_sealer(const secret32& master, const std::string& info) {
  return sealer(derive_key(master.bytes(), info).bytes());
}

payload pack(const mapping_id_parts& parts) {
  payload out{};
  out[0] = parts.version;
  std::copy(parts.key.begin(), parts.key.end(), out.begin() + 1);
  for (int i = 0; i < 4; ++i)
    out[17 + static_cast<std::size_t>(i)] = static_cast<std::uint8_t>(parts.salt >> (24 - 8 * i));
  return out;
}

mapping_id_parts unpack(std::uint16_t shard, const payload& in) {
  mapping_id_parts parts;
  parts.shard = shard;
  parts.version = in[0];
  std::copy_n(in.begin() + 1, parts.key.size(), parts.key.begin());
  for (std::size_t i = 17; i < in.size(); ++i) parts.salt = parts.salt << 8 | in[i];
  return parts;
}

bool id_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-';
}

/// The first eight bytes, never 0.
std::uint64_t short_tag(const digest32& from) {
  std::uint64_t out = 0;
  for (std::size_t i = 0; i < sizeof out; ++i) out = out << 8 | from[i];
  return out == 0 ? 1 : out;
}

/// The sealers of one seal key.
struct generation {
  generation(std::uint8_t since_layer, secret32 from)
      : since(since_layer), master(std::move(from)) {
    shards.reserve(shard_count);
    for (std::size_t i = 0; i < shard_count; ++i)
      shards.push_back(derived_sealer(master, "glados shard " + std::to_string(i)));
  }

  std::uint8_t since;  // the index key that it came with
  secret32 master;
  std::vector<sealer> shards;
};

}  // namespace

struct key_ring::state {
  explicit state(key_material keys)
      : placement(keys.placement.bytes()),
        code(keys.code.bytes()),
        idempotency(keys.idempotency.bytes()),
        destination(derived_hmac(keys.seal, "glados destination prefix")),
        mail_domain(derived_hmac(keys.seal, "glados mail domain")),
        audit(derived_hmac(keys.audit, "glados audit chain")),
        id_tag(derived_hmac(keys.seal, "glados mapping id tag")),
        id_stream(derived_hmac(keys.seal, "glados mapping id stream")) {
    if (keys.index.empty() || keys.index.size() > max_index_keys)
      throw std::invalid_argument("a key ring needs 1 to 255 index keys");
    index.reserve(max_index_keys);  // never moved, nor is `seals`: others read while one is added
    seals.reserve(max_index_keys);
    for (const auto& key : keys.index) index.emplace_back(key.bytes());
    newest = static_cast<std::uint8_t>(index.size());
    for (const auto& key : keys.attest) attest.emplace_back(key.bytes());
    add_audit_signer(keys.audit);
    for (const auto& key : keys.audit_next) add_audit_signer(key);
    if (attest.empty())
      throw std::invalid_argument("a key ring needs an attestation key");
    add_seal({1, std::move(keys.seal)});
    for (auto& [since, key] : keys.later_seals) add_seal({since, std::move(key)});
  }

  void add_seal(generation&& made) {
    seals.push_back(std::move(made));
    sealed_by.store(seals.size(), std::memory_order_release);
  }

  /// The number of the seal key that counts for names of `layers` layers.
  std::size_t generation_of(std::uint8_t layers) const {
    auto i = sealed_by.load(std::memory_order_acquire);
    while (i > 1 && seals[i - 1].since > layers) --i;
    return i - 1;
  }

  /// The name of the constant that comes after `previous`: it tells apart rings with another index
  /// key of this number, with another seal key beside it, or with none.
  digest16 next_check(const digest16& previous, std::size_t number) const {
    const auto& key = index[number - 1];
    const auto& seal = seals[generation_of(static_cast<std::uint8_t>(number))];
    if (seal.since != number || number == 1)
      return truncate(key({text_of(previous)}));
    const auto beside = derived_hmac(seal.master, seal_check)({text_of(previous)});
    return truncate(key({text_of(previous), text_of(beside)}));
  }

  void add_audit_signer(const secret32& from) {
    audit_signers.emplace_back(derive_key(from.bytes(), "glados audit ed25519").bytes());
  }

  digest16 tag_of(std::uint16_t shard, const payload& content) const {
    const std::array<std::uint8_t, 2> where{static_cast<std::uint8_t>(shard >> 8),
                                            static_cast<std::uint8_t>(shard)};
    return truncate(id_tag({text_of(where), text_of(content)}));
  }

  // XOR, so the same call encrypts and decrypts
  void apply_stream(const digest16& tag, payload& content) const {
    const auto stream = id_stream({text_of(tag)});
    for (std::size_t i = 0; i < content.size(); ++i) content[i] ^= stream[i];
  }

  hmac_key placement;
  std::vector<hmac_key> index;  // only the first `newest` are looked at
  std::atomic<std::uint8_t> newest{0};
  std::atomic<std::uint8_t> in_use{1};
  hmac_key code;
  hmac_key idempotency;
  hmac_key destination;
  hmac_key mail_domain;
  hmac_key audit;
  std::vector<signing_key> audit_signers;
  std::vector<signing_key> attest;
  hmac_key id_tag;
  hmac_key id_stream;
  std::vector<generation> seals;  // oldest first; only the first `sealed_by` are looked at
  std::atomic<std::size_t> sealed_by{0};

  std::shared_mutex guard;  // of the cache below
  std::map<std::pair<std::size_t, std::string>, std::shared_ptr<const sealer>> providers;
};

key_ring::key_ring(key_material keys) : state_(std::make_unique<state>(std::move(keys))) {}
key_ring::key_ring(key_ring&&) noexcept = default;
key_ring& key_ring::operator=(key_ring&&) noexcept = default;
key_ring::~key_ring() = default;

std::optional<key_ring> key_ring::load(const key_source& source, std::vector<std::string>& errors) {
  auto keys = read_keys(source, errors);
  if (!keys)
    return std::nullopt;
  return key_ring(std::move(*keys));
}

std::optional<key_ring> key_ring::create_in(const std::string& folder, random_source& random,
                                            std::vector<std::string>& errors) {
  auto keys = random_keys(random);
  if (!write_keys(folder, keys, errors))
    return std::nullopt;
  return key_ring(std::move(keys));
}

sii_place key_ring::place(std::string_view canonical) const {
  return place_at(canonical, index_in_use());
}

sii_place key_ring::place_at(std::string_view canonical, std::uint8_t version) const {
  if (version == 0 || version > newest_index())
    throw std::out_of_range("no index key of this version");
  const auto inner = state_->placement({canonical});
  sii_place where;
  where.shard = static_cast<std::uint16_t>(inner[0] << 2 | inner[1] >> 6);
  where.index_version = version;
  where.key = truncate(state_->index[0]({text_of(inner)}));
  // each layer covers the 16 stored bytes, not the longer hash: a rotation has nothing else
  for (std::uint8_t i = 1; i < version; ++i)
    where.key = truncate(state_->index[i]({text_of(where.key)}));
  return where;
}

digest16 key_ring::advance(const digest16& key, std::uint8_t version) const {
  return advance(key, version, newest_index());
}

digest16 key_ring::advance(const digest16& key, std::uint8_t version, std::uint8_t to) const {
  if (version == 0 || to > newest_index())
    throw std::out_of_range("no index key of this version");
  auto moved = key;
  for (std::size_t i = version; i < to; ++i) moved = truncate(state_->index[i]({text_of(moved)}));
  return moved;
}

std::uint8_t key_ring::newest_index() const {
  return state_->newest.load(std::memory_order_acquire);
}

std::uint8_t key_ring::index_in_use() const {
  return state_->in_use.load(std::memory_order_acquire);
}

void key_ring::use_index(std::uint8_t version) {
  if (version > newest_index())
    throw std::out_of_range("no index key of this version");
  auto now = index_in_use();
  while (now < version && !state_->in_use.compare_exchange_weak(now, version)) {
  }
}

std::vector<digest16> key_ring::index_checks() const {
  std::vector<digest16> out{place_at(check_text, 1).key};
  while (out.size() < newest_index()) out.push_back(state_->next_check(out.back(), out.size() + 1));
  return out;
}

bool key_ring::extend_index(key_ring&& fresh, std::string& why) {
  const auto mine = index_checks();
  const auto theirs = fresh.index_checks();
  for (std::size_t i = 0; i < mine.size(); ++i)
    if (i >= theirs.size() || !equal_constant_time(mine[i], theirs[i])) {
      why = "index key " + std::to_string(i + 1) +
            (i >= theirs.size() ? " is missing"
                                : ", or the seal key that goes with it, is not the one in use");
      return false;
    }
  for (std::size_t i = mine.size(); i < theirs.size(); ++i) {
    state_->index.push_back(std::move(fresh.state_->index[i]));
    auto& seal = fresh.state_->seals[fresh.state_->generation_of(static_cast<std::uint8_t>(i + 1))];
    if (seal.since == i + 1)
      state_->add_seal(std::move(seal));
    state_->newest.store(static_cast<std::uint8_t>(i + 1), std::memory_order_release);
  }
  return true;
}

const sealer& key_ring::shard_sealer(std::uint16_t shard, std::uint8_t layers) const {
  return state_->seals[state_->generation_of(layers)].shards.at(shard);
}

std::optional<std::string> key_ring::open_in_shard(std::uint16_t shard, std::string_view sealed,
                                                   std::string_view aad) const {
  for (auto i = state_->sealed_by.load(std::memory_order_acquire); i > 0; --i)
    if (auto plain = state_->seals[i - 1].shards.at(shard).open(sealed, aad))
      return plain;
  return std::nullopt;
}

std::string key_ring::seal_for(std::string_view provider_id, std::string_view plain,
                               std::string_view aad, random_source& random) const {
  return provider_sealer(state_->generation_of(index_in_use()), provider_id)
      ->seal(plain, aad, random);
}

std::optional<std::string> key_ring::open_for(std::string_view provider_id, std::string_view sealed,
                                              std::string_view aad) const {
  for (auto i = state_->sealed_by.load(std::memory_order_acquire); i > 0; --i)
    if (auto plain = provider_sealer(i - 1, provider_id)->open(sealed, aad))
      return plain;
  return std::nullopt;
}

std::shared_ptr<const sealer> key_ring::provider_sealer(std::size_t generation,
                                                        std::string_view provider_id) const {
  const std::pair<std::size_t, std::string> name(generation, provider_id);
  {
    const std::shared_lock reading(state_->guard);
    if (auto found = state_->providers.find(name); found != state_->providers.end())
      return found->second;
  }
  auto made = std::make_shared<const sealer>(
      derived_sealer(state_->seals[generation].master, "glados provider " + name.second));
  const std::unique_lock writing(state_->guard);
  if (state_->providers.size() >= provider_cache_limit)
    state_->providers.clear();  // rare, and a miss costs microseconds
  return state_->providers.emplace(name, std::move(made)).first->second;
}

digest16 key_ring::code_tag(std::string_view verification_id, std::string_view code) const {
  return truncate(state_->code({"code", verification_id, code}));
}

digest16 key_ring::user_tag(std::string_view verification_id, std::string_view user_id) const {
  return truncate(state_->code({"user", verification_id, user_id}));
}

digest16 key_ring::idempotency_tag(std::string_view provider_id, std::string_view key) const {
  return truncate(state_->idempotency({"key", provider_id, key}));
}

digest16 key_ring::request_fingerprint(std::string_view method, std::string_view path,
                                       std::string_view body) const {
  return truncate(state_->idempotency({"request", method, path, body}));
}

std::uint64_t key_ring::prefix_tag(std::string_view prefix) const {
  return prefix.empty() ? 0 : short_tag(state_->destination({prefix}));
}

std::uint64_t key_ring::mail_domain_tag(std::string_view domain) const {
  return domain.empty() ? 0 : short_tag(state_->mail_domain({domain}));
}

digest32 key_ring::audit_link(const digest32& previous, std::string_view record) const {
  return state_->audit({text_of(previous), record});
}

const std::vector<signing_key>& key_ring::audit_signers() const { return state_->audit_signers; }
const std::vector<signing_key>& key_ring::attest_signers() const { return state_->attest; }

std::string key_ring::mapping_id(const mapping_id_parts& parts) const {
  auto content = pack(parts);
  const auto tag = state_->tag_of(parts.shard, content);
  state_->apply_stream(tag, content);
  std::array<std::uint8_t, tag_size + payload_size> whole;
  std::copy(content.begin(), content.end(), std::copy(tag.begin(), tag.end(), whole.begin()));
  std::string id = "m";
  id += shard_letters(parts.shard);
  id += base64url(whole);
  return id;
}

std::optional<mapping_id_parts> key_ring::parse_mapping_id(std::string_view id) const {
  if (id.size() != mapping_id_size || id[0] != 'm')
    return std::nullopt;
  const auto shard = shard_of_letters(id[1], id[2]);
  const auto whole = unbase64url(id.substr(3));
  if (!shard || !whole)
    return std::nullopt;
  const auto bytes = as_bytes(*whole);
  digest16 tag;
  payload content;
  std::copy_n(bytes.begin(), tag.size(), tag.begin());
  std::copy_n(bytes.begin() + tag_size, content.size(), content.begin());
  state_->apply_stream(tag, content);
  if (!equal_constant_time(tag, state_->tag_of(*shard, content)))
    return std::nullopt;
  return unpack(*shard, content);
}

std::string new_verification_id(std::uint16_t shard, random_source& random) {
  return "v" + shard_letters(shard) + random_token(random, 16);
}

std::string new_change_id(std::uint16_t shard, random_source& random) {
  return "c" + shard_letters(shard) + random_token(random, 16);
}

std::optional<std::uint16_t> shard_of_id(std::string_view id) {
  if (id.size() < 4 || id.size() > max_id || id[0] < 'a' || id[0] > 'z' ||
      !std::all_of(id.begin() + 3, id.end(), id_character))
    return std::nullopt;
  return shard_of_letters(id[1], id[2]);
}

}  // namespace glados::crypto
