// Which Internet addresses a request made for somebody else may go to: only global unicast ones, so
// that a webhook's URL cannot reach what stands behind our own walls. Pure arithmetic over the IANA
// special-purpose address registries (RFC 6890).
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace glados {

/// An address of either family. IPv4 is kept in its mapped form (::ffff:a.b.c.d), which is the same
/// address to a socket.
struct ip_address {
  std::array<std::uint8_t, 16> bytes{};

  static ip_address v4(const std::array<std::uint8_t, 4>& bytes);
  bool is_v4() const;
  friend bool operator==(const ip_address&, const ip_address&) = default;
};

/// Strict: four decimal numbers without leading zeros, or RFC 4291 section 2.2 without a zone.
std::optional<ip_address> parse_address(std::string_view text);

struct ip_network {
  ip_address base;
  unsigned bits = 128;  ///< of 128, for IPv4 too
  bool holds(const ip_address& address) const;
};

/// "10.0.0.0/8", "fd00::/8"; nothing for anything else.
std::optional<ip_network> parse_network(std::string_view text);

/// False for private, loopback, link-local, shared (100.64/10), multicast, documentation and every
/// other special address; also for IPv4 inside NAT64 that is refused by itself, and for all of 6to4
/// and Teredo, which hide the real receiver.
bool is_global_unicast(const ip_address& address);

/// The rule of one service. Immutable, so usable from any thread.
class address_guard {
 public:
  address_guard() = default;
  explicit address_guard(std::vector<ip_network> allowed) : allowed_(std::move(allowed)) {}
  /// Texts that are no network are left out; the configuration has refused them before.
  static address_guard allowing(const std::vector<std::string>& networks);

  bool allows(const ip_address& address) const;

 private:
  std::vector<ip_network> allowed_;  ///< beside global unicast
};

}  // namespace glados
