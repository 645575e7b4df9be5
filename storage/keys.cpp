#include "storage/keys.hpp"

namespace glados::storage::keys {

namespace {

std::string of_shard(shard_id shard, std::string_view rest) {
  return "{s" + std::to_string(shard) + "}:" + std::string(rest);
}

std::string of_provider(std::string_view provider, std::string_view rest) {
  std::string out = "{p:";
  out += provider;
  out += "}:";
  out += rest;
  return out;
}

}  // namespace

std::string hex(std::string_view bytes) {
  constexpr char digits[] = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (unsigned char byte : bytes) {
    out += digits[byte >> 4];
    out += digits[byte & 15];
  }
  return out;
}

std::string owner(shard_id shard) { return of_shard(shard, "own"); }

std::string mappings(shard_id shard, const sii_key& key) {
  const char bucket = static_cast<char>(key.value[0]);
  return of_shard(shard, "m:" + hex(std::string_view(&bucket, 1)));
}

std::string mapping_field(const sii_key& key) {
  return {reinterpret_cast<const char*>(key.value.data()), key.value.size()};
}

std::string verification(shard_id shard, std::string_view id) {
  return of_shard(shard, "v:" + std::string(id));
}

std::string code(shard_id shard, std::string_view id) {
  return of_shard(shard, "c:" + std::string(id));
}

std::string change(shard_id shard, std::string_view id) {
  return of_shard(shard, "ch:" + std::string(id));
}

std::string outbox(shard_id shard) { return of_shard(shard, "out"); }

std::string answer(shard_id shard, std::string_view provider, const bytes16& key_tag) {
  return of_shard(shard, "a:" + std::string(provider) + ":" + hex(key_tag));
}

std::string sessions(shard_id shard, const sii_key& key) {
  return of_shard(shard, "l:" + hex(key.value));
}

std::string token_index(std::string_view provider) { return of_provider(provider, "ti"); }
std::string token_prefix(std::string_view provider) { return of_provider(provider, "t:"); }

std::string token(std::string_view provider, const bytes32& hash) {
  return token_prefix(provider) + hex(hash);
}

std::string call(std::string_view provider, const bytes16& key_tag) {
  return of_provider(provider, "k:" + hex(key_tag));
}

std::string sends(std::string_view provider) { return of_provider(provider, "s"); }

std::string debit(std::string_view provider, std::string_view verification_id) {
  return of_provider(provider, "sd:" + std::string(verification_id));
}

std::string guesses(std::string_view provider) { return of_provider(provider, "g"); }
std::string users(std::string_view provider) { return of_provider(provider, "u"); }
std::string user_marks(std::string_view provider) { return of_provider(provider, "um"); }

std::string events(std::string_view provider) { return of_provider(provider, "ev"); }
std::string event_marks(std::string_view provider) { return of_provider(provider, "em"); }
std::string webhook(std::string_view provider) { return of_provider(provider, "wh"); }
std::string courier(std::string_view provider) { return of_provider(provider, "wc"); }
std::string attempts(std::string_view provider) { return of_provider(provider, "wa"); }

std::string breaker(const destination& to) {
  std::string tag(8, '\0');
  for (std::size_t i = 0; i < tag.size(); ++i)
    tag[i] = static_cast<char>(to.prefix_tag >> (8 * (7 - i)));
  return "{d:" + hex(tag) + "}:b";
}

std::string identity() { return "{g}:id"; }
std::string members() { return "{g}:m"; }
std::string member_counters() { return "{g}:mc"; }
std::string members_draining() { return "{g}:md"; }
std::string members_ended() { return "{g}:me"; }
std::string members_view() { return "{g}:mv"; }
std::string registry_version() { return "{g}:v"; }

std::string registry(registry_record::kind what) {
  return what == registry_record::kind::application ? "{g}:a" : "{g}:p";
}

std::string audit() { return "{g}:audit"; }
std::string audit_head() { return "{g}:head"; }
std::string feed() { return "{g}:feed"; }

}  // namespace glados::storage::keys
