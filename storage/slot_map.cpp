#include "storage/slot_map.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace glados::storage {

namespace {

/// The next word; takes it and the separator off `rest`.
std::string_view take(std::string_view& rest, char separator) {
  const std::size_t end = std::min(rest.find(separator), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

template <class T>
std::optional<T> number(std::string_view text) {
  T out{};
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (wrong != std::errc{} || end != text.data() + text.size())
    return {};
  return out;
}

bool has_flag(std::string_view flags, std::string_view wanted) {
  while (!flags.empty())
    if (take(flags, ',') == wanted)
      return true;
  return false;
}

/// "5", or "0-5460". Slots on their way ("[93-<-id]") are their owner's until the move ends.
bool parse_slots(std::string_view rest, std::vector<slot_range>& into) {
  while (!rest.empty()) {
    std::string_view word = take(rest, ' ');
    if (word.empty() || word.front() == '[')
      continue;
    const auto first = number<slot_number>(take(word, '-'));
    const auto last = word.empty() ? first : number<slot_number>(word);
    if (!first || !last || *last < *first || *last >= slot_count)
      return false;
    into.push_back({*first, *last});
  }
  return true;
}

/// <id> <address> <flags> <primary> <ping> <pong> <epoch> <link> <slots …>
std::optional<cluster_node> parse_node(std::string_view line, const node_address& asked) {
  cluster_node out;
  out.id = take(line, ' ');
  out.address = parse_address(take(line, ' '), asked);
  const std::string_view flags = take(line, ' ');
  const std::string_view primary = take(line, ' ');
  take(line, ' ');
  take(line, ' ');
  const auto epoch = number<std::uint64_t>(take(line, ' '));
  const std::string_view link = take(line, ' ');
  if (out.id.empty() || link.empty() || !epoch || !parse_slots(line, out.slots))
    return {};
  out.epoch = *epoch;
  if (primary != "-")
    out.primary_id = primary;
  out.reachable = !out.address.empty() && !has_flag(flags, "fail") && !has_flag(flags, "noaddr") &&
                  !has_flag(flags, "handshake");
  return out;
}

}  // namespace

node_address parse_address(std::string_view text, const node_address& asked) {
  text = text.substr(0, text.find(','));
  text = text.substr(0, text.find('@'));
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return {};
  const auto port = number<std::uint16_t>(text.substr(colon + 1));
  if (!port || *port == 0 || text.substr(0, colon) == "?")
    return {};
  std::string host(text.substr(0, colon));
  if (host.empty())
    host = split_address(asked).host;
  return host + ":" + std::to_string(*port);
}

address_parts split_address(const node_address& address) {
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos)
    return {address, 0};
  const auto port = number<std::uint16_t>(std::string_view(address).substr(colon + 1));
  return {address.substr(0, colon), port.value_or(0)};
}

std::optional<std::vector<cluster_node>> parse_cluster_nodes(std::string_view text,
                                                             const node_address& asked) {
  std::vector<cluster_node> out;
  while (!text.empty()) {
    std::string_view line = take(text, '\n');
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (line.empty())
      continue;
    auto node = parse_node(line, asked);
    if (!node)
      return {};
    out.push_back(std::move(*node));
  }
  return out;
}

slot_map slot_map::single(const node_address& address) {
  slot_map out;
  cluster_node all;
  all.address = address;
  all.slots = {{0, slot_count - 1}};
  out.merge({all});
  return out;
}

const node_address* slot_map::owner(slot_number slot) const {
  const std::uint16_t at = slots_[slot].owner;
  return at == nobody ? nullptr : &names_[at];
}

std::uint16_t slot_map::name(const node_address& address) {
  const auto found = std::find(names_.begin(), names_.end(), address);
  const auto at = static_cast<std::uint16_t>(found - names_.begin());
  if (found == names_.end()) {
    names_.push_back(address);
    owned_.push_back(0);
  }
  return at;
}

bool slot_map::give(slot_number slot, std::uint16_t owner, std::uint64_t epoch) {
  holding& known = slots_[slot];
  if (known.owner != nobody && epoch < known.epoch)
    return false;
  known.epoch = epoch;
  epoch_ = std::max(epoch_, epoch);
  const std::uint16_t before = std::exchange(known.owner, owner);
  if (before == owner)
    return false;
  if (before == nobody)
    ++covered_;
  else
    --owned_[before];
  ++owned_[owner];
  return true;
}

std::map<node_address, std::size_t> slot_map::slots_by_owner() const {
  std::map<node_address, std::size_t> out;
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (owned_[i] > 0)
      out[names_[i]] = owned_[i];
  return out;
}

std::vector<node_address> slot_map::owners() const {
  std::vector<node_address> out;
  for (std::size_t i = 0; i < names_.size(); ++i)
    if (owned_[i] > 0)
      out.push_back(names_[i]);
  return out;
}

bool slot_map::merge(const std::vector<cluster_node>& view) {
  bool changed = false;
  std::map<node_address, cluster_node> seen;
  for (const cluster_node& node : view) {
    if (node.address.empty())
      continue;
    const std::uint16_t owner = name(node.address);
    for (const slot_range& range : node.slots)
      for (std::size_t slot = range.first; slot <= range.last; ++slot)
        changed = give(static_cast<slot_number>(slot), owner, node.epoch) || changed;
    seen[node.address] = node;
  }
  if (!seen.empty())
    nodes_ = std::move(seen);
  return changed;
}

bool slot_map::moved(slot_number slot, const node_address& from, const node_address& to) {
  const node_address* known = owner(slot);
  if (to.empty() || known == nullptr || *known != from || from == to)
    return false;
  // The epoch stays: an equal or higher view decides.
  return give(slot, name(to), slots_[slot].epoch);
}

}  // namespace glados::storage
