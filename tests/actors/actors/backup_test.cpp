// Rows of a back-up on their way into a shard, and what steps tell the change log, in virtual time.
#include <boost/test/unit_test.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/backup_desk.hpp"
#include "storage/backup_codec.hpp"
#include "world.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

/// A world whose node has a desk.
struct desk_world : world {
  desk_world() : desk(actors::spawn_backup_desk(system, node, store)) { run(); }
  ~desk_world() {
    caf::anon_send(desk, actors::stop{});
    run();
  }

  asked<actors::backup_answer> tell(actors::backup_operation what) {
    auto out = std::make_shared<outcome<actors::backup_answer>>();
    system.spawn([to = desk, what = std::move(what), out](caf::event_based_actor* self) {
      self->request(to, 60s, actors::backup_call{what})
          .then(
              [out](const actors::backup_answer& got) {
                ++out->answers;
                out->last = got;
              },
              [out](const caf::error&) { out->bounced = true; });
    });
    return out;
  }

  actors::backup_desk_actor desk;
};

/// What a world's shard holds of these people, as a back-up has it.
actors::restore_rows rows_of(world& from, std::initializer_list<int> whom, bool refresh = false) {
  actors::restore_rows out{world::shard, refresh, {}};
  for (const int who : whom) out.rows.push_back(storage::row_of(from.stored_mapping(who)));
  return out;
}

storage::user_counts users(world& w, const std::string& provider = "alpha") {
  storage::user_counts out;
  w.store.load_users(provider, {}, [&](const result<storage::user_counts>& got) { out = *got; });
  w.run();
  return out;
}

/// Three people of alpha's, the last one contested by beta.
void fill(world& w) {
  for (int who = 1; who <= 3; ++who) w.prove("v" + std::to_string(who), who);
  w.prove("v4", 3, "beta", "user-2");
}

std::vector<storage::taken_change> logged(world& w) {
  std::vector<storage::taken_change> out;
  w.store.read_log(0, 1000, [&](const result<storage::log_page>& got) {
    for (const auto& entry : got->entries) out.push_back(storage::decode_taken(entry.body).value());
  });
  w.run();
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(rows_of_back_ups)

BOOST_AUTO_TEST_CASE(rows_are_found_at_once_and_counted) {
  world before;
  desk_world w;
  fill(before);
  const auto done = w.tell(rows_of(before, {1, 2, 3}));
  w.settle();
  BOOST_TEST(done->is(errc::none));
  BOOST_TEST(done->last.written == 3u);
  BOOST_TEST(done->last.there == 0u);
  BOOST_TEST(w.observer.spawned == 0);
  for (int who = 1; who <= 3; ++who) {
    const auto found = w.lookup(who);
    const auto was = before.lookup(who);
    w.run();
    before.run();
    BOOST_TEST(found->is(errc::none));
    BOOST_TEST(found->last.user == was->last.user);
  }
  BOOST_TEST(users(w).sms == 3);
  BOOST_TEST(users(w, "beta").sms == 0);  // undecided
  BOOST_TEST(w.told("alpha").empty());
}

BOOST_AUTO_TEST_CASE(what_stands_there_is_left) {
  world before;
  desk_world w;
  fill(before);
  w.prove("v1", 1, "gamma", "user-7");
  for (int round = 0; round < 2; ++round) {
    const auto done = w.tell(rows_of(before, {1, 2, 3}));
    w.settle();
    BOOST_TEST(done->is(errc::none));
    BOOST_TEST(done->last.written == (round == 0 ? 2u : 0u));
    BOOST_TEST(done->last.there == (round == 0 ? 1u : 3u));
  }
  BOOST_TEST(w.stored_mapping(1).mappings.at(0).provider_id == "gamma");
  BOOST_TEST(users(w).sms == 2);
}

BOOST_AUTO_TEST_CASE(a_repeat_after_a_lost_answer_counts_nobody_twice) {
  for (const auto how : {fault::lose_answer, fault::late, fault::refuse}) {
    world before;
    desk_world w;
    fill(before);
    w.planned.emplace_back("apply_rows", how);
    const auto first = w.tell(rows_of(before, {1, 2}));
    w.settle();
    BOOST_TEST(first->is(how == fault::lose_answer ? errc::outcome_unknown
                         : how == fault::refuse    ? errc::storage_unavailable
                                                   : errc::outcome_unknown));
    const auto again = w.tell(rows_of(before, {1, 2}));
    w.settle();
    BOOST_TEST(again->is(errc::none));
    BOOST_TEST(w.stored_mapping(2).mappings.size() == 1u);
    BOOST_TEST(users(w).sms == 2);
  }
}

BOOST_AUTO_TEST_CASE(fresh_proofs_are_asked_for) {
  world before;
  desk_world w;
  fill(before);
  w.run();
  const auto done = w.tell(rows_of(before, {1, 2, 3}, true));
  w.settle();
  BOOST_TEST(done->is(errc::none));
  const auto told = w.told("alpha");
  BOOST_REQUIRE(told.size() == 3u);
  for (const auto& one : told) BOOST_TEST((one.type == event_type::mapping_refresh_due));
  BOOST_TEST(w.stored_mapping(1).mappings.at(0).due);
  BOOST_TEST(users(w).sms == 3);
  BOOST_TEST(users(w).phone_due == 3);
}

BOOST_AUTO_TEST_CASE(what_is_no_record_is_refused_as_a_whole) {
  world before;
  desk_world w;
  fill(before);
  w.run();
  auto rows = rows_of(before, {1, 2});
  rows.rows[1].body = "no record";
  const auto done = w.tell(rows);
  w.settle();
  BOOST_TEST(done->is(errc::malformed_request));
  BOOST_TEST(w.stored_mapping(1).mappings.empty());
  auto many = rows_of(before, {1});
  many.rows.resize(storage::rows_per_step + 1, many.rows[0]);
  const auto large = w.tell(many);
  w.settle();
  BOOST_TEST(large->is(errc::malformed_request));
}

BOOST_AUTO_TEST_CASE(a_shard_without_an_owner_takes_none) {
  world before;
  desk_world w;
  fill(before);
  auto rows = rows_of(before, {1});
  rows.shard = world::shard + 1;
  const auto done = w.tell(rows);
  w.settle();
  BOOST_TEST(done->is(errc::moved));
}

BOOST_AUTO_TEST_CASE(acts_and_links_follow_each_other_in_the_audit) {
  desk_world w;
  actors::note_backup act{"backup.read", "b1", {{"rows", "5"}}, {"ann", admin_role::operator_}};
  for (int round = 0; round < 2; ++round) {
    const auto noted = w.tell(act);
    w.settle();
    BOOST_TEST(noted->is(errc::none));
  }
  const auto read = w.tell(actors::read_links{0});
  w.settle();
  BOOST_REQUIRE(read->last.links.size() == 2u);
  BOOST_TEST((read->last.links[1].previous == read->last.links[0].hash));
  BOOST_TEST(read->last.links[0].body.find("backup.read") != std::string::npos);
  desk_world other;
  other.store.begin_restore("r1", 1, [](const result<bool>&) {});
  for (int round = 0; round < 2; ++round) {
    const auto put = other.tell(actors::put_links{"r1", read->last.links});
    other.settle();
    BOOST_TEST(put->is(errc::none));
  }
  auto stray = read->last.links;
  stray[0].sequence = 3;
  stray[0].previous = {7};
  const auto refused = other.tell(actors::put_links{"r1", {stray[0]}});
  other.settle();
  BOOST_TEST(refused->is(errc::conflict));
}

BOOST_AUTO_TEST_CASE(while_a_restore_is_open_only_it_writes_the_audit) {
  desk_world w;
  w.store.begin_restore("r1", 1, [](const result<bool>&) {});
  actors::note_backup act{"backup.read", "b1", {}, {"ann", admin_role::operator_}};
  const auto foreign = w.tell(act);
  w.settle();
  BOOST_TEST(foreign->is(errc::conflict));
  act = {"backup.restored", "r1", {}, {"ann", admin_role::operator_}, true};
  const auto own = w.tell(act);
  w.settle();
  BOOST_TEST(own->is(errc::none));
  BOOST_REQUIRE(own->last.links.size() == 1u);
  BOOST_TEST(own->last.links[0].sequence == 1u);
}

BOOST_AUTO_TEST_CASE(rows_are_given_further_names) {
  world before;
  desk_world w;
  plain_names names;
  w.node.names = &names;
  fill(before);
  before.run();
  const auto rows = rows_of(before, {1, 3}).rows;
  const auto renamed = w.tell(actors::rename_rows{world::shard, 2, rows});
  w.settle();
  BOOST_TEST(renamed->is(errc::none));
  BOOST_REQUIRE(renamed->last.rows.size() == 2u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto was = storage::record_of(rows[i]).value();
    const auto is = storage::record_of(renamed->last.rows[i]).value();
    BOOST_TEST((is.key == names.advance(was.key, 2)));
    BOOST_TEST(is.version == was.version);
    BOOST_REQUIRE(is.mappings.size() == was.mappings.size());
    for (std::size_t at = 0; at < was.mappings.size(); ++at)
      BOOST_TEST(is.mappings[at].user == sealed_in(was.mappings[at].user, 2));
  }
  const auto back = w.tell(actors::rename_rows{world::shard, 1, renamed->last.rows});
  const auto unknown = w.tell(actors::rename_rows{world::shard, 4, rows});
  w.settle();
  BOOST_TEST(back->is(errc::malformed_request));
  BOOST_TEST(unknown->is(errc::malformed_request));
  w.node.names = nullptr;
}

BOOST_AUTO_TEST_SUITE_END()

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
    const auto done = empty.tell(actors::put_standings{parts});
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
