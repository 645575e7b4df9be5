// Rows of a back-up on their way into a shard, in virtual time.
#include <boost/test/unit_test.hpp>

#include "desk_world.hpp"
#include "storage/backup_codec.hpp"

using namespace glados;
using namespace glados::testing;
using fault = storage::simulated_store::fault;

namespace {

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
