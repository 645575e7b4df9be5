#include "storage/slot_map.hpp"

#include <boost/test/unit_test.hpp>
#include <iostream>
#include <random>
#include <set>

#include "storage/keys.hpp"
#include "storage/redis_command.hpp"

namespace glados::storage {

namespace {

const char* const view_text =
    "07c37dfeb235213a872192d90877d0cd55635b91 127.0.0.1:30004@31004,host4 slave "
    "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 0 1426238317239 4 connected\n"
    "67ed2db8d677e59ec4a4cefb06858cf2a1a89fa1 127.0.0.1:30002@31002 master - 0 1426238316232 2 "
    "connected 5461-10922\n"
    "292f8b365bb7edb5e285caf0b7e6ddc7265d2f4f :30003@31003 master,fail - 0 0 3 disconnected "
    "10923-16382 16383 [93-<-e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca]\r\n"
    "aaaa :0@0 master,noaddr - 0 0 0 disconnected\n"
    "e7d1eecce10fd6bb5eb35b9f99a514335d9ba9ca 127.0.0.1:30001@31001 myself,master - 0 0 1 "
    "connected 0-5460\n";

cluster_node primary(const node_address& address, std::uint64_t epoch,
                     std::vector<slot_range> slots) {
  cluster_node out;
  out.address = out.id = address;
  out.epoch = epoch;
  out.slots = std::move(slots);
  return out;
}

node_address owner(const slot_map& map, slot_number slot) {
  const node_address* known = map.owner(slot);
  return known == nullptr ? node_address() : *known;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(slots)

BOOST_AUTO_TEST_CASE(known_sums_and_slots) {
  BOOST_TEST(crc16("123456789") == 0x31c3);
  BOOST_TEST(crc16("") == 0);
  BOOST_TEST(slot_of("foo") == 12182);
  BOOST_TEST(slot_of("bar") == 5061);
}

BOOST_AUTO_TEST_CASE(the_part_in_braces_decides) {
  BOOST_TEST(slot_of("{user1000}.following") == slot_of("{user1000}.followers"));
  BOOST_TEST(slot_of("a{foo}b{bar}") == slot_of("foo"));
  BOOST_TEST(slot_of("foo{{bar}}zap") == slot_of("{bar"));
  // Without content, or without an end, they mean nothing.
  BOOST_TEST(slot_of("foo{}{bar}") == crc16("foo{}{bar}") % slot_count);
  BOOST_TEST(slot_of("foo{bar") == crc16("foo{bar") % slot_count);
}

BOOST_AUTO_TEST_CASE(shards_spread_over_the_slots) {
  std::set<slot_number> seen;
  std::array<int, 3> thirds{};
  for (std::size_t shard = 0; shard < shard_count; ++shard) {
    const slot_number slot = slot_of(keys::owner(static_cast<shard_id>(shard)));
    seen.insert(slot);
    ++thirds[slot * 3 / slot_count];
  }
  BOOST_TEST(seen.size() > 950u);
  for (int third : thirds) BOOST_TEST((third > 280 && third < 400));
}

BOOST_AUTO_TEST_CASE(a_command_knows_its_slot) {
  const script lua{"sha", "text"};
  const auto same =
      script_command(true, lua, arguments().add("{s5}:own").add("{s5}:out"), arguments().add("x"));
  BOOST_TEST((same.slot == slot_of("s5") && !same.split));
  const auto mixed = script_command(true, lua, arguments().add("{s5}:own").add("{s6}:out"));
  BOOST_TEST(mixed.split);
  BOOST_TEST((plain_command(false, {"GET", "{p:alpha}:u"}).slot == slot_of("p:alpha")));
  for (const char* word : {"PING", "TIME", "AUTH", "WAIT", "SCRIPT", "CLUSTER"})
    BOOST_TEST(!plain_command(false, {word, "x"}).slot);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(slot_maps)

BOOST_AUTO_TEST_CASE(a_view_is_read) {
  const auto view = parse_cluster_nodes(view_text, "10.0.0.3:30003");
  BOOST_REQUIRE(view.has_value());
  BOOST_REQUIRE_EQUAL(view->size(), 5u);
  BOOST_TEST((*view)[0].address == "127.0.0.1:30004");
  BOOST_TEST((*view)[0].primary_id == (*view)[4].id);
  BOOST_TEST((*view)[1].epoch == 2u);
  BOOST_TEST((*view)[2].address == "10.0.0.3:30003");
  BOOST_TEST((!(*view)[2].reachable && (*view)[1].reachable));
  BOOST_TEST((*view)[3].address.empty());
  slot_map map;
  BOOST_TEST(map.merge(*view));
  BOOST_TEST(map.covered() == slot_count);
  BOOST_TEST(map.epoch() == 3u);
  BOOST_TEST(owner(map, 5460) == "127.0.0.1:30001");
  BOOST_TEST(owner(map, 93) == "127.0.0.1:30001");
  BOOST_TEST(owner(map, 5461) == "127.0.0.1:30002");
  BOOST_TEST(owner(map, 16383) == "10.0.0.3:30003");
  BOOST_TEST(map.nodes().size() == 4u);
  BOOST_TEST(map.owners().size() == 3u);
  BOOST_TEST(map.slots_by_owner().at("127.0.0.1:30001") == 5461u);
}

BOOST_AUTO_TEST_CASE(what_is_no_view_is_refused) {
  for (const char* text :
       {"hello", "id 127.0.0.1:1@2 master - 0 0 x connected", "id 127.0.0.1:1@2 master - 0 0 1",
        "id 127.0.0.1:1@2 master - 0 0 1 connected 5-3",
        "id 127.0.0.1:1@2 master - 0 0 1 connected 16384",
        "id 127.0.0.1:1@2 master - 0 0 1 connected 1-2x"})
    BOOST_TEST(!parse_cluster_nodes(text, "h:1").has_value(), text);
  // Every cut of a good one either is refused or reads as fewer slots; none does harm.
  const std::string whole = view_text;
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto cut = parse_cluster_nodes(std::string_view(whole).substr(0, size), "h:1");
    if (cut)
      slot_map().merge(*cut);
  }
}

BOOST_AUTO_TEST_CASE(addresses_are_read) {
  BOOST_TEST(parse_address("10.0.0.1:6379", "h:1") == "10.0.0.1:6379");
  BOOST_TEST(parse_address(":6379", "h:1") == "h:6379");
  BOOST_TEST(parse_address("fe80::1:6379@16379,name", "h:1") == "fe80::1:6379");
  for (const char* none : {"", "host", ":0", "host:70000", "?:6379", "host:12x"})
    BOOST_TEST(parse_address(none, "h:1").empty(), none);
  BOOST_TEST(split_address("fe80::1:6379").host == "fe80::1");
  BOOST_TEST(split_address("fe80::1:6379").port == 6379);
  BOOST_TEST(split_address("host").port == 0);
}

BOOST_AUTO_TEST_CASE(an_older_view_takes_nothing_back) {
  slot_map map;
  BOOST_TEST(map.merge({primary("a:1", 1, {{0, 99}}), primary("b:1", 2, {{100, 16383}})}));
  BOOST_TEST(map.merge({primary("c:1", 7, {{0, 99}})}));   // a replica took over
  BOOST_TEST(!map.merge({primary("a:1", 1, {{0, 99}})}));  // the old primary's own story
  BOOST_TEST(owner(map, 5) == "c:1");
  BOOST_TEST(owner(map, 100) == "b:1");
  BOOST_TEST(map.merge({primary("a:1", 8, {{0, 99}})}));
  BOOST_TEST(owner(map, 5) == "a:1");
  BOOST_TEST(map.epoch() == 8u);
  BOOST_TEST(map.covered() == slot_count);
}

BOOST_AUTO_TEST_CASE(epochs_never_fall_whatever_the_order_of_views) {
  const unsigned seed = std::random_device{}();
  std::cout << "slot map: seed " << seed << '\n';
  std::mt19937 random(seed);
  for (int run = 0; run < 50; ++run) {
    slot_map map;
    std::array<std::uint64_t, 16> best{};
    std::array<node_address, 16> right;
    for (int step = 0; step < 200; ++step) {
      const std::uint64_t epoch = random() % 30;
      const auto slot = static_cast<slot_number>(random() % best.size());
      // As Redis has it: one process an epoch.
      map.merge({primary("n:" + std::to_string(epoch + 1), epoch, {{slot, slot}})});
      if (right[slot].empty() || epoch >= best[slot]) {
        best[slot] = epoch;
        right[slot] = "n:" + std::to_string(epoch + 1);
      }
      for (slot_number i = 0; i < best.size(); ++i) BOOST_REQUIRE(owner(map, i) == right[i]);
    }
  }
}

BOOST_AUTO_TEST_CASE(moved_is_believed_until_a_view_says_something) {
  slot_map map;
  map.merge({primary("a:1", 3, {{0, 16383}})});
  BOOST_TEST(!map.moved(5, "x:1", "b:1"));  // told by one that we did not ask as the owner
  BOOST_TEST(!map.moved(5, "a:1", "a:1"));
  BOOST_TEST(!map.moved(5, "a:1", ""));
  BOOST_TEST(map.moved(5, "a:1", "b:1"));
  BOOST_TEST(owner(map, 5) == "b:1");
  BOOST_TEST(owner(map, 6) == "a:1");
  BOOST_TEST(!map.merge({primary("a:1", 2, {{0, 16383}})}));
  BOOST_TEST(owner(map, 5) == "b:1");
  map.merge({primary("a:1", 3, {{0, 16383}})});
  BOOST_TEST(owner(map, 5) == "a:1");
}

BOOST_AUTO_TEST_CASE(plain_redis_owns_everything) {
  const slot_map map = slot_map::single("unix:/run/redis.sock");
  BOOST_TEST(map.covered() == slot_count);
  BOOST_TEST(map.owners().size() == 1u);
  BOOST_TEST(owner(map, 16383) == "unix:/run/redis.sock");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
