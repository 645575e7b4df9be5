#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

send_debit priced(const std::string& id, micro_units price, micro_units cap = 0) {
  send_debit out;
  out.provider_id = "alpha";
  out.verification_id = id;
  out.to = {"DE", 0x49152};
  out.price = price;
  out.spend_cap = cap;
  return out;
}

usage_batch batch(std::uint64_t number, std::uint64_t hits, std::uint64_t misses = 0) {
  usage_batch out;
  out.provider_id = "alpha";
  out.writer = "node-1";
  out.incarnation = "node-1.a";
  out.number = number;
  out.hits = hits;
  out.misses = misses;
  return out;
}

template <class Store>
refusal debit(Store& store, const send_debit& what) {
  return *ask<refusal>(store, [&](auto done) { store.providers().debit_send(what, done); });
}

template <class Store>
bool give_back(Store& store, const send_debit& what) {
  return *ask<bool>(store, [&](auto done) { store.providers().return_send(what, done); });
}

template <class Store>
bool enter(Store& store, const usage_batch& what) {
  return *ask<bool>(store, [&](auto done) { store.providers().enter_usage(what, done); });
}

template <class Store>
usage_counts read(Store& store, const std::string& provider = "alpha") {
  const auto month = month_of(cluster_time(store));
  return *ask<usage_counts>(store, [&](auto done) {
    store.providers().load_usage(provider, month.first_day, month.days, done);
  });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(usage)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_send_is_entered_with_its_debit, store_type, both_stores) {
  store_type store;
  BOOST_TEST((read(store) == usage_counts{}));
  BOOST_TEST(debit(store, priced("v1", 5)).policy == "");
  BOOST_TEST(debit(store, priced("v2", 5)).policy == "");
  auto mail = priced("v3", 1);
  mail.to = {"email", 0x77};
  mail.way = channel::email;
  BOOST_TEST(debit(store, mail).policy == "");
  auto refused = priced("v4", 5);
  refused.daily_limit = 3;
  BOOST_TEST(debit(store, refused).policy == "sends");
  usage_counts wanted;
  wanted.sends = {{{channel::sms, "DE"}, 2}, {{channel::email, "email"}, 1}};
  BOOST_TEST((read(store) == wanted));
  BOOST_TEST((read(store, "beta") == usage_counts{}));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_send_given_back_is_taken_back, store_type, both_stores) {
  store_type store;
  debit(store, priced("v1", 5));
  debit(store, priced("v2", 5));
  BOOST_TEST(give_back(store, priced("v1", 5)));
  BOOST_TEST(!give_back(store, priced("v1", 5)));
  BOOST_TEST((read(store).sends.at({channel::sms, "DE"}) == 1U));
  give_back(store, priced("v2", 5));
  BOOST_TEST(read(store).sends.empty());
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_the_breaker_refuses_is_not_charged, store_type, both_stores) {
  store_type store;
  auto what = priced("v1", 5);
  what.breaker_min = 2;
  debit(store, what);
  debit(store, what);
  BOOST_TEST(debit(store, what).policy == "breaker");
  store.run();
  BOOST_TEST((read(store).sends.at({channel::sms, "DE"}) == 2U));
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_batch_is_taken_once, store_type, both_stores) {
  store_type store;
  BOOST_TEST(enter(store, batch(1, 10, 4)));
  BOOST_TEST(!enter(store, batch(1, 10, 4)));
  BOOST_TEST(enter(store, batch(2, 1)));
  BOOST_TEST(!enter(store, batch(1, 10, 4)));  // late
  auto other = batch(1, 100);
  other.writer = "node-2";
  other.incarnation = "node-2.a";
  BOOST_TEST(enter(store, other));
  auto restarted = batch(1, 1000);
  restarted.incarnation = "node-1.b";
  BOOST_TEST(enter(store, restarted));
  BOOST_TEST(!enter(store, restarted));
  auto rows = batch(1, 0);
  rows.writer = "job-1";
  rows.bulk_rows = 7;
  BOOST_TEST(enter(store, rows));
  const auto used = read(store);
  BOOST_TEST(used.hits == 1111U);
  BOOST_TEST(used.misses == 4U);
  BOOST_TEST(used.bulk_rows == 7U);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_cap_stops_sends_and_nothing_else, store_type, both_stores) {
  store_type store;
  BOOST_TEST(debit(store, priced("v1", 40, 100)).policy == "");
  BOOST_TEST(debit(store, priced("v2", 60, 100)).policy == "");  // to the edge
  const auto refused = debit(store, priced("v3", 1, 100));
  BOOST_TEST(refused.policy == "spend");
  const auto month = month_of(cluster_time(store));
  const auto left = std::chrono::seconds((month.first_day + month.days) * 86'400 -
                                         cluster_time(store).us / 1'000'000);
  BOOST_TEST((refused.retry_after >= left && refused.retry_after <= left + 5s));
  BOOST_TEST(give_back(store, priced("v1", 40)));
  BOOST_TEST(debit(store, priced("v4", 40, 100)).policy == "");
  auto looked_up = batch(1, 10);
  looked_up.cost = 500;
  BOOST_TEST(enter(store, looked_up));  // over the cap, and taken
  BOOST_TEST(debit(store, priced("v5", 1, 600)).policy == "spend");
  BOOST_TEST(debit(store, priced("v5", 0, 600)).policy == "");
  BOOST_TEST(debit(store, priced("v6", 1, 0)).policy == "");  // no cap
}

BOOST_AUTO_TEST_CASE(a_new_month_begins_at_nothing) {
  simulated_under_test store;
  BOOST_TEST(debit(store, priced("v1", 100, 100)).policy == "");
  BOOST_TEST(debit(store, priced("v2", 1, 100)).policy == "spend");
  const auto before = month_of(cluster_time(store));
  store.advance(24h * 31);
  BOOST_TEST(debit(store, priced("v2", 1, 100)).policy == "");
  BOOST_TEST((read(store).sends.at({channel::sms, "DE"}) == 1U));
  const auto old = *ask<usage_counts>(store, [&](auto done) {
    store.providers().load_usage("alpha", before.first_day, before.days, done);
  });
  BOOST_TEST((old.sends.at({channel::sms, "DE"}) == 1U));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
