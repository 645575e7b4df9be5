#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

template <class Store>
result<std::vector<shard_claim>> claim(Store& store, const std::string& node,
                                       const std::string& incarnation,
                                       std::vector<shard_id> shards) {
  return ask<std::vector<shard_claim>>(
      store, [&](auto done) { store.membership().claim(node, incarnation, shards, done); });
}

template <class Store>
result<std::uint64_t> raise(Store& store, const fence& by) {
  return ask<std::uint64_t>(store, [&](auto done) { store.membership().raise_epoch(by, done); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(membership)

BOOST_AUTO_TEST_CASE_TEMPLATE(all_shards_can_be_claimed_at_once, store_type, both_stores) {
  store_type store;
  std::vector<shard_id> all;
  for (std::size_t i = 0; i < shard_count; ++i) all.push_back(static_cast<shard_id>(i));
  const auto claims = claim(store, "n1", "n1.a", all);
  BOOST_REQUIRE_EQUAL(claims->size(), shard_count);
  for (std::size_t i = 0; i < shard_count; ++i)
    BOOST_TEST(((*claims)[i].shard == i && (*claims)[i].epoch == 1));
  BOOST_TEST(claim(store, "n1", "n1.a", {})->empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(another_node_must_wait_for_the_release, store_type, both_stores) {
  store_type store;
  const fence first = own(store, 5);
  BOOST_TEST((claim(store, "n2", "n2.a", {5}).error() == errc::conflict));
  BOOST_TEST((ask_commit(store, {.by = first}).code == errc::none));
  const auto release = [&](const std::string& incarnation) {
    return ask<bool>(store, [&](auto done) { store.membership().release(incarnation, {5}, done); });
  };
  release("n2.a");  // not its own: nothing happens
  BOOST_TEST((claim(store, "n2", "n2.a", {5}).error() == errc::conflict));
  release("n1.a");
  const auto second = claim(store, "n2", "n2.a", {5});
  BOOST_REQUIRE(second);
  BOOST_TEST((*second)[0].epoch == first.epoch + 1);
  BOOST_TEST((ask_commit(store, {.by = first}).code == errc::fenced));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_node_takes_over_from_its_predecessor, store_type, both_stores) {
  store_type store;
  const fence before = own(store, 5, "n1", "n1.a");
  const auto version = ask_commit(store, {.by = before}).version;
  const fence after = own(store, 5, "n1", "n1.b");
  BOOST_TEST(after.epoch == before.epoch + 1);
  BOOST_TEST((ask_commit(store, {.by = before}).code == errc::fenced));
  BOOST_TEST(ask_commit(store, {.by = after}).version > version);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_raised_epoch_fences_what_is_on_the_wire, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto next = raise(store, by);
  BOOST_REQUIRE(next);
  BOOST_TEST(*next == by.epoch + 1);
  BOOST_TEST((ask_commit(store, {.by = by, .mapping = some_record(1)}).code == errc::fenced));
  BOOST_TEST((raise(store, by).error() == errc::fenced));
  BOOST_TEST((raise(store, {5, "n2.a", *next}).error() == errc::fenced));
  BOOST_TEST((raise(store, {6, "", 0}).error() == errc::fenced));
  BOOST_TEST((ask_commit(store, {.by = {5, "n1.a", *next}}).code == errc::none));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_directory_has_one_identity, store_type, both_stores) {
  store_type store;
  const auto check = [&](const directory_identity& mine) {
    return ask<bool>(store, [&](auto done) { store.membership().check_identity(mine, done); });
  };
  directory_identity mine;
  mine.placement_check = bytes<bytes16>(1);
  BOOST_TEST(bool(check(mine)));
  BOOST_TEST(bool(check(mine)));
  directory_identity others[4] = {mine, mine, mine, mine};
  others[0].schema = 2;
  others[1].shards = 512;
  others[2].index_version = 2;
  others[3].placement_check[15] = 2;
  for (const directory_identity& other : others)
    BOOST_TEST((check(other).error() == errc::conflict));
  BOOST_TEST(bool(check(mine)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(time_moves_on, store_type, both_stores) {
  store_type store;
  const instant before = cluster_time(store);
  store.advance(std::chrono::milliseconds(1));
  BOOST_TEST((cluster_time(store) > before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
