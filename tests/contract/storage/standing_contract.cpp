// Strikes, changes made, reports: what the abuse desk keeps.
#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

namespace {

using namespace std::chrono_literals;
using kind = registry_record::kind;
using note_kind = standing_note::kind;

constexpr instant today{1'800'000'000'000'000};

standing_note strike_note(const std::string& id, strike_kind how = strike_kind::restored,
                          const std::string& reporter = "alpha") {
  standing_note out{"beta", note_kind::strike, today, {}};
  out.about = {id, how, "c1", reporter, today, 5, {bytes<bytes16>(3), 2}};
  return out;
}

standing_note change_note(instant at) { return {"beta", note_kind::change_made, at, {}}; }

standing_note lift_note(const std::string& id) {
  standing_note out{"beta", note_kind::lifted, today, {}};
  out.about.id = id;
  return out;
}

template <class Store>
void take(Store& store, shard_id shard, const std::string& entry, const standing_note& what) {
  BOOST_TEST(bool(
      ask<bool>(store, [&](auto done) { store.providers().take_note(shard, entry, what, done); })));
}

template <class Store>
standing_facts facts(Store& store) {
  return *ask<standing_facts>(store,
                              [&](auto done) { store.providers().load_standing("beta", done); });
}

template <class Store>
void file(Store& store, const std::string& id, const std::string& body, std::size_t kept = 100) {
  BOOST_TEST(bool(ask<bool>(store, [&](auto done) {
    store.registry().file({kind::report, id, 0, body}, kept, done);
  })));
}

template <class Store>
std::string list(Store& store, const std::string& after, std::size_t limit = 10) {
  const auto page = ask<std::vector<registry_record>>(
      store, [&](auto done) { store.registry().list(kind::report, after, limit, done); });
  std::string out;
  for (const auto& one : *page) out += one.id + "=" + one.body + " ";
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(standing)

BOOST_AUTO_TEST_CASE_TEMPLATE(each_note_is_taken_once, store_type, both_stores) {
  store_type store;
  BOOST_TEST(facts(store).strikes.empty());
  take(store, 5, "10-0", strike_note("c1"));
  take(store, 5, "10-1", change_note(today));
  take(store, 5, "10-1", change_note(today));
  take(store, 5, "9-7", change_note(today));  // an earlier one, carried again
  take(store, 6, "9-7", change_note(today));  // another shard's
  take(store, 5, "10-2", lift_note("c1"));
  take(store, 5, "10-0", strike_note("c1"));
  auto now = facts(store);
  BOOST_TEST(now.strikes.empty());
  BOOST_TEST(now.changes.size() == 1u);
  BOOST_TEST(now.changes[day_of(today)] == 2u);
  take(store, shard_count, "10-0", strike_note("c1"));  // the registry's outbox
  now = facts(store);
  BOOST_REQUIRE_EQUAL(now.strikes.size(), 1u);
  const auto& one = now.strikes[0];
  BOOST_TEST((one.id == "c1" && one.change_id == "c1" && one.reporter == "alpha"));
  BOOST_TEST((one.at == today && one.shard == 5 && one.key.layers == 2));
  BOOST_TEST((one.key.value == bytes<bytes16>(3)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_operators_word_stays, store_type, both_stores) {
  store_type store;
  take(store, 5, "1-0", strike_note("c1"));
  take(store, 5, "1-1", strike_note("c1", strike_kind::upheld, "gamma"));
  take(store, 5, "1-2", strike_note("c1", strike_kind::restored, "delta"));
  const auto now = facts(store);
  BOOST_REQUIRE_EQUAL(now.strikes.size(), 1u);
  BOOST_TEST((now.strikes[0].kind == strike_kind::upheld && now.strikes[0].reporter == "gamma"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(old_days_go, store_type, both_stores) {
  store_type store;
  take(store, 5, "1-0", change_note(today - 24h * (changes_counted_days + 1)));
  take(store, 5, "1-1", change_note(today - 24h * changes_counted_days));
  BOOST_TEST(facts(store).changes.size() == 2u);
  take(store, 5, "1-2", change_note(today));
  const auto now = facts(store);
  BOOST_TEST(now.changes.size() == 2u);
  BOOST_TEST(now.changes.contains(day_of(today) - changes_counted_days));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_stands_stays_when_more_is_restored, store_type, both_stores) {
  store_type store;
  take(store, 5, "1-0", strike_note("c1", strike_kind::upheld));
  take(store, 5, "1-1", change_note(today));
  standing_facts kept;
  kept.strikes = {strike_note("c1").about, strike_note("c2").about};
  kept.changes = {{day_of(today) - 1, 70}, {day_of(today), 80}};
  for (int again = 0; again < 2; ++again) {
    BOOST_TEST(bool(ask<bool>(
        store, [&](auto done) { store.providers().restore_standing("beta", kept, done); })));
    const auto now = facts(store);
    BOOST_REQUIRE_EQUAL(now.strikes.size(), 2u);
    BOOST_TEST((now.strikes[0].id == "c1" && now.strikes[0].kind == strike_kind::upheld));
    BOOST_TEST((now.strikes[1].id == "c2" && now.strikes[1].at == today));
    BOOST_TEST(now.changes.size() == 2u);
    BOOST_TEST(now.changes.at(day_of(today) - 1) == 70u);
    BOOST_TEST(now.changes.at(day_of(today)) == 1u);
  }
  BOOST_TEST(bool(
      ask<bool>(store, [&](auto done) { store.providers().restore_standing("beta", {}, done); })));
  BOOST_TEST(facts(store).strikes.size() == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(reports_are_listed_in_their_order, store_type, both_stores) {
  store_type store;
  file(store, "r2", "b");
  file(store, "r1", "a");
  file(store, "r3", "c");
  file(store, "r1", "again");
  BOOST_TEST(list(store, "") == "r1=a r2=b r3=c ");
  BOOST_TEST(list(store, "", 2) == "r1=a r2=b ");
  BOOST_TEST(list(store, "r2") == "r3=c ");
  BOOST_TEST(list(store, "r3") == "");
  // They are records like others: a commit replaces the version that was read.
  const auto read = ask<registry_record>(
      store, [&](auto done) { store.registry().load(kind::report, "r2", done); });
  BOOST_REQUIRE(read);
  registry_commit step;
  step.writes = {{kind::report, "r2", read->version, "settled"}};
  BOOST_TEST(bool(ask<bool>(store, [&](auto done) { store.registry().apply(step, done); })));
  BOOST_TEST((ask<bool>(store, [&](auto done) { store.registry().apply(step, done); }).error() ==
              errc::stale_version));
  BOOST_TEST(list(store, "r1", 1) == "r2=settled ");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_oldest_reports_make_room, store_type, both_stores) {
  store_type store;
  for (const auto* id : {"r1", "r2", "r3", "r4"}) file(store, id, "x", 3);
  BOOST_TEST(list(store, "") == "r2=x r3=x r4=x ");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_registry_commit_leaves_orders, store_type, both_stores) {
  store_type store;
  registry_commit step;
  outbox_entry lift, told;
  lift.what = outbox_entry::kind::note;
  lift.note = lift_note("c1");
  told.what = outbox_entry::kind::event;
  told.notice.provider_id = "beta";
  step.outbox = {lift, told};
  BOOST_TEST(bool(ask<bool>(store, [&](auto done) { store.registry().apply(step, done); })));
  BOOST_TEST(bool(ask<bool>(store, [&](auto done) { store.registry().apply(step, done); })));
  const auto read = [&] {
    return *ask<std::vector<outbox_entry>>(
        store, [&](auto done) { store.directory().load_outbox(registry_outbox, "", 100, done); });
  };
  const auto all = read();
  BOOST_REQUIRE_EQUAL(all.size(), 4u);
  BOOST_TEST((all[0].note.about.id == "c1" && all[0].note.what == note_kind::lifted));
  BOOST_TEST(all[1].notice.provider_id == "beta");
  BOOST_TEST(all[0].id.substr(0, all[0].id.find('-')) != all[2].id.substr(0, all[2].id.find('-')));
  BOOST_TEST(bool(ask<bool>(store, [&](auto done) {
    store.directory().trim_outbox(registry_outbox, {all[0].id, all[3].id}, done);
  })));
  BOOST_TEST(read().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
