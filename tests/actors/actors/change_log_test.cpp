// What steps tell the change log, and standings on their way into a back-up and out of it, in
// virtual time.
#include <boost/test/unit_test.hpp>
#include <map>

#include "desk_world.hpp"
#include "storage/backup_codec.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

std::vector<storage::taken_change> logged(world& w) {
  std::vector<storage::taken_change> out;
  w.store.read_log(0, 1000, [&](const result<storage::log_page>& got) {
    for (const auto& entry : got->entries) out.push_back(storage::decode_taken(entry.body).value());
  });
  w.run();
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(change_log)

BOOST_AUTO_TEST_CASE(what_is_taken_away_is_logged_as_it_was_left) {
  desk_world w;
  fill(w);
  w.settle();
  BOOST_TEST(logged(w).empty());  // proofs take nothing
  const auto salt = w.stored_mapping(1).mappings.at(0).salt;
  const auto removed = w.remove_mapping(1, salt, "alpha");
  w.settle();
  BOOST_REQUIRE(removed->is(errc::none));
  auto log = logged(w);
  BOOST_REQUIRE(log.size() == 1u);
  BOOST_TEST(log[0].shard == world::shard);
  BOOST_TEST((log[0].row.key == key_of(1)));
  BOOST_TEST(log[0].row.body.empty());
  BOOST_TEST(log[0].row.version > 0u);

  const auto claims = w.stored_mapping(3).mappings;
  const auto decided = w.decide(3, claims.at(1).salt, "beta", decision::replace, "c1");
  w.settle();
  BOOST_REQUIRE(decided->is(errc::none));
  log = logged(w);
  BOOST_REQUIRE(log.size() == 2u);
  const auto left = w.stored_mapping(3);
  BOOST_TEST(log[1].row.version == left.version);
  BOOST_TEST((log[1].row.body == storage::row_of(left).body));
  BOOST_TEST(w.outbox().empty());
}

BOOST_AUTO_TEST_CASE(each_is_logged_once_whatever_is_lost) {
  for (const auto how : {fault::refuse, fault::lose_answer}) {
    desk_world w;
    fill(w);
    w.settle();
    w.planned.emplace_back("log_change", how);
    w.remove_mapping(2, w.stored_mapping(2).mappings.at(0).salt, "alpha");
    w.settle();
    w.advance(60s);
    BOOST_TEST(logged(w).size() == 1u);
    BOOST_TEST(w.outbox().empty());
  }
}

BOOST_AUTO_TEST_CASE(strikes_are_logged_and_changes_are_only_counted) {
  for (const auto how : {fault::none, fault::refuse, fault::lose_answer}) {
    desk_world w;
    w.prove("v1", 1, "alpha", "ann");
    const auto second = w.prove("v2", 1, "beta", "bob");
    w.decide(1, second.salt, "beta", decision::replace, "c1");
    w.settle();
    BOOST_TEST(w.stored_standing("beta").changes.size() == 1u);
    BOOST_TEST(logged(w).size() == 1u);  // the row
    w.report("r1", "c1", "alpha", report_reason::malicious);
    w.settle();
    w.planned.emplace_back("log_change", how);
    w.restore("v3", 1, "alpha", "ann", "c1", "c2");
    w.settle();
    w.check("v3", "123456", "alpha", "ann");
    w.settle();
    w.advance(60s);
    BOOST_TEST(w.stored_standing("beta").strikes.size() == 1u);
    std::vector<standing_note> notes;
    for (const auto& one : logged(w))
      if (one.what == storage::taken_change::kind::note)
        notes.push_back(one.note);
    BOOST_REQUIRE(notes.size() == 1u);
    BOOST_TEST((notes[0].provider_id == "beta" && notes[0].what == standing_note::kind::strike));
    BOOST_TEST((notes[0].about.id == "r1" && notes[0].about.reporter == "alpha"));
    BOOST_TEST(w.outbox().empty());
  }
}

BOOST_AUTO_TEST_CASE(a_retracted_row_is_logged) {
  desk_world w;
  w.run();
  actors::register_rows rows;
  rows.via = {world::shard, 1, 20s};
  rows.provider_id = "alpha";
  rows.job = 1;
  rows.rows.push_back({key_of(5), "sealed-u5", 17, 1});
  const auto made = w.ask<actors::register_answer>(rows);
  w.settle();
  BOOST_REQUIRE(made->is(errc::none));
  BOOST_TEST(logged(w).empty());
  const auto back = w.ask<actors::retract_answer>(
      actors::retract_rows{{world::shard, 1, 20s}, "alpha", 1, {key_of(5)}, {17}});
  w.settle();
  BOOST_REQUIRE(back->is(errc::none));
  BOOST_TEST(logged(w).size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(standings)

/// All pages of the standings, put together; how many there were.
std::size_t read_all(desk_world& w, std::map<std::string, standing_facts>& out) {
  std::string after;
  for (std::size_t pages = 1;; ++pages) {
    const auto page = w.tell(actors::read_standings{after});
    w.settle();
    BOOST_REQUIRE(page->is(errc::none));
    for (const auto& part : page->last.standings) {
      auto& at = out[part.provider_id];
      at.strikes.insert(at.strikes.end(), part.facts.strikes.begin(), part.facts.strikes.end());
      at.changes = part.facts.changes;
    }
    if (page->last.next.empty())
      return pages;
    BOOST_REQUIRE(page->last.next != after);
    after = page->last.next;
  }
}

BOOST_AUTO_TEST_CASE(every_strike_is_in_one_page_and_comes_back) {
  desk_world w, empty;
  std::map<std::string, standing_facts> kept;
  const std::pair<const char*, int> all[] = {{"a", 0}, {"b", 199}, {"c", 450}, {"d", 1}, {"e", 0}};
  storage::registry_commit step;
  for (const auto& [provider, strikes] : all) {
    step.writes.push_back({storage::registry_record::kind::provider, provider, 0, "sealed"});
    auto& facts = kept[provider];
    for (int i = 0; i < strikes; ++i) {
      strike one;
      one.id = "r" + std::to_string(1000 + i);
      one.change_id = "c" + std::to_string(i);
      facts.strikes.push_back(one);
    }
    facts.changes[19'000] = 5;
    w.store.restore_standing(provider, facts, [](const result<bool>&) {});
  }
  w.store.apply(step, [](const result<bool>&) {});
  w.settle();
  std::map<std::string, standing_facts> seen;
  const auto pages = read_all(w, seen);
  BOOST_TEST(pages >= 4u);
  BOOST_TEST(pages <= 6u);
  for (const auto& [provider, strikes] : all) {
    BOOST_REQUIRE(static_cast<int>(seen[provider].strikes.size()) == strikes);
    for (int i = 0; i < strikes; ++i)
      BOOST_TEST(seen[provider].strikes[static_cast<std::size_t>(i)].change_id ==
                 "c" + std::to_string(i));
  }
  std::vector<storage::kept_standing> parts;
  for (const auto& [provider, facts] : seen) parts.push_back({provider, facts});
  for (int again = 0; again < 2; ++again) {
    const auto done = empty.tell(actors::put_standings{"r", parts});
    empty.settle();
    BOOST_TEST(done->is(errc::none));
  }
  for (const auto& [provider, facts] : seen) {
    const auto stored = empty.stored_standing(provider);
    BOOST_TEST(stored.strikes.size() == facts.strikes.size());
    BOOST_TEST((stored.changes == facts.changes));
  }
}

BOOST_AUTO_TEST_SUITE_END()
