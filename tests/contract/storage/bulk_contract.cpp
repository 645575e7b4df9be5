// Bulk jobs and the rows they write, on both stores.
#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "storage/bulk_codec.hpp"
#include "storage/keys.hpp"
#include "tests/contract/storage/redis_process.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

const std::string alpha = "alpha";
constexpr std::uint64_t number = 0xFEDCBA9876543210;

template <class Store>
rows_result write_rows(Store& store, rows_commit step) {
  auto promise = std::make_shared<std::promise<rows_result>>();
  auto answer = promise->get_future();
  store.directory().apply_rows(std::move(step),
                               [promise](rows_result got) { promise->set_value(std::move(got)); });
  store.run();
  return finish(answer);
}

directory_record asserted(std::uint8_t key, std::uint64_t version = 0) {
  auto out = some_record(key, version);
  out.mappings[0].method = proof_method::asserted;
  out.mappings[0].origin = {number, 3, 70'000, key % 2 == 1};
  return out;
}

const user_count_change one_more{alpha, proof_method::asserted, 1};

template <class Store>
result<created_job> create(Store& store, std::uint64_t job, std::uint8_t key,
                           conflict_rule rule = conflict_rule::skip, bool dry = false) {
  job_creation what;
  what.job.provider_id = alpha;
  what.job.number = job;
  what.job.on_conflict = rule;
  what.job.dry_run = dry;
  what.key_tag = bytes<bytes16>(key);
  what.most_open = 3;
  return ask<created_job>(store, [&](auto done) { store.bulk().create_job(what, done); });
}

template <class Store>
result<bulk_job> load(Store& store, std::uint64_t job = number) {
  return ask<bulk_job>(store, [&](auto done) { store.bulk().load_job({alpha, job}, done); });
}

template <class Store>
result<part_state> open_part(Store& store, std::uint32_t part, std::uint8_t content,
                             std::uint32_t rows = 10, std::uint64_t ceiling = 1000,
                             std::uint64_t job = number) {
  const part_opening what{{alpha, job}, part, bytes<bytes16>(content), rows, ceiling};
  return ask<part_state>(store, [&](auto done) { store.bulk().open_part(what, done); });
}

template <class Store>
result<saved_part> save(Store& store, std::uint32_t part, std::vector<part_share> shares,
                        bool last = false, std::uint32_t credit = 0, std::uint64_t job = number) {
  part_progress what;
  what.job = {alpha, job};
  what.part = part;
  what.credit = credit;
  what.shares = std::move(shares);
  what.last = last;
  what.lines = 12;
  what.rejected = 2;
  what.rejects = "rejects";
  what.notice.type = event_type::bulk_job_finished;
  what.notice.provider_id = alpha;
  what.notice.detail = "\"job\":1";
  return ask<saved_part>(store, [&](auto done) { store.bulk().save_part(what, done); });
}

/// How many rows there is room for, without taking any.
template <class Store>
std::uint64_t room(Store& store, std::uint64_t ceiling, std::uint64_t job) {
  static std::uint32_t part = 1000;
  const auto granted = open_part(store, ++part, 1, 1'000'000, ceiling, job)->granted;
  save(store, part, {}, true, 0, job);
  return granted;
}

template <class Store>
result<bool> end(Store& store, bulk_state wanted, std::uint64_t retracted = 0,
                 std::uint64_t job = number) {
  job_ending what{{alpha, job}, wanted, {}, retracted};
  what.notice.type = event_type::bulk_job_finished;
  what.notice.provider_id = alpha;
  return ask<bool>(store, [&](auto done) { store.bulk().end_job(what, done); });
}

template <class Store>
std::size_t notices(Store& store) {
  return ask<std::vector<event>>(
             store, [&](auto done) { store.events().read_events(alpha, "", 100, done); })
      ->size();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(bulk)

BOOST_AUTO_TEST_CASE_TEMPLATE(rows_are_written_each_by_itself, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  const auto first = write_rows(store, {by, {{asserted(1), {}}, {asserted(2), {}}}, one_more});
  BOOST_TEST((first.code == errc::none && first.refused.empty() && first.left));
  BOOST_TEST(load_mapping(store, 5, 1)->version == first.version);
  BOOST_TEST((load_mapping(store, 5, 1)->mappings.at(0).origin == asserted(1).mappings[0].origin));
  BOOST_TEST(load_mapping(store, 5, 2)->mappings.at(0).origin.line == 70'000u);

  outbox_entry notice{{}, outbox_entry::kind::send_code, "v1", {}, {}};
  const auto second = write_rows(store, {by,
                                         {{asserted(1), {notice}},
                                          {asserted(3), {notice}},
                                          {asserted(2, first.version), {}},
                                          {asserted(3), {}},
                                          {asserted(4, 77), {}}},
                                         one_more});
  BOOST_TEST(second.version > first.version);
  BOOST_REQUIRE_EQUAL(second.refused.size(), 3u);
  BOOST_TEST(second.refused[0].first == 0u);
  BOOST_TEST(second.refused[0].second.version == first.version);
  BOOST_TEST(second.refused[0].second.mappings.size() == 1u);
  BOOST_TEST(second.refused[1].first == 3u);
  BOOST_TEST(second.refused[1].second.version == second.version);  // a twin of the same step
  BOOST_TEST(second.refused[2].first == 4u);
  BOOST_TEST(second.refused[2].second.version == 0u);
  BOOST_TEST((second.refused[2].second.key == sii_key{bytes<bytes16>(4)}));

  const auto left = load_outbox(store, 5);
  BOOST_REQUIRE_EQUAL(left.size(), 3u);
  BOOST_TEST(left[0].change.delta == 2);
  BOOST_TEST(left[1].subject == "v1");
  BOOST_TEST((left[2].change.delta == 2 && left[2].change.provider_id == alpha));
  BOOST_TEST((left[2].change.method == proof_method::asserted));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_step_of_rows_counts_up_and_down, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  rows_commit step{by, {}, one_more};
  for (std::uint8_t key = 0; key < 200; ++key) step.rows.push_back({asserted(key), {}});
  const auto made = write_rows(store, step);
  step.rows.clear();
  for (std::uint8_t key = 0; key < 200; ++key) {
    auto empty = asserted(key, made.version);
    empty.mappings.clear();
    step.rows.push_back({empty, {}});
  }
  step.each.delta = -1;
  const auto gone = write_rows(store, step);
  BOOST_TEST(gone.refused.empty());
  BOOST_TEST(load_mapping(store, 5, 9)->version == 0u);
  const auto left = load_outbox(store, 5);
  BOOST_REQUIRE_EQUAL(left.size(), 2u);
  BOOST_TEST(left[0].change.delta == 200);
  BOOST_TEST(left[1].change.delta == -200);
  const auto none = write_rows(store, step);
  BOOST_TEST((none.refused.size() == 200u && !none.left));
  BOOST_TEST(load_outbox(store, 5).size() == 2u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(only_the_owner_of_this_epoch_writes_rows, store_type, both_stores) {
  store_type store;
  const fence by = own(store, 5);
  for (const auto& stranger :
       {fence{5, "n1.b", by.epoch}, fence{5, "n1.a", by.epoch + 1}, fence{6, "n1.a", by.epoch}}) {
    const auto refused = write_rows(store, {stranger, {{asserted(1), {}}}, one_more});
    BOOST_TEST((refused.code == errc::fenced));
  }
  BOOST_TEST(load_mapping(store, 5, 1)->version == 0u);
  ask<std::uint64_t>(store, [&](auto done) { store.membership().raise_epoch(by, done); });
  BOOST_TEST((write_rows(store, {by, {{asserted(1), {}}}, one_more}).code == errc::fenced));
  BOOST_TEST(load_outbox(store, 5).empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_is_made_once_for_its_key, store_type, both_stores) {
  store_type store;
  BOOST_TEST((load(store).error() == errc::not_found));
  const auto first = create(store, number, 1, conflict_rule::contest, true);
  BOOST_TEST((first->number == number && !first->replayed));
  const auto again = create(store, 99, 1);
  BOOST_TEST((again->number == number && again->replayed));
  BOOST_TEST((create(store, number, 2).error() == errc::conflict));
  const auto job = load(store);
  BOOST_TEST((job->on_conflict == conflict_rule::contest && job->dry_run));
  BOOST_TEST((job->state == bulk_state::open && job->number == number));
  BOOST_TEST((job->lines == 0u && job->parts == 0u && job->provider_id == alpha));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_provider_has_only_so_many_open_jobs, store_type, both_stores) {
  store_type store;
  for (std::uint8_t i = 1; i <= 3; ++i) BOOST_TEST(bool(create(store, i, i)));
  BOOST_TEST((create(store, 4, 4).error() == errc::rate_limited));
  BOOST_TEST(create(store, 9, 2)->number == 2u);  // a repeat is none more
  BOOST_TEST(*end(store, bulk_state::completed, 0, 2));
  BOOST_TEST(bool(create(store, 4, 4)));
  BOOST_TEST((create(store, 5, 5).error() == errc::rate_limited));
  BOOST_TEST(!*end(store, bulk_state::cancelled, 0, 3));
  BOOST_TEST(bool(create(store, 5, 5)));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_part_goes_on_where_it_was, store_type, both_stores) {
  store_type store;
  BOOST_TEST((open_part(store, 1, 1).error() == errc::not_found));
  create(store, number, 1);
  const auto begun = open_part(store, 1, 1);
  BOOST_TEST((!begun->done && begun->granted == 10u && begun->credit == 0u));
  BOOST_TEST(
      save(store, 1, {{7, "seven", 3, 2, 1, 3}, {900, "many", 1, 0, 0, 1}}, false, 4)->stored ==
      4u);
  BOOST_TEST((open_part(store, 1, 2).error() == errc::conflict));
  const auto again = open_part(store, 1, 1, 10);
  BOOST_TEST((again->granted == 10u && again->credit == 4u && again->saved.size() == 2u));
  auto job = load(store);
  BOOST_TEST((job->created == 4u && job->unchanged == 2u && job->conflicts == 1u));
  BOOST_TEST((job->lines == 7u && job->parts == 0u));
  BOOST_TEST((job->begun == std::vector<std::uint32_t>{1}));
  BOOST_TEST(!ask<part_results>(store, [&](auto done) {
                store.bulk().load_results({alpha, number}, 1, done);
              })->done);

  // What is there already is not counted twice.
  const auto saved = save(store, 1, {{7, "other", 9, 9, 9, 9}, {8, "eight", 1, 1, 1, 1}}, true);
  BOOST_TEST((!saved->ended && saved->stored == 5u));
  job = load(store);
  BOOST_TEST((job->created == 5u && job->unchanged == 3u && job->conflicts == 2u));
  BOOST_TEST((job->lines == 12u && job->rejected == 2u && job->parts == 1u));
  const auto done = open_part(store, 1, 1);
  BOOST_TEST((done->done && done->lines == 12u && done->rejected == 2u && done->stored == 5u));
  BOOST_TEST(save(store, 1, {{9, "nine", 1, 1, 1, 1}}, true)->stored == 5u);
  BOOST_TEST(load(store)->lines == 12u);
  auto found = ask<part_results>(store, [&](auto reply) {
    store.bulk().load_results({alpha, number}, 1, reply);
  });
  BOOST_TEST((found->done && found->rejects == "rejects"));
  std::sort(found->shares.begin(), found->shares.end());
  BOOST_REQUIRE_EQUAL(found->shares.size(), 3u);
  BOOST_TEST((found->shares[0] == std::pair<shard_id, std::string>{7, "seven"}));
  BOOST_TEST((found->shares[2] == std::pair<shard_id, std::string>{900, "many"}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_ceiling_holds_over_all_parts_and_jobs, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  create(store, 2, 2);
  create(store, 3, 3, conflict_rule::skip, true);
  BOOST_TEST(open_part(store, 1, 1, 60, 100)->granted == 60u);
  BOOST_TEST(open_part(store, 1, 1, 60, 100, 2)->granted == 40u);
  BOOST_TEST(open_part(store, 2, 1, 5, 100)->granted == 0u);
  BOOST_TEST(open_part(store, 1, 1, 500, 100, 3)->granted == 500u);  // a dry run stores nothing
  save(store, 1, {{7, "r", 10, 50, 0, 10}}, true);
  BOOST_TEST(open_part(store, 3, 1, 60, 100)->granted == 50u);
  save(store, 1, {{7, "r", 500, 0, 0, 0}}, true, 0, 3);
  BOOST_TEST(open_part(store, 4, 1, 1, 100)->granted == 0u);
  BOOST_TEST(open_part(store, 5, 1, 9, 7)->granted == 0u);  // an operator took some back
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_job_ends_once_and_tells_so, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  open_part(store, 1, 1);
  BOOST_TEST((end(store, bulk_state::failed).error() == errc::conflict));
  BOOST_TEST(!*end(store, bulk_state::completed));
  BOOST_TEST((load(store)->state == bulk_state::running));
  BOOST_TEST(!*end(store, bulk_state::completed));
  BOOST_TEST((open_part(store, 2, 1).error() == errc::conflict));
  BOOST_TEST(bool(open_part(store, 1, 1)));
  BOOST_TEST(notices(store) == 0u);
  BOOST_TEST(save(store, 1, {}, true)->ended);
  BOOST_TEST((load(store)->state == bulk_state::completed));
  BOOST_TEST(notices(store) == 1u);
  BOOST_TEST(!*end(store, bulk_state::completed));
  BOOST_TEST((end(store, bulk_state::cancelled).error() == errc::conflict));
  BOOST_TEST(open_part(store, 1, 1)->done);
  BOOST_TEST(notices(store) == 1u);
  BOOST_TEST(!*end(store, bulk_state::failed, 3));
  BOOST_TEST((load(store)->state == bulk_state::failed));
  BOOST_TEST((end(store, bulk_state::completed).error() == errc::conflict));
  BOOST_TEST((end(store, bulk_state::completed, 0, 77).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancelled_job_takes_nothing_more, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  open_part(store, 1, 1);
  BOOST_TEST(!*end(store, bulk_state::cancelled));
  BOOST_TEST(!*end(store, bulk_state::cancelled));
  BOOST_TEST((open_part(store, 1, 1).error() == errc::conflict));
  BOOST_TEST((end(store, bulk_state::completed).error() == errc::conflict));
  BOOST_TEST(load(store)->created == 0u);
  BOOST_TEST(notices(store) == 0u);
  BOOST_TEST((save(store, 1, {}, false, 0, 77).error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_cancelled_job_gives_its_reserve_back, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  create(store, 2, 2);
  open_part(store, 1, 1, 60, 100);
  open_part(store, 2, 1, 30, 100);
  save(store, 1, {{7, "r", 5, 0, 0, 5}});
  BOOST_TEST(room(store, 100, 2) == 10u);
  end(store, bulk_state::cancelled);
  BOOST_TEST(room(store, 100, 2) == 95u);
  end(store, bulk_state::cancelled);
  BOOST_TEST(room(store, 100, 2) == 95u);
}

/// Rows of a share that was under way when the job was cancelled stand, so they count, and a revert
/// must find them.
BOOST_AUTO_TEST_CASE_TEMPLATE(shares_that_come_after_the_end_are_kept, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  create(store, 2, 2);
  open_part(store, 1, 1, 60, 100);
  end(store, bulk_state::cancelled);
  BOOST_TEST((save(store, 1, {{7, "r", 4, 1, 1, 5}}).error() == errc::conflict));
  BOOST_TEST((save(store, 1, {{7, "r", 4, 1, 1, 5}}, true).error() == errc::conflict));
  BOOST_TEST(room(store, 100, 2) == 95u);
  const auto job = load(store);
  BOOST_TEST((job->state == bulk_state::cancelled && job->created == 4u && job->parts == 0u));
  const auto found = ask<part_results>(store, [&](auto done) {
    store.bulk().load_results({alpha, number}, 1, done);
  });
  BOOST_TEST((!found->done && found->shares.size() == 1u));
  BOOST_TEST((save(store, 9, {{7, "r", 1, 0, 0, 1}}).error() == errc::conflict));
}

BOOST_AUTO_TEST_CASE(a_job_that_expires_gives_its_reserve_back) {
  simulated_under_test store;
  create(store, 2, 2);
  open_part(store, 1, 1, 60, 100, 2);
  save(store, 1, {{7, "r", 10, 0, 0, 10}}, false, 0, 2);
  store.advance(jobs_kept - 1h);
  create(store, number, 1);
  BOOST_TEST(room(store, 100, number) == 40u);
  store.advance(1h);
  BOOST_TEST((load(store, 2).error() == errc::not_found));
  BOOST_TEST(room(store, 100, number) == 90u);
  BOOST_TEST(room(store, 100, number) == 90u);
}

/// The same in Redis, whose clock cannot be moved: what a week leaves behind is made by hand.
BOOST_AUTO_TEST_CASE(the_script_gives_back_what_a_job_that_expired_had_reserved) {
  redis_process redis;
  redis_options options;
  options.unix_socket = redis.socket();
  options.command_timeout = 10s;
  connection_watch watch;
  const auto stores = open_redis(options, watch.observer());
  watch.wait_for(true);
  struct {
    redis_stores& at;
    bulk_store& bulk() { return at.bulk(); }
    void run() {}
  } store{*stores};
  create(store, number, 1);
  create(store, 2, 2);
  open_part(store, 1, 1, 60, 100, 2);
  save(store, 1, {{7, "r", 10, 0, 0, 10}}, false, 0, 2);
  BOOST_TEST(room(store, 100, number) == 40u);
  const auto key = keys::reserved_rows(alpha);
  BOOST_TEST(redis.ask({"HGET", key, "2"}).starts_with("50 "));
  redis.ask({"DEL", keys::job(alpha, 2), keys::job_part(alpha, 2, 1)});
  redis.ask({"HSET", key, "2", "50 1000"});
  BOOST_TEST(room(store, 100, number) == 90u);
  BOOST_TEST(room(store, 100, number) == 90u);
  BOOST_TEST(redis.ask({"HEXISTS", key, "2"}) == "0");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(retracted_rows_make_room, store_type, both_stores) {
  store_type store;
  create(store, number, 1);
  create(store, 2, 2);
  open_part(store, 1, 1, 100, 100);
  save(store, 1, {{7, "r", 100, 0, 0, 100}}, true);
  end(store, bulk_state::completed);
  BOOST_TEST(open_part(store, 1, 1, 100, 100, 2)->granted == 0u);
  end(store, bulk_state::failed, 30);
  BOOST_TEST(open_part(store, 2, 1, 100, 100, 2)->granted == 30u);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
