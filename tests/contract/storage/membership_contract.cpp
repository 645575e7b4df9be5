#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

template <class Store>
std::vector<shard_claim> claim(Store& store, const std::string& incarnation,
                               std::vector<shard_seen> shards) {
  const auto node = incarnation.substr(0, incarnation.find('.'));
  return *ask<std::vector<shard_claim>>(
      store, [&](auto done) { store.membership().claim(node, incarnation, shards, done); });
}

template <class Store>
result<std::uint64_t> raise(Store& store, const fence& by) {
  return ask<std::uint64_t>(store, [&](auto done) { store.membership().raise_epoch(by, done); });
}

template <class Store>
shard_owner owner_of(Store& store, shard_id shard) {
  return ask<std::vector<shard_owner>>(
             store, [&](auto done) { store.membership().load_owners({shard}, done); })
      ->at(0);
}

directory_identity some_identity() {
  directory_identity out;
  out.placement_check = bytes<bytes16>(1);
  return out;
}

/// Joins as the incarnation "<node>.<life>".
template <class Store>
join_answer join(Store& store, const std::string& incarnation, const std::string& folder = "f",
                 const directory_identity& identity = some_identity()) {
  join_request request{identity, {}};
  request.me.incarnation = incarnation;
  request.me.node = incarnation.substr(0, incarnation.find('.'));
  request.me.folder = folder;
  request.me.address = "127.0.0.1:" + std::to_string(incarnation.size());
  return *ask<join_answer>(store, [&](auto done) { store.membership().join(request, done); });
}

template <class Store>
table_answer renew(Store& store, const std::string& incarnation) {
  return *ask<table_answer>(store, [&](auto done) { store.membership().renew(incarnation, done); });
}

template <class Store>
errc evict(Store& store, const std::string& incarnation, std::uint64_t counter) {
  return ask<bool>(store, [&](auto done) { store.membership().evict(incarnation, counter, done); })
      .error();
}

template <class Store>
std::vector<std::string> ended(Store& store, std::vector<std::string> incarnations) {
  return *ask<std::vector<std::string>>(
      store, [&](auto done) { store.membership().find_ended(incarnations, done); });
}

using names = std::vector<std::string>;

}  // namespace

BOOST_AUTO_TEST_SUITE(membership)

// --- members

BOOST_AUTO_TEST_CASE_TEMPLATE(a_member_renews_and_reads_the_table, store_type, both_stores) {
  store_type store;
  BOOST_TEST((join(store, "n1.a").outcome == join_outcome::joined));
  BOOST_TEST((join(store, "n2.b").outcome == join_outcome::joined));
  const auto first = renew(store, "n1.a");
  BOOST_TEST(first.member);
  BOOST_REQUIRE_EQUAL(first.view.members.size(), 2u);
  const auto& me = first.view.members[0];
  BOOST_TEST(me.incarnation == "n1.a");
  BOOST_TEST(me.node == "n1");
  BOOST_TEST(me.folder == "f");
  BOOST_TEST(me.address == "127.0.0.1:4");
  BOOST_TEST(!me.draining);
  const auto second = renew(store, "n1.a");
  BOOST_TEST(second.view.members[0].counter == me.counter + 1);
  BOOST_TEST(second.view.members[1].counter == first.view.members[1].counter);
  BOOST_TEST(second.view.number == first.view.number);
  BOOST_TEST((second.now >= first.now));
  BOOST_TEST(!renew(store, "").member);
  BOOST_TEST(!renew(store, "n3.x").member);
  BOOST_TEST(renew(store, "n3.x").view.members.size() == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(joining_twice_is_joining_once, store_type, both_stores) {
  store_type store;
  join(store, "n1.a");
  const auto before = renew(store, "n1.a");
  BOOST_TEST((join(store, "n1.a").outcome == join_outcome::joined));
  const auto after = renew(store, "n1.a");
  BOOST_TEST(after.view.members.size() == 1u);
  BOOST_TEST(after.view.members[0].counter > before.view.members[0].counter);
  BOOST_TEST(after.view.number > before.view.number);
}

/// Also from the same folder: a join may arrive when its process has ended, and another one joined.
BOOST_AUTO_TEST_CASE_TEMPLATE(a_node_id_is_held_by_one_incarnation, store_type, both_stores) {
  store_type store;
  join(store, "n1.a", "this folder");
  BOOST_TEST((join(store, "n1.b", "another").outcome == join_outcome::id_live));
  BOOST_TEST((join(store, "n1.c", "this folder").outcome == join_outcome::id_live));
  const auto table = renew(store, "n1.a");
  BOOST_TEST(table.member);
  BOOST_TEST(table.view.members.size() == 1u);
  BOOST_TEST((evict(store, "n1.a", table.view.members[0].counter) == errc::none));
  BOOST_TEST((join(store, "n1.c", "this folder").outcome == join_outcome::joined));
  BOOST_TEST(!renew(store, "n1.a").member);
  BOOST_TEST(renew(store, "n1.c").view.members.size() == 1u);
  BOOST_TEST((ended(store, {"n1.a", "n1.b", "n1.c"}) == names{"n1.a"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_ended_incarnation_never_comes_back, store_type, both_stores) {
  store_type store;
  join(store, "n1.a");
  const auto table = renew(store, "n1.a");
  const auto counter = table.view.members[0].counter;
  BOOST_TEST((evict(store, "n1.a", counter - 1) == errc::conflict));
  BOOST_TEST((evict(store, "n1.a", 0) == errc::conflict));
  BOOST_TEST(renew(store, "n1.a").member);
  BOOST_TEST((evict(store, "n1.a", counter) == errc::conflict));  // it renewed meanwhile
  BOOST_TEST((evict(store, "n1.a", counter + 1) == errc::none));
  const auto after = renew(store, "n1.a");
  BOOST_TEST(!after.member);
  BOOST_TEST(after.view.members.empty());
  BOOST_TEST(after.view.number > table.view.number);
  BOOST_TEST((join(store, "n1.a").outcome == join_outcome::ended));
  BOOST_TEST((ended(store, {"n1.a"}) == names{"n1.a"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_name_in_no_table_can_be_ended, store_type, both_stores) {
  store_type store;
  BOOST_TEST((evict(store, "lost.x", 1) == errc::conflict));
  BOOST_TEST((evict(store, "lost.x", 0) == errc::none));
  BOOST_TEST((ended(store, {"lost.x", "other.x"}) == names{"lost.x"}));
  BOOST_TEST(ended(store, {}).empty());
  BOOST_TEST((join(store, "lost.x").outcome == join_outcome::ended));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_leaves_is_gone_at_once, store_type, both_stores) {
  store_type store;
  join(store, "n1.a");
  ask<bool>(store, [&](auto done) { store.membership().leave("n1.a", done); });
  BOOST_TEST(renew(store, "").view.members.empty());
  BOOST_TEST((ended(store, {"n1.a"}) == names{"n1.a"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_drain_is_seen_by_all_and_ends_with_the_life, store_type,
                              both_stores) {
  store_type store;
  const auto drain = [&](const std::string& node) {
    return ask<bool>(store, [&](auto done) { store.membership().drain(node, done); }).error();
  };
  join(store, "n1.a");
  join(store, "n2.a", "g");
  BOOST_TEST((drain("n3") == errc::not_found));
  const auto before = renew(store, "").view.number;
  BOOST_TEST((drain("n1") == errc::none));
  const auto after = renew(store, "").view;
  BOOST_TEST(after.number > before);
  BOOST_TEST(after.members[0].draining);
  BOOST_TEST(!after.members[1].draining);
  BOOST_TEST((drain("n1") == errc::none));
  BOOST_TEST(renew(store, "").view.number == after.number);
  ask<bool>(store, [&](auto done) { store.membership().leave("n1.a", done); });
  join(store, "n1.b");
  BOOST_TEST(!renew(store, "").view.members[0].draining);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_address_can_change, store_type, both_stores) {
  store_type store;
  join(store, "n1.a");
  const auto announce = [&](const std::string& who) {
    return ask<bool>(store, [&](auto done) { store.membership().announce(who, "h:9", done); });
  };
  const auto before = renew(store, "").view.number;
  BOOST_TEST(bool(announce("n1.a")));
  BOOST_TEST((announce("n2.a").error() == errc::not_found));
  const auto table = renew(store, "").view;
  BOOST_TEST(table.members[0].address == "h:9");
  BOOST_TEST(table.members[0].folder == "f");
  BOOST_TEST(table.number == before + 1);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_directory_has_one_identity, store_type, both_stores) {
  store_type store;
  auto mine = some_identity();
  mine.schema = 4;
  BOOST_TEST((join(store, "n1.a", "f", mine).outcome == join_outcome::joined));
  directory_identity others[4] = {mine, mine, mine, mine};
  others[0].schema = 3;  // an older program
  others[1].schema = 6;  // two schemas on
  others[2].shards = 512;
  others[3].placement_check[15] = 2;
  const std::string_view reasons[4] = {"schema 4", "schema 4", "1024 shards", "placement key"};
  for (int i = 0; i < 4; ++i) {
    const auto refused = join(store, "n2.a", "g", others[i]);
    BOOST_TEST((refused.outcome == join_outcome::other_directory));
    BOOST_TEST(refused.why.find(reasons[i]) != std::string::npos, refused.why);
  }
  auto next = mine;
  next.schema = 5;
  BOOST_TEST((join(store, "n2.b", "g", next).outcome == join_outcome::joined));
  BOOST_TEST((join(store, "n3.a", "h", mine).outcome == join_outcome::joined));
}

// --- shards

BOOST_AUTO_TEST_CASE_TEMPLATE(all_shards_can_be_claimed_at_once, store_type, both_stores) {
  store_type store;
  std::vector<shard_seen> all;
  std::vector<shard_id> ids;
  for (std::size_t i = 0; i < shard_count; ++i) {
    all.push_back({static_cast<shard_id>(i), {}});
    ids.push_back(static_cast<shard_id>(i));
  }
  const auto claims = claim(store, "n1.a", all);
  BOOST_REQUIRE_EQUAL(claims.size(), shard_count);
  for (std::size_t i = 0; i < shard_count; ++i)
    BOOST_TEST(((claims)[i].shard == i && (claims)[i].epoch == 1));
  const auto owners = ask<std::vector<shard_owner>>(
      store, [&](auto done) { store.membership().load_owners(ids, done); });
  BOOST_TEST((*owners == std::vector<shard_owner>(shard_count, {"n1.a", 1})));
  BOOST_TEST(claim(store, "n1.a", {}).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_claim_needs_the_record_that_was_seen, store_type, both_stores) {
  store_type store;
  BOOST_TEST((owner_of(store, 5) == shard_owner{}));
  const fence first = own(store, 5);
  BOOST_TEST((owner_of(store, 5) == shard_owner{"n1.a", first.epoch}));
  for (const auto& seen : std::vector<shard_owner>{{"", 0},
                                                   {"", first.epoch},
                                                   {"n1.a", first.epoch - 1},
                                                   {"n1.a", first.epoch + 1},
                                                   {"n1.b", first.epoch}})
    BOOST_TEST(claim(store, "n2.a", {{5, seen}}).empty());
  BOOST_TEST((ask_commit(store, {.by = first}).code == errc::none));
  const auto two = claim(store, "n2.a", {{5, {"n1.a", first.epoch}}, {6, {"n1.a", 7}}});
  BOOST_REQUIRE_EQUAL(two.size(), 1u);
  BOOST_TEST(((two[0].shard == 5) && two[0].epoch == first.epoch + 1));
  BOOST_TEST((ask_commit(store, {.by = first}).code == errc::fenced));
  BOOST_TEST((ask_commit(store, {.by = {5, "n2.a", two[0].epoch}}).code == errc::none));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_released_shard_keeps_its_epoch, store_type, both_stores) {
  store_type store;
  const fence first = own(store, 5);
  const auto release = [&](const fence& by) {
    return ask<bool>(store, [&](auto done) { store.membership().release(by, done); }).error();
  };
  BOOST_TEST((release({5, "n2.a", first.epoch}) == errc::fenced));
  BOOST_TEST((release({5, "n1.a", first.epoch + 1}) == errc::fenced));
  BOOST_TEST((release({6, "", 0}) == errc::fenced));
  BOOST_TEST((release(first) == errc::none));
  BOOST_TEST((release(first) == errc::fenced));
  BOOST_TEST((owner_of(store, 5) == shard_owner{"", first.epoch}));
  const auto second = claim(store, "n2.a", {{5, {"", first.epoch}}});
  BOOST_REQUIRE_EQUAL(second.size(), 1u);
  BOOST_TEST(second[0].epoch == first.epoch + 1);
  BOOST_TEST((release(first) == errc::fenced));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(versions_grow_over_owners, store_type, both_stores) {
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

BOOST_AUTO_TEST_CASE_TEMPLATE(time_moves_on, store_type, both_stores) {
  store_type store;
  const instant before = cluster_time(store);
  store.advance(std::chrono::milliseconds(1));
  BOOST_TEST((cluster_time(store) > before));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
