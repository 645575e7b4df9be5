#include "domain/shard.hpp"

namespace glados {
namespace {

/// FNV-1a, 64 bit.
std::uint64_t fnv1a(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3u;
  }
  return hash;
}

/// The output function of SplitMix64: a bijection in which every input bit reaches every output
/// bit. FNV alone leaves the high bits of short, similar names alike.
std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t rendezvous_weight(std::string_view node, shard_id shard) {
  return mix(fnv1a(node) ^ mix(shard));
}

shard_id home_shard(std::string_view provider_id) {
  return static_cast<shard_id>(mix(fnv1a(provider_id)) % shard_count);
}

std::optional<std::size_t> proposed_owner(std::span<const std::string> nodes, shard_id shard) {
  std::optional<std::size_t> best;
  std::uint64_t best_weight = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto candidate = rendezvous_weight(nodes[i], shard);
    if (!best || candidate > best_weight || (candidate == best_weight && nodes[i] < nodes[*best])) {
      best = i;
      best_weight = candidate;
    }
  }
  return best;
}

std::vector<shard_id> shards_proposed_for(std::span<const std::string> nodes,
                                          std::string_view node) {
  std::vector<shard_id> out;
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    const auto owner = proposed_owner(nodes, shard);
    if (owner && nodes[*owner] == node)
      out.push_back(shard);
  }
  return out;
}

}  // namespace glados
