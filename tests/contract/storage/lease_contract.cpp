// The lease of the lookup budget on both stores. What a lease gives is tested to the unit in
// tests/unit/domain; here both stores keep to it.
#include <boost/test/unit_test.hpp>
#include <random>

#include "domain/quota.hpp"
#include "tests/contract/storage/store_under_test.hpp"

namespace glados::storage::test {

using namespace std::chrono_literals;

namespace {

template <class Store>
lease_grant ask_lease(Store& store, const lease_request& what, const std::string& who = "alpha") {
  return *ask<lease_grant>(store,
                           [&](auto done) { store.providers().lease_lookups(who, what, done); });
}

lease_request request_of(const std::string& node, std::uint64_t budget, std::uint64_t held,
                         std::uint64_t wanted, bool hold = true) {
  lease_request out;
  out.node = node;
  out.terms.budget = budget;
  out.held = held;
  out.wanted = wanted;
  out.hold = hold;
  out.returned_budget = budget;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(leases)

BOOST_AUTO_TEST_CASE_TEMPLATE(a_budget_is_leased_to_the_unit, store_type, both_stores) {
  store_type store;
  const auto first = ask_lease(store, request_of("a", 100, 0, 2));
  BOOST_TEST((first.granted == 4u && first.limit == 2u && first.budget == 100u));
  BOOST_TEST(units_left(100, first.tat, first.at) == 96u);
  BOOST_TEST(units_left(100, first.tat, cluster_time(store)) == 96u);
  BOOST_TEST(ask_lease(store, request_of("b", 100, 0, 90)).granted == 90u);
  BOOST_TEST(ask_lease(store, request_of("b", 100, 0, 90)).granted == 6u);
  BOOST_TEST(ask_lease(store, request_of("b", 100, 0, 2)).granted == 0u);
  auto back = request_of("a", 100, 1, 0, false);
  back.returned = 1;
  BOOST_TEST(ask_lease(store, back).granted == 0u);
  BOOST_TEST(ask_lease(store, request_of("b", 100, 0, 2)).granted == 1u);
  BOOST_TEST(ask_lease(store, request_of("a", 100, 0, 7), "beta").granted == 9u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(nodes_share_what_may_be_held, store_type, both_stores) {
  store_type store;
  BOOST_TEST(ask_lease(store, request_of("a", 1'000'000, 0, 0)).granted == 5'000u);
  BOOST_TEST(ask_lease(store, request_of("b", 1'000'000, 0, 0)).granted == 2'500u);
  auto shared = request_of("a", 1'000'000, 3'750, 0);
  shared.returned = 1'250;
  BOOST_TEST(ask_lease(store, shared).limit == 3'750u);
  BOOST_TEST(ask_lease(store, request_of("b", 1'000'000, 2'500, 0)).granted == 625u);
  auto gone = request_of("a", 1'000'000, 0, 0, false);
  gone.returned = 3'750;
  ask_lease(store, gone);
  BOOST_TEST(ask_lease(store, request_of("b", 1'000'000, 3'125, 0)).granted == 1'875u);
}

BOOST_AUTO_TEST_CASE_TEMPLATE(budgets_of_every_size_are_leased, store_type, both_stores) {
  for (const std::uint64_t budget :
       {0ull, 1ull, 2ull, 1'000'000'000ull, 1'000'000'000'000'000ull}) {
    store_type store;
    const auto got = ask_lease(store, request_of("a", budget, 0, 0));
    const auto bound = lease_bound(budget);
    BOOST_TEST(got.limit == std::min(bound, std::max<std::uint64_t>(2, bound / 2)));
    BOOST_TEST(got.granted == std::min(budget, got.limit));
    BOOST_TEST(got.budget == budget);
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_newest_terms_are_in_force, store_type, both_stores) {
  store_type store;
  ask_lease(store, request_of("a", 1'000'000, 0, 3'000, false));
  auto cut = request_of("a", 100, 0, 200, false);
  cut.terms.version = 7;
  cut.terms.fixed = true;
  BOOST_TEST(ask_lease(store, cut).granted == 99u);
  const auto stale = ask_lease(store, request_of("b", 1'000'000, 0, 2));
  BOOST_TEST((stale.granted == 0u && stale.budget == 100u));
  auto raised = request_of("b", 1'000, 0, 2'000, false);
  raised.terms.version = 8;
  BOOST_TEST(ask_lease(store, raised).granted == 900u);
}

/// Nodes that lease, spend, give back, crash and hear of users: between them they never spend more
/// than the largest budget, and what is refused is within the bound of being spent.
BOOST_AUTO_TEST_CASE_TEMPLATE(nodes_together_never_exceed_the_budget, store_type, both_stores) {
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  for (int round = 0; round < 10; ++round) {
    store_type store;
    std::uint64_t budget = 50 + random() % 2'000, largest = budget;
    std::array<std::uint64_t, 3> held{};
    std::array<std::uint64_t, 3> limit{};
    std::uint64_t spent = 0;
    const auto began = cluster_time(store);
    for (int i = 0; i < 250; ++i) {
      const std::size_t node = random() % held.size();
      switch (random() % 8) {
        case 0:
          held[node] = 0;  // crashed
          break;
        case 1:
          budget += random() % 5;
          largest = std::max(largest, budget);
          break;
        case 2:
          budget -= random() % 5;
          break;
        case 3:
        case 4: {
          const auto units = std::min<std::uint64_t>(held[node], random() % 20);
          held[node] -= units;
          spent += units;
          break;
        }
        default: {
          auto what =
              request_of("n" + std::to_string(node), budget, 0, random() % 30, random() % 4 != 0);
          what.returned = what.hold ? held[node] - std::min(held[node], limit[node]) : held[node];
          what.held = held[node] - what.returned;
          const auto got = ask_lease(store, what);
          const auto at_once = std::min(got.granted, what.wanted);
          spent += at_once;
          held[node] = what.held + got.granted - at_once;
          limit[node] = got.limit;
        }
      }
      const auto span = static_cast<double>((cluster_time(store) - began).count());
      const auto law = static_cast<double>(largest) * (1 + span / 86'400e6);
      BOOST_REQUIRE_MESSAGE(static_cast<double>(spent + held[0] + held[1] + held[2]) <= law + 1e-6,
                            "seed " << seed << " round " << round << " step " << i);
    }
  }
}

BOOST_AUTO_TEST_CASE_TEMPLATE(the_day_of_a_provider_is_told, store_type, both_stores) {
  store_type store;
  const auto day = [&] {
    return *ask<provider_day>(store, [&](auto done) { store.providers().load_day("alpha", done); });
  };
  BOOST_TEST((day().sends == 0u && day().wrong_codes == 0u && day().right_codes == 0u));
  BOOST_TEST((day().left > 0s && day().left <= 24h));
  send_debit debit;
  debit.provider_id = "alpha";
  debit.verification_id = "v1";
  debit.to = {"US", 5};
  ask<refusal>(store, [&](auto done) { store.providers().debit_send(debit, done); });
  for (int i = 0; i < 3; ++i)
    ask<refusal>(store, [&](auto done) { store.providers().reserve_guess("alpha", 50, done); });
  ask<bool>(store, [&](auto done) {
    store.providers().settle_guess("alpha", provider_store::guess::right, done);
  });
  BOOST_TEST((day().sends == 1u && day().wrong_codes == 2u && day().right_codes == 1u));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace glados::storage::test
