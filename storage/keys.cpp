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
  return mappings(shard, key.layers, key.value[0]);
}

std::string mappings(shard_id shard, std::uint8_t layers, std::size_t bucket) {
  const char letter = static_cast<char>(bucket);
  const auto kind = layers == 1 ? "m:" : "m" + std::to_string(layers) + ":";
  return of_shard(shard, kind + hex(std::string_view(&letter, 1)));
}

std::string walks(shard_id shard) { return of_shard(shard, "w"); }

std::string snapshot(shard_id shard) { return of_shard(shard, "b"); }

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

std::string outbox(shard_id shard) {
  return shard == registry_outbox ? "{g}:out" : of_shard(shard, "out");
}

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
std::string lookups(std::string_view provider) { return of_provider(provider, "q"); }
std::string users(std::string_view provider) { return of_provider(provider, "u"); }
std::string mail_domains(std::string_view provider) { return of_provider(provider, "ud"); }
std::string user_marks(std::string_view provider) { return of_provider(provider, "um"); }

std::string ledger_prefix(std::string_view provider) { return of_provider(provider, "lg:"); }
std::string ledger(std::string_view provider, std::int64_t day) {
  return ledger_prefix(provider) + std::to_string(day);
}
std::string month_cost(std::string_view provider) { return of_provider(provider, "mc"); }
std::string usage_mark(std::string_view provider, std::string_view writer) {
  return of_provider(provider, "lm:" + std::string(writer));
}

std::string strikes(std::string_view provider) { return of_provider(provider, "st"); }
std::string changes_made(std::string_view provider) { return of_provider(provider, "cm"); }
std::string note_marks(std::string_view provider) { return of_provider(provider, "nm"); }

std::string events(std::string_view provider) { return of_provider(provider, "ev"); }
std::string event_marks(std::string_view provider) { return of_provider(provider, "em"); }
std::string webhook(std::string_view provider) { return of_provider(provider, "wh"); }
std::string courier(std::string_view provider) { return of_provider(provider, "wc"); }
std::string courier_fence(std::string_view provider) { return of_provider(provider, "wf"); }
std::string attempts(std::string_view provider) { return of_provider(provider, "wa"); }

std::string job(std::string_view provider, std::uint64_t number) {
  return of_provider(provider, "b:" + std::to_string(number));
}
std::string job_part(std::string_view provider, std::uint64_t number, std::uint32_t part) {
  return of_provider(provider, "bp:" + std::to_string(number) + ":" + std::to_string(part));
}
std::string job_of_call(std::string_view provider, const bytes16& key_tag) {
  return of_provider(provider, "bk:" + hex(key_tag));
}
std::string open_jobs(std::string_view provider) { return of_provider(provider, "bo"); }
std::string asserted_rows(std::string_view provider) { return of_provider(provider, "br"); }
std::string reserved_rows(std::string_view provider) { return of_provider(provider, "bs"); }

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
std::string member_keys() { return "{g}:mk"; }
std::string index() { return "{g}:ix"; }
std::string registry_version() { return "{g}:v"; }

std::string registry(registry_record::kind what) {
  switch (what) {
    case registry_record::kind::application:
      return "{g}:a";
    case registry_record::kind::signal:
      return "{g}:s";
    case registry_record::kind::report:
      return "{g}:r";
    default:
      return "{g}:p";
  }
}

std::string registry_order(registry_record::kind what) { return registry(what) + "o"; }

std::string audit() { return "{g}:audit"; }
std::string audit_head() { return "{g}:head"; }
std::string feed() { return "{g}:feed"; }
std::string change_log() { return "{g}:cl"; }
std::string change_marks() { return "{g}:cm"; }
std::string restore() { return "{g}:rs"; }

}  // namespace glados::storage::keys
