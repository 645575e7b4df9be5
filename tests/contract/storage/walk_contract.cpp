// Walks through all mapping records of a shard.
#include <boost/test/unit_test.hpp>
#include <map>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {
namespace {

sii_key key_of(unsigned number) {
  sii_key out;
  out.value[0] = static_cast<std::uint8_t>(number * 7);  // several share a bucket
  out.value[14] = static_cast<std::uint8_t>(number >> 8);
  out.value[15] = static_cast<std::uint8_t>(number);
  return out;
}

template <class Store>
void put(Store& store, const fence& by, unsigned number, std::uint64_t version = 0) {
  commit step{.by = by, .mapping = some_record(1, version)};
  step.mapping->key = key_of(number);
  BOOST_REQUIRE(ask_commit(store, step).code == errc::none);
}

template <class Store>
mapping_page page(Store& store, shard_id shard, const std::string& cursor, std::size_t limit) {
  return *ask<mapping_page>(
      store, [&](auto done) { store.directory().load_mappings(shard, 1, cursor, limit, done); });
}

/// How often each key was met; `between` runs after every page.
template <class Store, class Between>
std::map<sii_key, int> walk(Store& store, shard_id shard, std::size_t limit, Between between) {
  std::map<sii_key, int> met;
  std::string cursor;
  int pages = 0;
  do {
    BOOST_REQUIRE(++pages < 1000);
    const auto found = page(store, shard, cursor, limit);
    for (const auto& record : found.records) ++met[record.key];
    cursor = found.next;
    between(pages);
  } while (!cursor.empty());
  return met;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(walks)

BOOST_AUTO_TEST_CASE_TEMPLATE(every_record_is_met, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  BOOST_TEST(walk(store, 5, 10, [](int) {}).empty());
  for (unsigned i = 0; i < 300; ++i) put(store, by, i);
  own(store, 6);
  int pages = 0;
  const auto met = walk(store, 5, 7, [&](int number) { pages = number; });
  BOOST_TEST(met.size() == 300u);
  BOOST_TEST(pages > 10);
  BOOST_TEST(walk(store, 6, 7, [](int) {}).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_large_bucket_takes_several_pages, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  for (unsigned i = 0; i < 1200; ++i) {
    commit step{.by = by, .mapping = some_record(1)};
    step.mapping->key = key_of(i);
    step.mapping->key.value[0] = 9;
    ask_commit(store, step);
  }
  int pages = 0;
  BOOST_TEST(walk(store, 5, 50, [&](int number) { pages = number; }).size() == 1200u);
  BOOST_TEST(pages >= 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_stays_is_met_whatever_comes_and_goes, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  std::map<unsigned, std::uint64_t> versions;
  for (unsigned i = 0; i < 200; ++i) {
    commit step{.by = by, .mapping = some_record(1)};
    step.mapping->key = key_of(i);
    versions[i] = ask_commit(store, step).version;
  }
  unsigned fresh = 1000;
  unsigned gone = 0;
  const auto met = walk(store, 5, 9, [&](int) {
    put(store, by, fresh++);
    if (gone < 100) {
      ask_commit(store, {.by = by, .mapping = directory_record{key_of(gone), versions[gone], {}}});
      ++gone;
    }
  });
  for (unsigned i = 100; i < 200; ++i) BOOST_TEST(met.count(key_of(i)) == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_page_has_the_records_as_they_are_stored, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  commit step{.by = by, .mapping = some_record(1)};
  step.mapping->mappings[0].due = true;
  step.mapping->mappings[0].region = "DE";
  step.mapping->mappings[0].sequence = 4;
  const auto version = ask_commit(store, step).version;
  const auto found = page(store, 5, "", 10);
  BOOST_REQUIRE_EQUAL(found.records.size(), 1u);
  BOOST_TEST((found.records[0].key == step.mapping->key));
  BOOST_TEST(found.records[0].version == version);
  const auto& claim = found.records[0].mappings.at(0);
  BOOST_TEST(claim.user == step.mapping->mappings[0].user);
  BOOST_TEST(claim.due);
  BOOST_TEST(claim.region.view() == "DE");
  BOOST_TEST(claim.sequence == 4u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_the_owner_moves_a_walk_on, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto save = [&](const fence& who, const std::string& name, const std::string& cursor) {
    return ask<bool>(store,
                     [&](auto done) { store.directory().save_walk(who, name, cursor, done); })
        .error();
  };
  const auto load = [&](shard_id shard, const std::string& name) {
    return *ask<std::string>(store,
                             [&](auto done) { store.directory().load_walk(shard, name, done); });
  };
  BOOST_TEST(load(5, "one") == "");
  BOOST_TEST((save(by, "one", "there") == errc::none));
  BOOST_TEST((save(by, "two", "elsewhere") == errc::none));
  for (const fence& stranger : {fence{5, "n1.b", by.epoch}, fence{5, "n1.a", by.epoch + 1},
                                fence{6, "n1.a", by.epoch}, fence{6, "", 0}})
    BOOST_TEST((save(stranger, "one", "stolen") == errc::fenced));
  BOOST_TEST(load(5, "one") == "there");
  BOOST_TEST(load(5, "two") == "elsewhere");
  BOOST_TEST(load(6, "one") == "");
  BOOST_TEST((save(by, "one", "") == errc::none));
  BOOST_TEST(load(5, "one") == "");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
