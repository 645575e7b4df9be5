#include "domain/address_guard.hpp"

#include <boost/test/unit_test.hpp>
#include <utility>

using namespace glados;

namespace {

bool global(std::string_view text) {
  const auto address = parse_address(text);
  BOOST_REQUIRE_MESSAGE(address.has_value(), text << " is an address");
  return is_global_unicast(*address);
}

/// One 32-bit number as an address.
ip_address v4(std::uint32_t number) {
  return ip_address::v4(
      {static_cast<std::uint8_t>(number >> 24), static_cast<std::uint8_t>(number >> 16),
       static_cast<std::uint8_t>(number >> 8), static_cast<std::uint8_t>(number)});
}

/// The registry once more, as ranges instead of prefixes.
bool special(std::uint32_t n) {
  using range = std::pair<std::uint32_t, std::uint32_t>;
  constexpr range ranges[] = {
      {0x00000000, 0x00ffffff}, {0x0a000000, 0x0affffff}, {0x64400000, 0x647fffff},
      {0x7f000000, 0x7fffffff}, {0xa9fe0000, 0xa9feffff}, {0xac100000, 0xac1fffff},
      {0xc0000000, 0xc00000ff}, {0xc0000200, 0xc00002ff}, {0xc0586300, 0xc05863ff},
      {0xc0a80000, 0xc0a8ffff}, {0xc6120000, 0xc613ffff}, {0xc6336400, 0xc63364ff},
      {0xcb007100, 0xcb0071ff}, {0xe0000000, 0xffffffff}};
  for (const auto& [first, last] : ranges)
    if (n >= first && n <= last)
      return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(address_guard_tests)

BOOST_AUTO_TEST_CASE(every_ipv4_network_of_256_is_judged_as_the_registry_says) {
  for (std::uint32_t net = 0; net < 1u << 24; ++net)
    for (const std::uint32_t host : {0u, 255u})
      if (is_global_unicast(v4(net << 8 | host)) == special(net << 8 | host))
        BOOST_FAIL("wrong about number " << (net << 8 | host));
}

BOOST_AUTO_TEST_CASE(the_edges_of_every_special_ipv4_network) {
  for (const char* inside :
       {"0.0.0.0",         "0.255.255.255",   "10.0.0.0",        "10.255.255.255",
        "100.64.0.0",      "100.127.255.255", "127.0.0.1",       "127.255.255.255",
        "169.254.0.0",     "169.254.169.254", "172.16.0.0",      "172.31.255.255",
        "192.0.0.8",       "192.0.2.1",       "192.88.99.1",     "192.168.0.0",
        "192.168.255.255", "198.18.0.0",      "198.19.255.255",  "198.51.100.7",
        "203.0.113.9",     "224.0.0.1",       "239.255.255.255", "240.0.0.1",
        "255.255.255.255"})
    BOOST_TEST(!global(inside), inside);
  for (const char* outside :
       {"1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255",
        "128.0.0.0", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0",
        "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255",
        "93.184.216.34"})
    BOOST_TEST(global(outside), outside);
}

BOOST_AUTO_TEST_CASE(ipv6_is_global_only_where_it_hides_nothing) {
  for (const char* inside : {"::",
                             "::1",
                             "::7f00:1",
                             "::127.0.0.1",
                             "::93.184.216.34",
                             "::ffff:127.0.0.1",
                             "::ffff:10.1.2.3",
                             "::FFFF:A9FE:A9FE",
                             "::ffff:0:93.184.216.34",
                             "64:ff9b::127.0.0.1",
                             "64:ff9b::10.0.0.1",
                             "64:ff9b::169.254.169.254",
                             "64:ff9b:1::93.184.216.34",
                             "100::1",
                             "2001::1",
                             "2001:0:5db8:d822::",
                             "2001:2::1",
                             "2001:10::1",
                             "2001:20::1",
                             "2001:1ff:ffff::1",
                             "2001:db8::1",
                             "2001:db8:ffff:ffff::1",
                             "2002:7f00:1::",
                             "2002:a00:1::1",
                             "2002:5db8:d822::1",
                             "3ffe::1",
                             "3fff::1",
                             "3fff:fff:ffff::1",
                             "4000::1",
                             "5f00::1",
                             "8000::1",
                             "fc00::1",
                             "fd12:3456::1",
                             "fe80::1",
                             "febf::1",
                             "fec0::1",
                             "ff02::1",
                             "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"})
    BOOST_TEST(!global(inside), inside);
  for (const char* outside : {"2000::1", "2001:200::1", "2001:4860:4860::8888", "2001:db7:ffff::1",
                              "2001:db9::1", "2003::1", "2606:4700::1111", "3ffd::1",
                              "3fff:1000::1", "::ffff:93.184.216.34", "64:ff9b::93.184.216.34"})
    BOOST_TEST(global(outside), outside);
}

BOOST_AUTO_TEST_CASE(only_strict_addresses_are_read) {
  for (const char* text : {"",
                           "1",
                           "1.2.3",
                           "1.2.3.4.5",
                           "1.2.3.256",
                           "1.2.3.04",
                           "0x7f.0.0.1",
                           "127.1",
                           "1.2.3.",
                           ".1.2.3",
                           "1.2.3.4 ",
                           "+1.2.3.4",
                           ":",
                           ":::",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7:8:9",
                           "1::2::3",
                           "12345::",
                           "::g",
                           "::1.2.3",
                           "::1.2.3.4:5",
                           "1.2.3.4::",
                           "fe80::1%eth0",
                           "[::1]",
                           "1:2:3:4:5:6:7:8::",
                           "::1:2:3:4:5:6:7:8",
                           ":1:2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:",
                           "::-1"})
    BOOST_TEST(!parse_address(text).has_value(), text);
  BOOST_TEST((parse_address("::ffff:1.2.3.4") == parse_address("1.2.3.4")));
  BOOST_TEST((parse_address("1::8") == parse_address("1:0:0:0:0:0:0:8")));
  BOOST_TEST((parse_address("A:b::") == parse_address("a:B:0:0:0:0:0:0")));
}

BOOST_AUTO_TEST_CASE(networks_may_be_allowed) {
  const auto guard =
      address_guard::allowing({"127.0.0.0/8", "fd00::/8", "nonsense", "10.0.0.1/32"});
  const auto allows = [&](std::string_view text) { return guard.allows(*parse_address(text)); };
  BOOST_TEST((allows("127.0.0.1") && allows("127.255.0.3") && allows("::ffff:127.0.0.1")));
  BOOST_TEST((allows("fd00::1") && allows("10.0.0.1") && allows("8.8.8.8")));
  BOOST_TEST((!allows("10.0.0.2") && !allows("::1") && !allows("fc00::1")));
  BOOST_TEST(!allows("64:ff9b::127.0.0.1"));
  BOOST_TEST(!address_guard().allows(*parse_address("127.0.0.1")));
  for (const char* text : {"", "/8", "10.0.0.0", "10.0.0.0/33", "::/129", "10.0.0.0/-1", "10/8"})
    BOOST_TEST(!parse_network(text).has_value(), text);
  BOOST_TEST(parse_network("0.0.0.0/0")->holds(*parse_address("1.2.3.4")));
  BOOST_TEST(!parse_network("0.0.0.0/0")->holds(*parse_address("2000::1")));
}

BOOST_AUTO_TEST_SUITE_END()
