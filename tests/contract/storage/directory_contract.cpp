#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

BOOST_AUTO_TEST_SUITE(directory)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_record_comes_back_as_it_was_written, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  BOOST_TEST(load_mapping(store, 5, 1)->version == 0u);
  commit step{.by = by, .mapping = some_record(1)};
  mapping second = step.mapping->mappings[0];
  second.provider_id = "beta";
  second.preferred = false;
  second.method = proof_method::asserted;
  second.decide_by = {1'800'000'900'000'000};
  step.mapping->mappings.push_back(second);
  const commit_result written = ask_commit(store, step);
  BOOST_TEST(to_string(written.code) == "none");
  const auto record = load_mapping(store, 5, 1);
  BOOST_TEST(record->version == written.version);
  BOOST_REQUIRE_EQUAL(record->mappings.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    const mapping& read = record->mappings[i];
    const mapping& sent = step.mapping->mappings[i];
    BOOST_TEST(read.provider_id == sent.provider_id);
    BOOST_TEST((read.user == sent.user && read.salt == sent.salt && read.method == sent.method));
    BOOST_TEST((read.verified_at == sent.verified_at && read.decide_by == sent.decide_by));
    BOOST_TEST(read.preferred == sent.preferred);
  }
  BOOST_TEST(load_mapping(store, 5, 2)->version == 0u);
  BOOST_TEST(load_mapping(store, 6, 1)->version == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_the_owner_of_this_epoch_writes, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const std::vector<fence> strangers{{5, "n1.b", by.epoch},     {5, "n1.a", by.epoch + 1},
                                     {5, "n1.a", by.epoch - 1}, {5, "", by.epoch},
                                     {6, "n1.a", by.epoch},     {6, "", 0}};
  for (const fence& stranger : strangers) {
    const commit_result refused =
        ask_commit(store, {.by = stranger, .mapping = some_record(1), .outbox = {{}}});
    BOOST_TEST((refused.code == errc::fenced));
  }
  BOOST_TEST(load_mapping(store, 5, 1)->version == 0u);
  BOOST_TEST(load_outbox(store, 5).empty());
  BOOST_TEST(!ask_commit(store, {.by = by, .mapping = some_record(1)}).outbox_ids.size());
  BOOST_TEST(load_mapping(store, 5, 1)->version > 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_released_shard_takes_no_write, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  ask<bool>(store, [&](auto done) { store.membership().release(by, done); });
  BOOST_TEST((ask_commit(store, {.by = by}).code == errc::fenced));
  BOOST_TEST((ask_commit(store, {.by = {5, "", by.epoch}}).code == errc::fenced));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_commit_follows_the_version_it_names, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const commit_result first = ask_commit(store, {.by = by, .mapping = some_record(1)});
  for (std::uint64_t wrong : {std::uint64_t{0}, first.version - 1, first.version + 1})
    BOOST_TEST((ask_commit(store, {.by = by, .mapping = some_record(1, wrong)}).code ==
                errc::stale_version));
  BOOST_TEST(
      (ask_commit(store, {.by = by, .mapping = some_record(2, 9)}).code == errc::stale_version));
  const commit_result second =
      ask_commit(store, {.by = by, .mapping = some_record(1, first.version)});
  BOOST_TEST(second.version > first.version);
  BOOST_TEST(load_mapping(store, 5, 1)->version == second.version);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(of_many_writers_of_one_version_one_wins, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  std::vector<pending<commit_result>> open;
  for (int i = 0; i < 50; ++i)
    open.push_back(begin_commit(store.directory(), {.by = by, .mapping = some_record(1)}));
  store.run();
  std::size_t won = 0;
  for (auto& answer : open) won += finish(answer).code == errc::none ? 1 : 0;
  BOOST_TEST(won == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_record_without_mappings_is_removed, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto first = ask_commit(store, {.by = by, .mapping = some_record(1)}).version;
  directory_record none{{bytes<bytes16>(1)}, first, {}};
  const auto second = ask_commit(store, {.by = by, .mapping = none}).version;
  BOOST_TEST(load_mapping(store, 5, 1)->version == 0u);
  BOOST_TEST(load_mapping(store, 5, 1)->mappings.empty());
  // Made anew it must not look like the one of old.
  BOOST_TEST(ask_commit(store, {.by = by, .mapping = some_record(1)}).version > second);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(versions_grow_faster_than_the_clock, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  std::vector<pending<commit_result>> open;
  for (std::uint8_t i = 0; i < 200; ++i)
    open.push_back(begin_commit(store.directory(), {.by = by, .mapping = some_record(i)}));
  store.run();
  std::uint64_t last = 0;
  for (auto& answer : open) {
    const commit_result written = finish(answer);
    BOOST_REQUIRE(written.code == errc::none);
    BOOST_TEST(written.version > last);
    last = written.version;
  }
  BOOST_TEST(last >= static_cast<std::uint64_t>(1'700'000'000'000'000));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_failed_check_changes_nothing, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const instant now = cluster_time(store);
  commit step{.by = by, .mapping = some_record(1), .proof = some_proof("v1", now, 10min)};
  step.outbox.resize(2);
  step.answer = stored_answer{"alpha", bytes<bytes16>(3), "body"};
  step.sessions = session_limit{{bytes<bytes16>(1)}, "alpha", 1};
  commit stale = step;
  stale.proof->version = 77;  // the last thing checked of the versions
  BOOST_TEST((ask_commit(store, stale).code == errc::stale_version));
  BOOST_TEST(load_mapping(store, 5, 1)->version == 0u);
  BOOST_TEST((load_proof(store, 5, "v1").error() == errc::not_found));
  BOOST_TEST(load_outbox(store, 5).empty());
  BOOST_TEST((ask<std::string>(store, [&](auto done) {
                store.directory().load_answer(5, "alpha", bytes<bytes16>(3), done);
              }).error() == errc::not_found));
  // Had the refused step opened the session, this one would be refused.
  BOOST_TEST((ask_commit(store, step).code == errc::none));
  BOOST_TEST(load_outbox(store, 5).size() == 2u);
  // And the session limit, last of all checks, takes back nothing that another part wrote.
  commit limited{.by = by, .mapping = some_record(2), .sessions = step.sessions};
  BOOST_TEST((ask_commit(store, limited).code == errc::rate_limited));
  BOOST_TEST(load_mapping(store, 5, 2)->version == 0u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stored_answer_is_replayed, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const std::string body("\0an answer", 10);
  commit step{.by = by, .mapping = some_record(1)};
  step.answer = stored_answer{"alpha", bytes<bytes16>(3), body};
  BOOST_TEST(!ask_commit(store, step).replayed);
  const commit_result again = ask_commit(store, step);
  BOOST_TEST((again.code == errc::none && again.replayed));
  BOOST_TEST(again.replay == body);
  BOOST_TEST(again.version == 0u);
  const auto load = [&](const std::string& provider) {
    return ask<std::string>(store, [&](auto done) {
      store.directory().load_answer(5, provider, bytes<bytes16>(3), done);
    });
  };
  BOOST_TEST(*load("alpha") == body);
  BOOST_TEST((load("beta").error() == errc::not_found));
  commit withdraw{.by = by};
  withdraw.answer_withdrawn = bytes<bytes16>(3);
  withdraw.withdrawn_provider = "alpha";
  ask_commit(store, withdraw);
  BOOST_TEST((load("alpha").error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_stored_answer_ends, store_type, both_stores) {
  store_type store;
  commit step{.by = own(store, 5)};
  step.answer = stored_answer{"alpha", bytes<bytes16>(3), "", 1s};
  ask_commit(store, step);
  BOOST_TEST(ask_commit(store, step).replayed);
  store.advance(1'100ms);
  BOOST_TEST(!ask_commit(store, step).replayed);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_code_ends_by_itself_and_its_record_stays, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  verification proof = some_proof("v1", cluster_time(store), 500ms);
  const auto version = ask_commit(store, {.by = by, .proof = proof}).version;
  const auto live = load_proof(store, 5, "v1");
  BOOST_TEST((live->code_tag == proof.code_tag && live->message == proof.message));
  BOOST_TEST((live->id == "v1" && live->version == version && live->key == proof.key));
  BOOST_TEST((live->user == proof.user && live->user_tag == proof.user_tag));
  BOOST_TEST((live->to.region == "DE" && live->to.prefix_tag == proof.to.prefix_tag));
  BOOST_TEST((live->expires_at == proof.expires_at && live->created_at == proof.created_at));
  BOOST_TEST((live->sends_used == 1 && live->last_send_at == proof.last_send_at));
  store.advance(550ms);
  const auto later = load_proof(store, 5, "v1");
  BOOST_REQUIRE(later);
  BOOST_TEST((later->code_tag == bytes16{} && later->message.empty()));
  BOOST_TEST((later->version == version && later->state == verification_state::pending));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(an_ended_verification_has_no_code, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  verification proof = some_proof("v1", cluster_time(store), 10min);
  proof.version = ask_commit(store, {.by = by, .proof = proof}).version;
  verification wrong = proof;
  wrong.version -= 1;
  BOOST_TEST((ask_commit(store, {.by = by, .proof = wrong}).code == errc::stale_version));
  proof.state = verification_state::verified;
  proof.outcome.user = "sealed";
  proof.outcome.existing = {{"beta", true, ""}, {"alpha", false, "mine"}};
  BOOST_TEST((ask_commit(store, {.by = by, .proof = proof}).code == errc::none));
  const auto ended = load_proof(store, 5, "v1");
  BOOST_TEST((ended->code_tag == bytes16{} && ended->message.empty()));
  BOOST_TEST((ended->state == verification_state::verified && ended->outcome.user == "sealed"));
  BOOST_REQUIRE_EQUAL(ended->outcome.existing.size(), 2u);
  BOOST_TEST((ended->outcome.existing[0].preferred && ended->outcome.existing[1].user == "mine"));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_change_is_stored_with_its_commit, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto load = [&](const std::string& id) {
    return ask<change_record>(store,
                              [&](auto done) { store.directory().load_change(5, id, done); });
  };
  change_record change;
  change.id = "c1";
  change.key = {bytes<bytes16>(1)};
  change.by_provider = "beta";
  change.at = cluster_time(store);
  change.before = some_record(1).mappings;
  change.displaced = {{"alpha", 1, "sealed", true, 1, change.at + restore_window, false}};
  commit refused{.by = by, .mapping = some_record(1, 9), .change = change};
  BOOST_TEST((ask_commit(store, refused).code == errc::stale_version));
  BOOST_TEST((load("c1").error() == errc::not_found));
  commit step{.by = by, .mapping = some_record(1), .change = change};
  const auto written = ask_commit(store, step);
  BOOST_TEST((written.code == errc::none));
  auto read = load("c1");
  BOOST_REQUIRE(read);
  BOOST_TEST((read->id == "c1" && read->version == written.version));
  BOOST_TEST((read->key == change.key && read->at == change.at));
  BOOST_TEST((read->before.size() == 1u && read->displaced.size() == 1u));
  BOOST_TEST((load("c2").error() == errc::not_found));
  // It is replaced by whoever read it last, and by nobody else.
  BOOST_TEST((ask_commit(store, {.by = by, .change = change}).code == errc::stale_version));
  read->reports["alpha"] = {"r1", report_reason::mistake, false};
  BOOST_TEST((ask_commit(store, {.by = by, .change = *read}).code == errc::none));
  BOOST_TEST(load("c1")->reports.size() == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_change_ends_after_its_time, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  change_record change;
  change.id = "c1";
  change.at = cluster_time(store) - changes_kept + 1s;
  BOOST_TEST((ask_commit(store, {.by = by, .change = change}).code == errc::none));
  const auto there = [&] {
    return static_cast<bool>(ask<change_record>(
        store, [&](auto done) { store.directory().load_change(5, "c1", done); }));
  };
  BOOST_TEST(there());
  store.advance(1'100ms);
  BOOST_TEST(!there());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_outbox_keeps_order_until_trimmed, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  std::vector<std::string> ids;
  for (int i = 0; i < 3; ++i) {
    commit step{.by = by};
    step.outbox.push_back({"", outbox_entry::kind::send_code, "v" + std::to_string(i), {}});
    step.outbox.push_back(
        {"", outbox_entry::kind::count_users, "", {"alpha", proof_method::email, -i}});
    const commit_result written = ask_commit(store, step);
    ids.insert(ids.end(), written.outbox_ids.begin(), written.outbox_ids.end());
  }
  const auto all = load_outbox(store, 5);
  BOOST_REQUIRE_EQUAL(all.size(), 6u);
  for (std::size_t i = 0; i < all.size(); ++i) BOOST_TEST(all[i].id == ids[i]);
  BOOST_TEST(all[2].subject == "v1");
  BOOST_TEST((all[5].change.delta == -2 && all[5].change.method == proof_method::email));
  const auto page = load_outbox(store, 5, ids[1], 2);
  BOOST_REQUIRE_EQUAL(page.size(), 2u);
  BOOST_TEST(page[0].id == ids[2]);
  commit done{.by = by};
  done.outbox_done = {ids[0], ids[3]};
  ask_commit(store, done);
  const auto trim = [&](std::vector<std::string> which) {
    return bool(
        ask<bool>(store, [&](auto told) { store.directory().trim_outbox(5, which, told); }));
  };
  BOOST_TEST(trim({ids[1], ids[0]}));
  BOOST_TEST(trim({}));
  const auto rest = load_outbox(store, 5);
  BOOST_REQUIRE_EQUAL(rest.size(), 3u);
  BOOST_TEST(rest[0].id == ids[2]);
  BOOST_TEST(load_outbox(store, 6).empty());
}

BOOST_AUTO_TEST_SUITE_END()

// --- sessions of one SII ------------------------------------------------------------------------

namespace {

template <class Store>
std::vector<commit_result> open_sessions(Store& store, const fence& by, session_limit limit,
                                         int count, bool back = false) {
  std::vector<pending<commit_result>> open;
  for (int i = 0; i < count; ++i)
    open.push_back(
        begin_commit(store.directory(), {.by = by, .sessions = limit, .sessions_returned = back}));
  store.run();
  std::vector<commit_result> out;
  for (auto& answer : open) out.push_back(finish(answer));
  return out;
}

std::size_t admitted(const std::vector<commit_result>& all) {
  return static_cast<std::size_t>(std::count_if(
      all.begin(), all.end(), [](const commit_result& one) { return one.code == errc::none; }));
}

session_limit sessions_of(const std::string& provider) { return {{bytes<bytes16>(1)}, provider}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(sessions)

BOOST_AUTO_TEST_CASE_TEMPLATE(five_of_fifty_are_opened, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto all = open_sessions(store, by, sessions_of("alpha"), 50);
  BOOST_TEST(admitted(all) == 5u);
  for (const commit_result& one : all) {
    BOOST_TEST((one.code == errc::none || one.code == errc::rate_limited));
    BOOST_TEST(!one.session_reserved);
    if (one.code == errc::rate_limited)
      BOOST_TEST((one.retry_after > 23h && one.retry_after <= 24h));
  }
  session_limit other = sessions_of("alpha");
  other.key = {bytes<bytes16>(2)};
  BOOST_TEST(admitted(open_sessions(store, by, other, 1)) == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(over_the_ceiling_each_provider_keeps_one, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  for (const char* provider : {"a1", "a2", "a3"})
    BOOST_TEST(admitted(open_sessions(store, by, sessions_of(provider), 9)) == 5u);
  for (const char* provider : {"beta", "gamma"}) {
    const auto all = open_sessions(store, by, sessions_of(provider), 9);
    BOOST_TEST(admitted(all) == 1u);
    BOOST_TEST(all[0].session_reserved);
    // One place of the fifteen is free again after 24 h / 15.
    BOOST_TEST((all[1].retry_after > 90min && all[1].retry_after <= 96min));
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_is_given_back_can_be_opened_again, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  open_sessions(store, by, sessions_of("alpha"), 5);
  BOOST_TEST(admitted(open_sessions(store, by, sessions_of("alpha"), 2, true)) == 2u);
  BOOST_TEST(admitted(open_sessions(store, by, sessions_of("alpha"), 9)) == 2u);
  // Giving back what nobody opened makes no room.
  open_sessions(store, by, sessions_of("beta"), 9, true);
  BOOST_TEST(admitted(open_sessions(store, by, sessions_of("beta"), 9)) == 5u);
  BOOST_TEST(admitted(open_sessions(store, by, sessions_of("gamma"), 9)) == 5u);
  BOOST_TEST(admitted(open_sessions(store, by, sessions_of("delta"), 9)) == 1u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_counts_end_with_their_window, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  session_limit limit = sessions_of("alpha");
  limit.window = 2s;
  BOOST_TEST(admitted(open_sessions(store, by, limit, 9)) == 5u);
  store.advance(2'050ms);
  BOOST_TEST(admitted(open_sessions(store, by, limit, 9)) == 5u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
