// Member agents agree on an index key, have their shards renamed, and end the rotation.
#include <boost/test/unit_test.hpp>
#include <caf/send.hpp>

#include "cluster_stage.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

/// What a node makes of the rotation; also what its callers name records by.
struct seen_state {
  explicit seen_state(const staged_node& at)
      : in_use(at.member->seen()->index.in_use),
        active(at.member->seen()->index.active),
        behind(at.member->seen()->old_names),
        callers(at.names.in_use) {}
  int in_use, active;
  std::size_t behind;
  int callers;
};

void give_key(cluster_stage& c, const std::string& name, std::uint8_t newest = 2) {
  c[name].names.newest_ = newest;
}

void activate(cluster_stage& c, const std::string& name, std::uint8_t version = 2) {
  caf::anon_send(c[name].member->agent(), actors::activate_index_key{version});
}

std::size_t shards_named(cluster_stage& c, std::uint8_t layers) {
  std::vector<shard_id> all;
  for (std::size_t s = 0; s < shard_count; ++s) all.push_back(static_cast<shard_id>(s));
  std::size_t out = 0;
  c.w.store.load_owners(all, [&](const result<std::vector<shard_owner>>& found) {
    for (const auto& one : *found) out += one.names == layers;
  });
  c.w.store.step(c.w.store.pending() - 1);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(index_keys)

BOOST_AUTO_TEST_CASE(a_key_is_taken_up_once_every_node_has_it) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  BOOST_REQUIRE(c.balanced());
  BOOST_TEST(c["a"].member->seen()->nodes[1].index_keys == 1);
  give_key(c, "a");
  c.go_on(500ms);
  activate(c, "a");
  c.go_on(500ms);
  BOOST_TEST(seen_state(c["a"]).active == 1);
  give_key(c, "b");
  c.go_on(500ms);
  BOOST_TEST(c["a"].member->seen()->nodes[1].index_keys == 2);
  activate(c, "b");
  c.go_on(300ms);
  BOOST_TEST(seen_state(c["a"]).active == 2);
  BOOST_TEST(seen_state(c["a"]).callers == 1);
  c.go_on(20s);
  BOOST_TEST(shards_named(c, 2) == shard_count);
  for (const auto* name : {"a", "b"}) {
    const seen_state now(c[name]);
    BOOST_TEST(now.in_use == 2);
    BOOST_TEST(now.active == 2);
    BOOST_TEST(now.behind == 0u);
    BOOST_TEST(now.callers == 2);
  }
  BOOST_TEST(c.balanced());
}

BOOST_AUTO_TEST_CASE(callers_name_by_the_old_key_while_a_shard_is_behind) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  give_key(c, "a");
  give_key(c, "b");
  c.go_on(500ms);
  // Nobody can rename the shard that the world's own node has.
  const auto tenure = c.w.own(world::shard, "c.1 of nobody");
  activate(c, "a");
  c.go_on(3s);
  BOOST_TEST(seen_state(c["a"]).active == 2);
  BOOST_TEST(seen_state(c["a"]).callers == 1);
  BOOST_TEST(seen_state(c["a"]).behind > 0u);
  activate(c, "a", 3);
  c.go_on(1s);
  BOOST_TEST(seen_state(c["a"]).active == 2);
  c.go_on(30s);  // by now it was taken from whoever had it
  BOOST_TEST(seen_state(c["a"]).callers == 2);
  BOOST_TEST(seen_state(c["b"]).callers == 2);
}

BOOST_AUTO_TEST_CASE(a_node_that_dies_leaves_its_shards_to_be_renamed) {
  cluster_stage c;
  c.add("a");
  c.add("b");
  c.go_on(8s);
  give_key(c, "a");
  give_key(c, "b");
  c.go_on(500ms);
  activate(c, "a");
  c.w.run();  // the other one has not read the table since
  BOOST_TEST(shards_named(c, 1) == c["b"].served());
  c.kill("b");
  c.go_on(30s);
  BOOST_TEST(shards_named(c, 2) == shard_count);
  BOOST_TEST(seen_state(c["a"]).callers == 2);
  // Who comes without the key is not let in; with it, it is.
  auto& back = c.add("b");
  c.go_on(3s);
  BOOST_TEST((back.member->failed() == errc::conflict));
  BOOST_TEST(back.member->failure().find("2 index keys") != std::string::npos);
  auto& last = c.add("c");
  last.names.newest_ = 2;
  c.go_on(8s);
  BOOST_TEST(seen_state(last).callers == 2);
  BOOST_TEST(last.served() > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
