// The rotation of the index key: records get other names, all members agree on which key.
#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {
namespace {

sii_key name_of(unsigned number, std::uint8_t layers) {
  sii_key out;
  // Another bucket in each layer, and several records share one.
  out.value[0] = static_cast<std::uint8_t>(number * 7 + layers * 101);
  out.value[13] = layers;
  out.value[14] = static_cast<std::uint8_t>(number >> 8);
  out.value[15] = static_cast<std::uint8_t>(number);
  out.layers = layers;
  return out;
}

template <class Store>
std::uint64_t put(Store& store, const fence& by, const sii_key& key) {
  commit step{.by = by, .mapping = some_record(1)};
  step.mapping->key = key;
  const auto done = ask_commit(store, step);
  BOOST_REQUIRE(done.code == errc::none);
  return done.version;
}

template <class Store>
directory_record load(Store& store, const sii_key& key) {
  return *ask<directory_record>(store,
                                [&](auto done) { store.directory().load_mapping(5, key, done); });
}

/// Every record under names of so many layers.
template <class Store>
std::map<sii_key, directory_record> all_of(Store& store, std::uint8_t layers) {
  std::map<sii_key, directory_record> out;
  std::string cursor;
  do {
    const auto page = *ask<mapping_page>(
        store, [&](auto done) { store.directory().load_mappings(5, layers, cursor, 50, done); });
    for (const auto& record : page.records) {
      BOOST_TEST(int{record.key.layers} == int{layers});
      out[record.key] = record;
    }
    cursor = page.next;
  } while (!cursor.empty());
  return out;
}

renamed_record renamed(unsigned number, std::uint64_t version, const std::string& user) {
  renamed_record out{name_of(number, 1), some_record(1, version)};
  out.record.key = name_of(number, 2);
  out.record.mappings[0].user = user;
  return out;
}

template <class Store>
result<std::size_t> rename(Store& store, const fence& by, std::vector<renamed_record> records) {
  return ask<std::size_t>(store, [&](auto done) {
    store.names().rename_records({by, 2, records}, done);
  });
}

template <class Store>
result<bool> end(Store& store, const fence& by, std::uint8_t from = 1, std::uint8_t to = 2) {
  return ask<bool>(store, [&](auto done) { store.names().end_renaming(by, from, to, done); });
}

template <class Store>
shard_owner owner(Store& store) {
  return ask<std::vector<shard_owner>>(
             store, [&](auto done) { store.membership().load_owners({5}, done); })
      ->front();
}

template <class Store>
shard_claim claim(Store& store, const std::string& incarnation) {
  const auto seen = owner(store);
  return ask<std::vector<shard_claim>>(
             store,
             [&](auto done) {
               store.membership().claim("n2", incarnation, {{5, seen}}, done);
             })
      ->front();
}

// --- the member table

index_checks keys_of(std::size_t count, std::uint8_t last = 0) {
  index_checks out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back(bytes<bytes16>(static_cast<std::uint8_t>(i + 1)));
  if (last != 0)
    out.back() = bytes<bytes16>(last);
  return out;
}

template <class Store>
join_answer join(Store& store, const std::string& incarnation, const index_checks& keys) {
  join_request request;
  request.me = {incarnation, incarnation.substr(0, 2), "h:1", "folder of " + incarnation, 0, false};
  request.keys = keys;
  return *ask<join_answer>(store, [&](auto done) { store.membership().join(request, done); });
}

template <class Store>
table_answer table(Store& store) {
  return *ask<table_answer>(store, [&](auto done) { store.membership().renew("", done); });
}

template <class Store>
errc report(Store& store, const std::string& incarnation, const index_checks& keys) {
  return ask<bool>(store, [&](auto done) { store.names().report_keys(incarnation, keys, done); })
      .error();
}

template <class Store>
activation_answer activate(Store& store, std::uint8_t version, const index_checks& mine) {
  return *ask<activation_answer>(
      store, [&](auto done) { store.names().activate_key(version, mine, done); });
}

template <class Store>
errc settle(Store& store, std::uint8_t version) {
  return ask<bool>(store, [&](auto done) { store.names().settle_key(version, done); }).error();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(names)

BOOST_AUTO_TEST_CASE_TEMPLATE(names_of_other_layers_are_kept_apart, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  auto twin = name_of(1, 1);
  twin.layers = 2;  // the same bytes: a collision, if anything
  put(store, by, name_of(1, 1));
  BOOST_TEST(load(store, twin).mappings.empty());
  put(store, by, twin);
  BOOST_TEST(all_of(store, 1).size() == 1u);
  BOOST_TEST(all_of(store, 2).size() == 1u);
  BOOST_TEST(all_of(store, 3).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_record_is_renamed_with_its_body, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto version = put(store, by, name_of(1, 1));
  put(store, by, name_of(2, 1));
  BOOST_TEST(*rename(store, by, {renamed(1, version, "sealed anew")}) == 1u);
  BOOST_TEST(load(store, name_of(1, 1)).mappings.empty());
  const auto now = load(store, name_of(1, 2));
  BOOST_REQUIRE(now.mappings.size() == 1u);
  BOOST_TEST(now.version == version);
  BOOST_TEST(now.mappings[0].user == "sealed anew");
  BOOST_TEST(load(store, name_of(2, 1)).mappings.size() == 1u);
  // Whoever goes on with it names its version, as ever.
  commit step{.by = by, .mapping = now};
  BOOST_TEST((ask_commit(store, step).code == errc::none));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(renaming_twice_changes_nothing_more, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto version = put(store, by, name_of(1, 1));
  BOOST_TEST(*rename(store, by, {renamed(1, version, "first")}) == 1u);
  BOOST_TEST(*rename(store, by, {renamed(1, version, "second")}) == 0u);
  BOOST_TEST(load(store, name_of(1, 2)).mappings.at(0).user == "first");
  // And one that was written since it was read is left for the next page.
  const auto other = put(store, by, name_of(2, 1));
  BOOST_TEST(*rename(store, by, {renamed(2, other - 1, "stale"), renamed(3, 1, "none")}) == 0u);
  BOOST_TEST(load(store, name_of(2, 1)).version == other);
  BOOST_TEST(load(store, name_of(2, 2)).mappings.empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_the_owner_renames, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto version = put(store, by, name_of(1, 1));
  for (const fence& stranger :
       {fence{5, "n1.b", by.epoch}, fence{5, "n1.a", by.epoch + 1}, fence{5, "", 0}}) {
    BOOST_TEST((rename(store, stranger, {renamed(1, version, "stolen")}).error() == errc::fenced));
    BOOST_TEST((end(store, stranger).error() == errc::fenced));
  }
  BOOST_TEST(load(store, name_of(1, 1)).version == version);
  const auto next = claim(store, "n2.a");
  BOOST_TEST(int{next.renaming} == 0);
  BOOST_TEST(int{next.names} == 1);
  BOOST_TEST((rename(store, by, {renamed(1, version, "late")}).error() == errc::fenced));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_shard_is_over_when_no_old_name_is_left, store_type, both_stores) {
  store_type store;
  fence by = own(store, 5);
  std::map<unsigned, std::uint64_t> versions;
  for (unsigned i = 0; i < 600; ++i) versions[i] = put(store, by, name_of(i, 1));
  ask<bool>(store, [&](auto done) { store.directory().save_walk(by, "sweep", "7:0", done); });
  std::vector<renamed_record> step;
  for (unsigned i = 0; i < 256; ++i) step.push_back(renamed(i, versions[i], "anew"));
  BOOST_TEST(*rename(store, by, step) == 256u);
  BOOST_TEST(!*end(store, by));
  BOOST_TEST(int{owner(store).names} == 1);
  // Whoever takes the shard over learns that it was begun.
  const auto next = claim(store, "n2.a");
  BOOST_TEST(int{next.names} == 1);
  BOOST_TEST(int{next.renaming} == 2);
  by = {5, "n2.a", next.epoch};
  for (const auto& [key, record] : all_of(store, 1)) {
    const auto number = unsigned{key.value[14]} << 8 | key.value[15];
    BOOST_TEST(*rename(store, by, {renamed(number, record.version, "anew")}) == 1u);
  }
  BOOST_TEST(*end(store, by));
  BOOST_TEST(int{owner(store).names} == 2);
  BOOST_TEST(all_of(store, 1).empty());
  const auto all = all_of(store, 2);
  BOOST_TEST(all.size() == 600u);
  for (unsigned i = 0; i < 600; ++i) BOOST_TEST(all.at(name_of(i, 2)).version == versions[i]);
  BOOST_TEST(*ask<std::string>(
                 store, [&](auto done) { store.directory().load_walk(5, "sweep", done); }) == "");
  const auto last = claim(store, "n3.a");
  BOOST_TEST(int{last.names} == 2);
  BOOST_TEST(int{last.renaming} == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_empty_shard_is_over_at_once, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  BOOST_TEST(*end(store, by));
  BOOST_TEST(int{owner(store).names} == 2);
  // Released and claimed again, it stays so; rows of bulk jobs find their place too.
  ask<bool>(store, [&](auto done) { store.membership().release(by, done); });
  const auto next = claim(store, "n2.a");
  BOOST_TEST(int{next.names} == 2);
  rows_commit rows;
  rows.by = {5, "n2.a", next.epoch};
  rows.rows.push_back({some_record(1), {}});
  rows.rows[0].record.key = name_of(1, 2);
  const auto done = ask<rows_result>(store, [&](auto answer) {
    store.directory().apply_rows(rows, [answer](rows_result got) { answer(std::move(got)); });
  });
  BOOST_TEST((done->code == errc::none));
  BOOST_TEST(all_of(store, 2).size() == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_key_is_active_once_every_member_has_it, store_type, both_stores) {
  store_type store;
  join(store, "n1.a", keys_of(1));
  join(store, "n2.a", keys_of(2));
  BOOST_TEST((table(store).index == index_state{1, 1}));
  auto got = activate(store, 2, keys_of(2));
  BOOST_TEST((got.outcome == activation::lacking));
  BOOST_TEST(got.node == "n1");
  BOOST_TEST((report(store, "n1.a", keys_of(2, 77)) == errc::none));
  got = activate(store, 2, keys_of(2));
  BOOST_TEST((got.outcome == activation::differing));
  BOOST_TEST(got.node == "n1");
  BOOST_TEST((report(store, "n1.a", keys_of(3)) == errc::none));
  BOOST_TEST((activate(store, 3, keys_of(3)).outcome == activation::not_next));
  BOOST_TEST((activate(store, 2, keys_of(1)).outcome == activation::lacking));
  BOOST_TEST((activate(store, 2, keys_of(2)).outcome == activation::active));
  const auto now = table(store);
  BOOST_TEST((now.index == index_state{1, 2}));
  BOOST_REQUIRE(now.view.members.size() == 2u);
  BOOST_TEST(int{now.view.members[0].index_keys} == 3);
  BOOST_TEST(int{now.view.members[1].index_keys} == 2);
  BOOST_TEST((report(store, "n9.a", keys_of(2)) == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_rotation_after_the_other, store_type, both_stores) {
  store_type store;
  join(store, "n1.a", keys_of(3));
  BOOST_TEST((settle(store, 2) == errc::conflict));
  BOOST_TEST((activate(store, 2, keys_of(3)).outcome == activation::active));
  BOOST_TEST((activate(store, 2, keys_of(3)).outcome == activation::active));
  BOOST_TEST((activate(store, 3, keys_of(3)).outcome == activation::unfinished));
  BOOST_TEST((settle(store, 3) == errc::conflict));
  BOOST_TEST((settle(store, 1) == errc::conflict));
  BOOST_TEST((table(store).index == index_state{1, 2}));
  BOOST_TEST((settle(store, 2) == errc::none));
  BOOST_TEST((settle(store, 2) == errc::none));
  BOOST_TEST((table(store).index == index_state{2, 2}));
  BOOST_TEST((activate(store, 3, keys_of(3)).outcome == activation::active));
  BOOST_TEST((table(store).index == index_state{2, 3}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(who_lacks_an_active_key_may_not_join, store_type, both_stores) {
  store_type store;
  join(store, "n1.a", keys_of(2));
  activate(store, 2, keys_of(2));
  const auto lacking = join(store, "n2.a", keys_of(1));
  BOOST_TEST((lacking.outcome == join_outcome::other_directory));
  BOOST_TEST(lacking.why.find("2 index keys, this node has 1") != std::string::npos, lacking.why);
  const auto differing = join(store, "n2.a", keys_of(2, 77));
  BOOST_TEST((differing.outcome == join_outcome::other_directory));
  BOOST_TEST(differing.why.find("index key 2") != std::string::npos, differing.why);
  BOOST_TEST((join(store, "n2.a", keys_of(2)).outcome == join_outcome::joined));
  BOOST_TEST((join(store, "n3.a", keys_of(3)).outcome == join_outcome::joined));
  BOOST_TEST(table(store).view.members.size() == 3u);
  // Who has ended has no say any more.
  ask<bool>(store, [&](auto done) { store.membership().leave("n2.a", done); });
  ask<bool>(store, [&](auto done) { store.membership().leave("n1.a", done); });
  settle(store, 2);
  BOOST_TEST((activate(store, 3, keys_of(3)).outcome == activation::active));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
