#include "domain/index_rotation.hpp"

#include <boost/test/unit_test.hpp>

using namespace glados;

namespace {

index_checks keys(std::initializer_list<int> fills) {
  index_checks out;
  for (const int fill : fills) out.emplace_back().fill(static_cast<std::uint8_t>(fill));
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(index_rotation)

BOOST_AUTO_TEST_CASE(only_the_next_key_can_be_activated) {
  const auto mine = keys({1, 2, 3});
  const std::vector<member_keys> members{{"n1", mine}};
  const index_state settled{1, 1};
  BOOST_TEST((may_activate(settled, 0, mine, members).outcome == activation::not_next));
  BOOST_TEST((may_activate(settled, 1, mine, members).outcome == activation::active));
  BOOST_TEST((may_activate(settled, 2, mine, members).outcome == activation::active));
  BOOST_TEST((may_activate(settled, 3, mine, members).outcome == activation::not_next));
  BOOST_TEST((may_activate({2, 2}, 1, mine, members).outcome == activation::not_next));
}

BOOST_AUTO_TEST_CASE(one_layer_is_pending_at_a_time) {
  const auto mine = keys({1, 2, 3});
  const std::vector<member_keys> members{{"n1", mine}};
  const index_state pending{1, 2};
  BOOST_TEST(pending.pending());
  BOOST_TEST((may_activate(pending, 2, mine, members).outcome == activation::active));
  BOOST_TEST((may_activate(pending, 3, mine, members).outcome == activation::unfinished));
}

BOOST_AUTO_TEST_CASE(every_member_must_have_the_same_key) {
  const auto mine = keys({1, 2});
  const index_state now{1, 1};
  BOOST_TEST((may_activate(now, 2, keys({1}), {}).outcome == activation::lacking));
  const auto with = [&](const index_checks& other) {
    const std::vector<member_keys> members{{"n1", mine}, {"n2", other}};
    return may_activate(now, 2, mine, members);
  };
  BOOST_TEST((with(keys({1, 2})).outcome == activation::active));
  BOOST_TEST((with(keys({1, 2, 9})).outcome == activation::active));
  BOOST_TEST((with(keys({1})).outcome == activation::lacking));
  BOOST_TEST((with({}).outcome == activation::lacking));
  BOOST_TEST(with({}).node == "n2");
  BOOST_TEST((with(keys({1, 3})).outcome == activation::differing));
  BOOST_TEST((with(keys({4, 2})).outcome == activation::differing));
}

BOOST_AUTO_TEST_CASE(a_node_joins_with_the_directorys_keys) {
  BOOST_TEST(keys_mismatch({}, {}) == "");
  BOOST_TEST(keys_mismatch({}, keys({1, 2})) == "");
  BOOST_TEST(keys_mismatch(keys({1, 2}), keys({1, 2})) == "");
  BOOST_TEST(keys_mismatch(keys({1, 2}), keys({1, 2, 3})) == "");
  BOOST_TEST(keys_mismatch(keys({1, 2}), keys({1})) ==
             "the directory names its records by 2 index keys, this node has 1");
  BOOST_TEST(keys_mismatch(keys({1, 2}), keys({1, 9})) == "index key 2 is not the directory's");
  BOOST_TEST(keys_mismatch(keys({1, 2}), keys({9})) == "index key 1 is not the directory's");
}

BOOST_AUTO_TEST_CASE(shards_behind_are_counted) {
  std::vector<shard_owner> records(4, {"n1.a", 1, 2});
  BOOST_TEST(shards_behind(records, 2) == 0u);
  records[1].names = 1;
  BOOST_TEST(shards_behind(records, 2) == 1u);
  BOOST_TEST(shards_behind(records, 3) == 4u);
  BOOST_TEST(shards_behind({}, 3) == 0u);
}

BOOST_AUTO_TEST_CASE(names_are_told_apart_by_their_value) {
  sii_key one{{1, 2, 3}};
  BOOST_TEST(int{one.layers} == 1);
  auto other = one;
  other.layers = 2;
  BOOST_TEST((one == other));
  other.value[15] = 1;
  BOOST_TEST((one != other));
  BOOST_TEST((one < other));
}

BOOST_AUTO_TEST_SUITE_END()
