#include <boost/test/unit_test.hpp>

#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

send_debit some_debit(const std::string& provider, const std::string& id) {
  send_debit debit;
  debit.provider_id = provider;
  debit.verification_id = id;
  debit.to = {"DE", 0x49151};
  return debit;
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
void confirm(Store& store, const std::string& provider, int times) {
  for (int i = 0; i < times; ++i)
    ask<bool>(store, [&](auto done) {
      store.providers().count_confirmed(provider, some_debit("", "").to, done);
    });
}

/// Tries `count` sends at once; how many were admitted. The other ones name `policy`.
template <class Store>
int send(Store& store, send_debit what, int count, const std::string& policy) {
  std::vector<pending<result<refusal>>> open;
  for (int i = 0; i < count; ++i) {
    what.verification_id = what.provider_id + std::to_string(i);
    open.push_back(begin<refusal>([&](auto done) { store.providers().debit_send(what, done); }));
  }
  store.run();
  int admitted = 0;
  for (auto& answer : open) {
    const auto verdict = finish(answer);
    if (verdict->policy.empty())
      ++admitted;
    else
      BOOST_TEST((verdict->policy == policy && verdict->retry_after > 0s));
  }
  return admitted;
}

template <class Store>
int guess(Store& store, int count, std::uint64_t base = 50) {
  std::vector<pending<result<refusal>>> open;
  for (int i = 0; i < count; ++i)
    open.push_back(
        begin<refusal>([&](auto done) { store.providers().reserve_guess("alpha", base, done); }));
  store.run();
  int admitted = 0;
  for (auto& answer : open) {
    const auto verdict = finish(answer);
    admitted += verdict->policy.empty() ? 1 : 0;
    if (!verdict->policy.empty())
      BOOST_TEST((verdict->policy == "guesses" && verdict->retry_after > 0s));
  }
  return admitted;
}

template <class Store>
void settle(Store& store, provider_store::guess how, int times) {
  for (int i = 0; i < times; ++i)
    ask<bool>(store, [&](auto done) { store.providers().settle_guess("alpha", how, done); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(sends)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_day_has_so_many_sends, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "");
  what.daily_limit = 30;
  BOOST_TEST(send(store, what, 50, "sends") == 30);
  what.provider_id = "beta";
  BOOST_TEST(send(store, what, 5, "") == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_region_has_a_share_of_them, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "");
  what.region_limit = 10;
  BOOST_TEST(send(store, what, 30, "country") == 10);
  what.to.region = "FR";
  BOOST_TEST(send(store, what, 10, "") == 10);
  what.region_limit = 0;
  BOOST_TEST(send(store, what, 20, "") == 20);
  what.daily_limit = 45;  // the ten and the thirty above count too
  BOOST_TEST(send(store, what, 20, "sends") == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(users_proven_in_a_region_earn_sends_there, store_type, both_stores) {
  store_type store;
  const auto count = [&](const std::string& id, const user_count_change& change) {
    ask<bool>(store, [&](auto done) { store.providers().count_users(5, id, change, done); });
  };
  count("1800000000000001-0", {"alpha", proof_method::sms, 3, 0, false, "DE"});
  count("1800000000000001-1", {"alpha", proof_method::sms, 4, 0, true, "DE"});
  count("1800000000000001-2", {"alpha", proof_method::sms, 50, 0, false, "FR"});
  send_debit what = some_debit("alpha", "");
  what.to.region = "DE";
  what.region_limit = 10;
  BOOST_TEST(send(store, what, 30, "country") == 17);
  count("1800000000000002-0", {"alpha", proof_method::sms, -5, 0, false, "DE"});
  BOOST_TEST(send(store, what, 5, "country") == 0);
  what.provider_id = "beta";
  BOOST_TEST(send(store, what, 30, "country") == 10);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(a_send_is_given_back_once, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "v1");
  what.daily_limit = 1;
  BOOST_TEST(debit(store, what).policy == "");
  BOOST_TEST(!give_back(store, some_debit("alpha", "v2")));
  BOOST_TEST(!give_back(store, some_debit("beta", "v1")));
  BOOST_TEST(debit(store, what).policy == "sends");
  BOOST_TEST(give_back(store, what));
  BOOST_TEST(!give_back(store, what));
  BOOST_TEST(debit(store, what).policy == "");
  BOOST_TEST(debit(store, what).policy == "sends");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(codes_that_nobody_confirms_close_a_prefix, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "");
  what.breaker_min = 40;
  BOOST_TEST(send(store, what, 39, "") == 39);
  confirm(store, "alpha", 2);  // 2 of 40 are 5 %
  BOOST_TEST(send(store, what, 3, "breaker") == 2);
  const refusal closed = debit(store, some_debit("alpha", "x"));
  BOOST_TEST((closed.policy == "breaker" && closed.retry_after > 59min));
  BOOST_TEST(closed.retry_after <= 1h);
  confirm(store, "alpha", 20);  // too late for this hour
  BOOST_TEST(debit(store, some_debit("alpha", "x")).policy == "breaker");
  BOOST_TEST(debit(store, some_debit("beta", "x")).policy == "");
  send_debit elsewhere = some_debit("alpha", "x");
  elsewhere.to.prefix_tag = 0x49152;
  BOOST_TEST(debit(store, elsewhere).policy == "");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(what_the_breaker_refuses_costs_nothing, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "v");
  what.breaker_min = 10;
  BOOST_TEST(send(store, what, 20, "breaker") == 10);
  // The budget of the day was not touched by the ten refused ones.
  what.daily_limit = 15;
  what.to.prefix_tag = 1;
  BOOST_TEST(send(store, what, 9, "sends") == 5);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(sends_given_back_do_not_close_it, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("alpha", "v");
  what.breaker_min = 3;
  for (int i = 0; i < 9; ++i) {
    BOOST_TEST(debit(store, what).policy == "");
    BOOST_TEST(give_back(store, what));
  }
  BOOST_TEST(send(store, what, 5, "breaker") == 3);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(three_providers_close_it_to_everybody, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("a1", "");
  what.breaker_min = 60;
  BOOST_TEST(send(store, what, 30, "") == 30);
  what.provider_id = "a2";
  BOOST_TEST(send(store, what, 29, "") == 29);
  // Two providers, one with over half.
  what.provider_id = "a3";
  BOOST_TEST(send(store, what, 2, "breaker") == 1);
  BOOST_TEST(debit(store, some_debit("honest", "x")).policy == "breaker");
}

BOOST_AUTO_TEST_CASE_TEMPLATE(one_provider_cannot_close_it_to_all, store_type, both_stores) {
  store_type store;
  send_debit what = some_debit("hostile", "");
  what.breaker_min = 60;
  BOOST_TEST(send(store, what, 99, "breaker") == 60);
  for (const char* provider : {"a1", "a2", "a3", "a4"}) {
    what.provider_id = provider;
    BOOST_TEST(send(store, what, 10, "breaker") == 10);
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_SUITE(guesses)

BOOST_AUTO_TEST_CASE_TEMPLATE(of_a_thousand_guesses_fifty_are_compared, store_type, both_stores) {
  store_type store;
  BOOST_TEST(guess(store, 1000) == 50);
  BOOST_TEST(guess(store, 1) == 0);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(two_right_codes_allow_a_wrong_one, store_type, both_stores) {
  store_type store;
  BOOST_TEST(guess(store, 8, 5) == 5);
  settle(store, provider_store::guess::wrong, 1);
  BOOST_TEST(guess(store, 8, 5) == 0);
  settle(store, provider_store::guess::not_compared, 1);
  BOOST_TEST(guess(store, 8, 5) == 1);
  settle(store, provider_store::guess::right, 1);  // its place, and half a place
  BOOST_TEST(guess(store, 8, 5) == 1);
  settle(store, provider_store::guess::right, 1);
  BOOST_TEST(guess(store, 8, 5) == 2);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
