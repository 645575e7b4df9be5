#include "domain/address_guard.hpp"

#include <algorithm>
#include <charconv>

namespace glados {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::optional<unsigned> decimal(std::string_view text, unsigned most) {
  unsigned out = 0;
  const auto end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, out);
  if (text.empty() || text.size() > 3 || !std::all_of(text.begin(), text.end(), is_digit) ||
      (text.size() > 1 && text.front() == '0') || read.ptr != end || out > most)
    return {};
  return out;
}

std::optional<std::array<std::uint8_t, 4>> parse_v4(std::string_view text) {
  std::array<std::uint8_t, 4> out{};
  for (std::size_t i = 0; i < 4; ++i) {
    const auto dot = i < 3 ? text.find('.') : text.size();
    if (dot == std::string_view::npos)
      return {};
    const auto number = decimal(text.substr(0, dot), 255);
    if (!number)
      return {};
    out[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return out;
}

/// Groups of one side of "::", with IPv4 at the end if `tail`.
bool parse_groups(std::string_view text, bool tail, std::vector<std::uint8_t>& out) {
  while (!text.empty()) {
    const auto colon = text.find(':');
    const auto group = text.substr(0, colon);
    if (tail && colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      const auto four = parse_v4(group);
      if (four)
        out.insert(out.end(), four->begin(), four->end());
      return four.has_value();
    }
    unsigned value = 0;
    const auto end = group.data() + group.size();
    const auto read = std::from_chars(group.data(), end, value, 16);
    if (group.empty() || group.size() > 4 || read.ec != std::errc{} || read.ptr != end)
      return false;
    out.push_back(static_cast<std::uint8_t>(value >> 8));
    out.push_back(static_cast<std::uint8_t>(value));
    if (colon == std::string_view::npos)
      return true;
    text.remove_prefix(colon + 1);
    if (text.empty())
      return false;  // a colon at the end
  }
  return true;
}

std::optional<ip_address> parse_v6(std::string_view text) {
  const auto gap = text.find("::");
  std::vector<std::uint8_t> front, back;
  if (gap == std::string_view::npos) {
    if (!parse_groups(text, true, front) || front.size() != 16)
      return {};
  } else if (text.find("::", gap + 1) != std::string_view::npos ||
             !parse_groups(text.substr(0, gap), false, front) ||
             !parse_groups(text.substr(gap + 2), true, back) || front.size() + back.size() > 14) {
    return {};
  }
  ip_address out;
  std::copy(front.begin(), front.end(), out.bytes.begin());
  std::copy(back.begin(), back.end(), out.bytes.end() - static_cast<std::ptrdiff_t>(back.size()));
  return out;
}

struct v4_row {
  std::array<std::uint8_t, 4> base;
  unsigned bits;
};

// Not global unicast, from the IANA IPv4 special-purpose registry, with multicast and reserved.
constexpr std::array special_v4{
    v4_row{{0, 0, 0, 0}, 8},      v4_row{{10, 0, 0, 0}, 8},     v4_row{{100, 64, 0, 0}, 10},
    v4_row{{127, 0, 0, 0}, 8},    v4_row{{169, 254, 0, 0}, 16}, v4_row{{172, 16, 0, 0}, 12},
    v4_row{{192, 0, 0, 0}, 24},   v4_row{{192, 0, 2, 0}, 24},   v4_row{{192, 88, 99, 0}, 24},
    v4_row{{192, 168, 0, 0}, 16}, v4_row{{198, 18, 0, 0}, 15},  v4_row{{198, 51, 100, 0}, 24},
    v4_row{{203, 0, 113, 0}, 24}, v4_row{{224, 0, 0, 0}, 4},    v4_row{{240, 0, 0, 0}, 4}};

struct v6_row {
  std::array<std::uint8_t, 4> base;  ///< the first 32 bits
  unsigned bits;
};

// Within 2000::/3: IETF protocols with Teredo and ORCHID, documentation twice, 6to4, the former
// testing network.
constexpr std::array special_v6{
    v6_row{{0x20, 0x01, 0x00, 0x00}, 23}, v6_row{{0x20, 0x01, 0x0d, 0xb8}, 32},
    v6_row{{0x20, 0x02, 0x00, 0x00}, 16}, v6_row{{0x3f, 0xfe, 0x00, 0x00}, 16},
    v6_row{{0x3f, 0xff, 0x00, 0x00}, 20}};

constexpr std::array<std::uint8_t, 12> mapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
constexpr std::array<std::uint8_t, 12> nat64{0, 0x64, 0xff, 0x9b, 0, 0, 0, 0, 0, 0, 0, 0};

bool same_bits(const std::uint8_t* a, const std::uint8_t* b, unsigned bits) {
  const unsigned whole = bits / 8;
  if (!std::equal(a, a + whole, b))
    return false;
  const unsigned rest = bits % 8;
  return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

bool begins_with(const ip_address& address, const std::array<std::uint8_t, 12>& prefix) {
  return std::equal(prefix.begin(), prefix.end(), address.bytes.begin());
}

bool global_v4(const std::uint8_t* four) {
  return std::none_of(special_v4.begin(), special_v4.end(), [&](const v4_row& row) {
    return same_bits(four, row.base.data(), row.bits);
  });
}

}  // namespace

ip_address ip_address::v4(const std::array<std::uint8_t, 4>& four) {
  ip_address out;
  std::copy(mapped.begin(), mapped.end(), out.bytes.begin());
  std::copy(four.begin(), four.end(), out.bytes.begin() + 12);
  return out;
}

bool ip_address::is_v4() const { return begins_with(*this, mapped); }

std::optional<ip_address> parse_address(std::string_view text) {
  if (text.find(':') != std::string_view::npos)
    return text.size() <= 45 ? parse_v6(text) : std::nullopt;
  const auto four = parse_v4(text);
  return four ? std::optional(ip_address::v4(*four)) : std::nullopt;
}

bool ip_network::holds(const ip_address& address) const {
  return same_bits(base.bytes.data(), address.bytes.data(), bits);
}

std::optional<ip_network> parse_network(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos)
    return {};
  const auto base = parse_address(text.substr(0, slash));
  const bool v4 = base && text.substr(0, slash).find(':') == std::string_view::npos;
  const auto bits = decimal(text.substr(slash + 1), v4 ? 32 : 128);
  if (!base || !bits)
    return {};
  return ip_network{*base, *bits + (v4 ? 96U : 0U)};
}

bool is_global_unicast(const ip_address& address) {
  const auto* bytes = address.bytes.data();
  if (address.is_v4() || begins_with(address, nat64))
    return global_v4(bytes + 12);
  if ((bytes[0] & 0xe0) != 0x20)
    return false;
  return std::none_of(special_v6.begin(), special_v6.end(), [&](const v6_row& row) {
    return same_bits(bytes, row.base.data(), row.bits);
  });
}

address_guard address_guard::allowing(const std::vector<std::string>& networks) {
  std::vector<ip_network> out;
  for (const auto& text : networks)
    if (const auto network = parse_network(text))
      out.push_back(*network);
  return address_guard(std::move(out));
}

bool address_guard::allows(const ip_address& address) const {
  return is_global_unicast(address) ||
         std::any_of(allowed_.begin(), allowed_.end(),
                     [&](const ip_network& network) { return network.holds(address); });
}

}  // namespace glados
