#include <boost/test/unit_test.hpp>
#include <iostream>
#include <random>

#include "domain/send_policy.hpp"
#include "storage/simulated_store.hpp"

namespace glados::storage {

namespace {

using namespace std::chrono_literals;
using fault = simulated_store::fault;

fence own(simulated_store& store, shard_id shard) {
  fence by{shard, "n1.a", 0};
  store.claim("n1", "n1.a", {{shard, {}}}, [&](const result<std::vector<shard_claim>>& claims) {
    by.epoch = (*claims)[0].epoch;
  });
  store.run_all();
  return by;
}

directory_record record_of(std::uint64_t version = 0) {
  directory_record record;
  record.version = version;
  record.mappings.resize(1);
  return record;
}

std::uint64_t version_of(simulated_store& store, shard_id shard) {
  std::uint64_t version = 0;
  store.load_mapping(shard, {}, [&](const result<directory_record>& r) { version = r->version; });
  store.run_all();
  return version;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(simulated)

BOOST_AUTO_TEST_CASE(nothing_happens_before_its_step) {
  simulated_store store;
  const fence by = own(store, 1);
  int answers = 0;
  for (int i = 0; i < 2; ++i)
    store.apply(commit{.by = by, .mapping = record_of()},
                [&](const commit_result& done) { answers += done.code == errc::none ? 1 : 10; });
  BOOST_TEST((answers == 0 && store.pending() == 2u && store.name(0) == "commit"));
  store.step(1);  // the second one overtakes the first
  BOOST_TEST(answers == 1);
  store.step(0);
  BOOST_TEST((answers == 11 && store.pending() == 0u));
}

BOOST_AUTO_TEST_CASE(a_refused_call_did_not_happen) {
  simulated_store store;
  const fence by = own(store, 1);
  errc code = errc::none;
  store.apply(commit{.by = by, .mapping = record_of()},
              [&](const commit_result& done) { code = done.code; });
  store.step(0, fault::refuse);
  BOOST_TEST((code == errc::storage_unavailable));
  BOOST_TEST(version_of(store, 1) == 0u);
}

BOOST_AUTO_TEST_CASE(a_lost_answer_leaves_the_write) {
  simulated_store store;
  const fence by = own(store, 1);
  errc code = errc::none;
  store.apply(commit{.by = by, .mapping = record_of()},
              [&](const commit_result& done) { code = done.code; });
  store.step(0, fault::lose_answer);
  BOOST_TEST((code == errc::outcome_unknown));
  BOOST_TEST(version_of(store, 1) > 0u);
  result<instant> now(errc::none);
  store.time([&](const result<instant>& at) { now = at; });
  store.step(0, fault::lose_answer);
  BOOST_TEST((now.error() == errc::storage_unavailable));  // a read is never in doubt
}

BOOST_AUTO_TEST_CASE(a_late_copy_is_fenced_by_a_raised_epoch) {
  for (const bool raised : {false, true}) {
    simulated_store store;
    const fence by = own(store, 1);
    int answers = 0;
    store.apply(commit{.by = by, .mapping = record_of()}, [&](const commit_result& done) {
      ++answers;
      BOOST_TEST((done.code == errc::outcome_unknown));
    });
    store.step(0, fault::late);
    BOOST_TEST((answers == 1 && store.pending() == 1u));
    if (raised) {
      store.raise_epoch(by, [](const result<std::uint64_t>&) {});
      store.step(1);
    }
    store.step(0);
    BOOST_TEST(answers == 1);
    BOOST_TEST((version_of(store, 1) == 0u) == raised);
  }
}

BOOST_AUTO_TEST_CASE(handlers_may_call_again) {
  simulated_store store;
  int left = 5;
  std::function<void(const result<instant>&)> again = [&](const result<instant>&) {
    if (--left > 0)
      store.time(again);
  };
  store.time(again);
  BOOST_TEST(store.run_all() == 5u);
  BOOST_TEST(left == 0);
}

BOOST_AUTO_TEST_CASE(a_broken_connection_ends_what_waits) {
  simulated_store store;
  const fence by = own(store, 1);
  store.apply(commit{.by = by, .mapping = record_of()}, [](const commit_result&) {});
  store.step(0, fault::late);
  errc code = errc::none;
  store.apply(commit{.by = by}, [&](const commit_result& done) { code = done.code; });
  store.disconnect();
  BOOST_TEST((code == errc::storage_unavailable && store.pending() == 1u));
  store.run_all();
  BOOST_TEST(version_of(store, 1) > 0u);
}

BOOST_AUTO_TEST_CASE(a_verification_is_kept_a_day) {
  simulated_store store;
  const fence by = own(store, 1);
  verification proof;
  proof.id = "v1";
  proof.message = "sealed";
  proof.expires_at = store.now() + 10min;
  store.apply(commit{.by = by, .proof = proof}, [](const commit_result&) {});
  const auto load = [&] {
    result<verification> found(errc::internal);
    store.load_verification(1, "v1", [&](const result<verification>& read) { found = read; });
    store.run_all();
    return found;
  };
  BOOST_TEST(load()->message == "sealed");
  store.advance(11min);
  BOOST_TEST(load()->message == "");
  store.advance(23h);
  BOOST_TEST(bool(load()));
  store.advance(1h);
  BOOST_TEST((load().error() == errc::not_found));
}

BOOST_AUTO_TEST_CASE(versions_grow_though_the_clock_went_back) {
  simulated_store store;
  const fence by = own(store, 1);
  std::vector<std::uint64_t> versions;
  for (int i = 0; i < 3; ++i) {
    store.apply(commit{.by = by},
                [&](const commit_result& done) { versions.push_back(done.version); });
    store.run_all();
    store.set_time(store.now() - 1h);
  }
  BOOST_TEST((versions[1] == versions[0] + 1 && versions[2] == versions[0] + 2));
}

BOOST_AUTO_TEST_CASE(a_closed_prefix_opens_after_an_hour) {
  simulated_store store;
  send_debit debit;
  debit.provider_id = "alpha";
  debit.breaker_min = 3;
  const auto send = [&] {
    std::string policy = "none";
    store.debit_send(debit, [&](const result<refusal>& verdict) { policy = verdict->policy; });
    store.run_all();
    return policy;
  };
  for (int i = 0; i < 3; ++i) BOOST_TEST(send() == "");
  BOOST_TEST(send() == "breaker");
  store.advance(59min);
  BOOST_TEST(send() == "breaker");
  store.advance(61s);
  for (int i = 0; i < 3; ++i) BOOST_TEST(send() == "");
  BOOST_TEST(send() == "breaker");
}

BOOST_AUTO_TEST_CASE(a_new_day_has_new_budgets) {
  simulated_store store;
  store.set_time({1'800'057'599'000'000});  // one second before midnight UTC
  send_debit debit;
  debit.provider_id = "alpha";
  debit.daily_limit = 1;
  std::vector<refusal> seen;
  const auto both = [&] {
    store.debit_send(debit, [&](const result<refusal>& verdict) { seen.push_back(*verdict); });
    store.reserve_guess("alpha", 1,
                        [&](const result<refusal>& verdict) { seen.push_back(*verdict); });
    store.run_all();
  };
  both();
  both();
  store.advance(1s);
  both();
  BOOST_REQUIRE_EQUAL(seen.size(), 6u);
  BOOST_TEST((seen[0].policy == "" && seen[1].policy == ""));
  BOOST_TEST((seen[2].policy == "sends" && seen[3].policy == "guesses"));
  BOOST_TEST((seen[2].retry_after == 1s && seen[3].retry_after == 1s));
  BOOST_TEST((seen[4].policy == "" && seen[5].policy == ""));
}

/// The store counts sessions by its own arithmetic (any window); for a day it is that of the
/// domain.
BOOST_AUTO_TEST_CASE(sessions_follow_the_rule_of_the_domain) {
  const auto seed = std::random_device{}();
  std::cout << "seed " << seed << "\n";
  std::mt19937 random(seed);
  simulated_store store;
  const fence by = own(store, 1);
  session_ceiling ceiling;
  std::array<own_sessions, 6> own_of;
  for (int i = 0; i < 3000; ++i) {
    store.advance(std::chrono::milliseconds(random() % 3'600'000));
    const std::size_t who = random() % own_of.size();
    const auto expected = open_session({}, ceiling, own_of[who], store.now().us / 1000);
    ceiling = expected.ceiling;
    own_of[who] = expected.own;
    commit_result given;
    store.apply(commit{.by = by, .sessions = session_limit{{}, std::string(who + 1, 'p')}},
                [&](const commit_result& done) { given = done; });
    store.run_all();
    BOOST_REQUIRE((given.code == errc::none) == !expected.refused);
    BOOST_REQUIRE(given.session_reserved == expected.reserved);
    if (expected.refused)
      BOOST_REQUIRE(given.retry_after == expected.refused->retry_after);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage
