// Snapshots of shards, the change log, and the mark of a restore.
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "storage/backup_codec.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {
namespace {

using rows = std::map<sii_key, kept_row>;

sii_key key_of(unsigned number) {
  sii_key out;
  out.value[0] = static_cast<std::uint8_t>(number * 7);  // several share a bucket
  out.value[14] = static_cast<std::uint8_t>(number >> 8);
  out.value[15] = static_cast<std::uint8_t>(number);
  return out;
}

/// A shard that changes, and what stands in it.
template <class Store>
struct changing_shard {
  explicit changing_shard(Store& of) : store(of), by(own(of, 5)) {}

  /// Writes a record, new or not; `salt` 0 removes it.
  void put(unsigned number, std::uint32_t salt) {
    commit step{.by = by, .mapping = record_with(number, salt)};
    const auto done = ask_commit(store, step);
    BOOST_REQUIRE(done.code == errc::none);
    step.mapping->version = done.version;
    keep(*step.mapping);
  }

  /// The same as a row of a bulk job.
  void put_row(unsigned number, std::uint32_t salt) {
    rows_commit step{by, {}, {}};
    step.rows.push_back({record_with(number, salt), {}});
    auto promise = std::make_shared<std::promise<rows_result>>();
    auto answer = promise->get_future();
    store.directory().apply_rows(step, [promise](rows_result got) { promise->set_value(got); });
    store.run();
    const auto done = finish(answer);
    BOOST_REQUIRE(done.code == errc::none);
    BOOST_REQUIRE(done.refused.empty());
    step.rows[0].record.version = done.version;
    keep(step.rows[0].record);
  }

  directory_record record_with(unsigned number, std::uint32_t salt) const {
    auto out = some_record(1, version_of(number));
    out.key = key_of(number);
    out.mappings[0].salt = salt;
    if (salt == 0)
      out.mappings.clear();
    return out;
  }

  std::uint64_t version_of(unsigned number) const {
    const auto found = stands.find(key_of(number));
    return found == stands.end() ? 0 : found->second.version;
  }

  void keep(const directory_record& record) {
    if (record.mappings.empty())
      stands.erase(record.key);
    else
      stands[record.key] = row_of(record);
  }

  Store& store;
  fence by;
  rows stands;
};

template <class Store>
result<shard_snapshot> begin_it(Store& store, const std::string& name = "b1") {
  return ask<shard_snapshot>(store,
                             [&](auto done) { store.backup().begin_snapshot(5, name, done); });
}

template <class Store>
result<mapping_page> read_it(Store& store, const std::string& cursor, std::size_t limit,
                             const std::string& name = "b1", std::uint8_t names = 1) {
  return ask<mapping_page>(
      store, [&](auto done) { store.backup().read_snapshot(5, name, names, cursor, limit, done); });
}

/// All of the snapshot; `between` runs after every page.
template <class Store, class Between>
rows read_all(Store& store, std::size_t limit, Between between) {
  rows out;
  std::string cursor;
  int pages = 0;
  do {
    BOOST_REQUIRE(++pages < 2000);
    const auto page = read_it(store, cursor, limit);
    BOOST_REQUIRE(bool(page));
    for (const auto& record : page->records) {
      const auto [at, fresh] = out.emplace(record.key, row_of(record));
      BOOST_TEST((fresh || at->second == row_of(record)), "met twice, and not the same");
    }
    cursor = page->next;
    between(pages);
  } while (!cursor.empty());
  return out;
}

template <class Store>
bool log_it(Store& store, shard_id shard, const std::string& id, const std::string& body) {
  return *ask<bool>(store, [&](auto done) { store.backup().log_change(shard, id, body, done); });
}

template <class Store>
log_page read_log(Store& store, std::uint64_t after, std::size_t limit = 100) {
  return *ask<log_page>(store, [&](auto done) { store.backup().read_log(after, limit, done); });
}

template <class Store>
errc begin_restore(Store& store, const std::string& name, std::uint8_t names = 1) {
  return ask<bool>(store, [&](auto done) { store.backup().begin_restore(name, names, done); })
      .error();
}

template <class Store>
errc end_restore(Store& store, const std::string& name) {
  return ask<bool>(store, [&](auto done) { store.backup().end_restore(name, done); }).error();
}

/// An index key, as by a node that has three.
template <class Store>
activation activate(Store& store, std::uint8_t version) {
  const index_checks keys{bytes<bytes16>(1), bytes<bytes16>(2), bytes<bytes16>(3)};
  return ask<activation_answer>(store,
                                [&](auto done) { store.names().activate_key(version, keys, done); })
      ->outcome;
}

template <class Store>
restore_state restore_of(Store& store) {
  return *ask<restore_state>(store, [&](auto done) { store.backup().load_restore(done); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(backups)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_quiet_shard_is_read_as_it_is, store_type, both_stores) {
  store_type store;
  changing_shard<store_type> shard(store);
  BOOST_TEST(begin_it(store)->version == 0u);
  BOOST_TEST(read_all(store, 10, [](int) {}).empty());
  for (unsigned i = 0; i < 200; ++i) shard.put(i, i + 1);
  const auto taken = begin_it(store);
  BOOST_REQUIRE(bool(taken));
  BOOST_TEST(taken->version == shard.version_of(199));
  BOOST_TEST(taken->epoch == shard.by.epoch);
  BOOST_TEST(taken->names == 1);
  BOOST_TEST((read_all(store, 7, [](int) {}) == shard.stands));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_changes_meanwhile_is_read_as_it_was, store_type, both_stores) {
  for (unsigned seed = 1; seed <= 5; ++seed) {
    store_type store;
    changing_shard<store_type> shard(store);
    std::mt19937 random(seed);
    for (unsigned i = 0; i < 150; ++i) shard.put(i, i + 1);
    BOOST_REQUIRE(bool(begin_it(store)));
    const auto then = shard.stands;
    const auto now = read_all(store, 1 + random() % 20, [&](int) {
      for (unsigned steps = random() % 4; steps > 0; --steps) {
        const auto number = static_cast<unsigned>(random() % 180);
        const bool gone = random() % 3 == 0 && shard.version_of(number) != 0;
        const auto salt = gone ? 0u : static_cast<std::uint32_t>(random() % 1'000'000 + 1000);
        random() % 2 == 0 ? shard.put(number, salt) : shard.put_row(number, salt);
      }
    });
    BOOST_TEST((now == then), "seed " << seed);
    BOOST_REQUIRE(bool(begin_it(store)));
    BOOST_TEST((read_all(store, 50, [](int) {}) == shard.stands), "seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(all_that_is_removed_meanwhile_is_read, store_type, both_stores) {
  store_type store;
  changing_shard<store_type> shard(store);
  for (unsigned i = 0; i < 60; ++i) shard.put(i, i + 1);
  BOOST_REQUIRE(bool(begin_it(store)));
  const auto then = shard.stands;
  for (unsigned i = 0; i < 60; ++i) i % 2 == 0 ? shard.put(i, 0) : shard.put_row(i, 0);
  for (unsigned i = 0; i < 30; ++i) shard.put(i, 5000);  // new ones under the same names
  BOOST_TEST((read_all(store, 10, [](int) {}) == then));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_snapshot_ends_with_its_last_page, store_type, both_stores) {
  store_type store;
  changing_shard<store_type> shard(store);
  shard.put(1, 1);
  BOOST_TEST((read_it(store, "", 10).error() == errc::not_found));
  begin_it(store);
  BOOST_TEST((read_it(store, "", 10, "another").error() == errc::not_found));
  BOOST_TEST((read_it(store, "", 10, "b1", 2).error() == errc::not_found));
  read_all(store, 10, [](int) {});
  BOOST_TEST((read_it(store, "", 10).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_name_at_a_time, store_type, both_stores) {
  store_type store;
  changing_shard<store_type> shard(store);
  shard.put(1, 1);
  BOOST_TEST(bool(begin_it(store)));
  BOOST_TEST((begin_it(store, "b2").error() == errc::conflict));
  shard.put(1, 2);
  BOOST_TEST(begin_it(store)->version == shard.version_of(1));  // begun anew, after a crash say
  BOOST_TEST((read_all(store, 10, [](int) {}) == shard.stands));
  BOOST_TEST(bool(begin_it(store, "b2")));
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_a_snapshot_that_was_left) {
  simulated_under_test store;
  changing_shard<simulated_under_test> shard(store);
  shard.put(1, 1);
  begin_it(store);
  store.advance(snapshot_kept - std::chrono::seconds(1));
  BOOST_TEST((begin_it(store, "b2").error() == errc::conflict));
  store.advance(std::chrono::seconds(1));
  BOOST_TEST((read_it(store, "", 10).error() == errc::not_found));
  BOOST_TEST(bool(begin_it(store, "b2")));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(names_that_change_end_a_snapshot, store_type, both_stores) {
  store_type store;
  changing_shard<store_type> shard(store);
  shard.put(1, 1);
  begin_it(store);
  renaming step{shard.by, 2, {}};
  step.records.push_back({key_of(1), *record_of(shard.stands[key_of(1)])});
  step.records[0].record.key = {bytes<bytes16>(9), 2};
  ask<std::size_t>(store, [&](auto done) { store.names().rename_records(step, done); });
  BOOST_TEST((read_it(store, "", 10).error() == errc::not_found));
  BOOST_TEST((begin_it(store).error() == errc::conflict));
  ask<bool>(store, [&](auto done) { store.names().end_renaming(shard.by, 1, 2, done); });
  BOOST_TEST((read_it(store, "", 10, "b1", 1).error() == errc::not_found));
  BOOST_TEST(begin_it(store)->names == 2);
  const auto page = read_it(store, "", 10, "b1", 2);
  BOOST_REQUIRE(bool(page));
  BOOST_REQUIRE(page->records.size() == 1u);
  BOOST_TEST((page->records[0].key == step.records[0].record.key));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_log_takes_each_once_in_order, store_type, both_stores) {
  store_type store;
  BOOST_TEST(read_log(store, 0).first == 0u);
  BOOST_TEST(read_log(store, 0).last == 0u);
  BOOST_TEST(log_it(store, 3, "1800000000000000-0", "a"));
  BOOST_TEST(!log_it(store, 3, "1800000000000000-0", "a"));
  BOOST_TEST(log_it(store, 3, "1800000000000000-2", "b"));
  BOOST_TEST(!log_it(store, 3, "1800000000000000-1", "late"));
  BOOST_TEST(log_it(store, registry_outbox, "1700000000000000-0", std::string("\0c", 2)));
  BOOST_TEST(log_it(store, 3, "1800000000000001-0", "d"));
  const auto all = read_log(store, 0);
  BOOST_TEST(all.first == 1u);
  BOOST_TEST(all.last == 4u);
  BOOST_REQUIRE(all.entries.size() == 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    BOOST_TEST(all.entries[i].number == i + 1);
    BOOST_TEST(all.entries[i].at.us > 0);
  }
  BOOST_TEST(all.entries[2].body == std::string("\0c", 2));
  const auto rest = read_log(store, 1, 2);
  BOOST_REQUIRE(rest.entries.size() == 2u);
  BOOST_TEST(rest.entries[0].body == "b");
  BOOST_TEST(read_log(store, 4).entries.empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_restore_is_opened_once, store_type, both_stores) {
  store_type store;
  const auto state = [&] { return restore_of(store); };
  const auto end = [&](const std::string& name) { return end_restore(store, name); };
  BOOST_TEST(state().name.empty());
  BOOST_TEST((begin_restore(store, "r1") == errc::none));
  BOOST_TEST((begin_restore(store, "r1") == errc::none));  // goes on
  BOOST_TEST((begin_restore(store, "r2") == errc::conflict));
  BOOST_TEST(state().open);
  BOOST_TEST(state().name == "r1");
  BOOST_TEST((end("r2") == errc::conflict));
  BOOST_TEST((end("r1") == errc::none));
  BOOST_TEST((end("r1") == errc::conflict));
  BOOST_TEST((begin_restore(store, "r1") == errc::conflict));
  BOOST_TEST(!state().open);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_restore_and_a_rotation_keep_apart, store_type, both_stores) {
  {
    store_type store;
    BOOST_TEST((begin_restore(store, "r1") == errc::none));
    BOOST_TEST((activate(store, 2) == activation::unfinished));
    BOOST_TEST((end_restore(store, "r1") == errc::none));
    BOOST_TEST((activate(store, 2) == activation::active));
  }
  store_type store;
  BOOST_TEST((activate(store, 2) == activation::active));
  BOOST_TEST((begin_restore(store, "r1") == errc::conflict));
  ask<bool>(store, [&](auto done) { store.names().settle_key(2, done); });
  BOOST_TEST((begin_restore(store, "r1") == errc::none));
  BOOST_TEST(restore_of(store).names == 2);  // never fewer than are in use
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_restore_activates_the_keys_that_it_needs, store_type, both_stores) {
  store_type store;
  BOOST_TEST((begin_restore(store, "r1", 2) == errc::none));
  BOOST_TEST((activate(store, 2) == activation::active));
  BOOST_TEST((begin_restore(store, "r1", 2) == errc::none));  // goes on meanwhile
  ask<bool>(store, [&](auto done) { store.names().settle_key(2, done); });
  BOOST_TEST((activate(store, 3) == activation::unfinished));
  BOOST_TEST(restore_of(store).names == 2);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_open_restore_alone_writes_the_registry, store_type, both_stores) {
  store_type store;
  const auto made = [](const std::string& id) {
    registry_commit step;
    step.writes.push_back({registry_record::kind::provider, id, 0, "sealed"});
    return step;
  };
  const auto apply = [&](const std::string& id) {
    return ask<bool>(store, [&](auto done) { store.registry().apply(made(id), done); }).error();
  };
  const auto restored = [&](const std::string& name, const std::string& id) {
    return ask<bool>(store, [&](auto done) { store.backup().apply_restored(name, made(id), done); })
        .error();
  };
  BOOST_TEST((restored("", "a") == errc::conflict));
  BOOST_TEST((restored("r1", "a") == errc::conflict));
  begin_restore(store, "r1");
  BOOST_TEST((apply("a") == errc::conflict));
  BOOST_TEST((restored("", "a") == errc::conflict));
  BOOST_TEST((restored("r2", "a") == errc::conflict));
  BOOST_TEST((restored("r1", "a") == errc::none));
  BOOST_TEST((restored("r1", "a") == errc::stale_version));
  end_restore(store, "r1");
  BOOST_TEST((restored("r1", "b") == errc::conflict));
  BOOST_TEST((apply("b") == errc::none));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_an_empty_registry_is_restored_into, store_type, both_stores) {
  for (const bool audit : {false, true}) {
    store_type store;
    registry_commit step;
    if (audit)
      step.audit = audit_entry{1, {}, bytes<bytes32>(1), "{}"};
    else
      step.writes.push_back({registry_record::kind::provider, "alpha", 0, "sealed"});
    BOOST_REQUIRE(*ask<bool>(store, [&](auto done) { store.registry().apply(step, done); }));
    BOOST_TEST((begin_restore(store, "r1") == errc::conflict));
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
