// The slots of a shard against a model, and that none moves while it lives.
#include "actors/entity_table.hpp"

#include <boost/test/unit_test.hpp>
#include <map>
#include <random>

#include "seeds.hpp"

using namespace glados;
using namespace glados::testing;

namespace {

struct no_actor {
  caf::actor_id id() const { return 0; }
};
using table = actors::entity_table<std::uint64_t, no_actor>;

}  // namespace

BOOST_AUTO_TEST_SUITE(entity_tables)

BOOST_AUTO_TEST_CASE(agree_with_a_model_and_stay_where_they_are) {
  for (auto [seed, end] = seeds(200); seed < end; ++seed) {
    BOOST_TEST_CONTEXT("GLADOS_SEED=" << seed) {
      std::mt19937_64 chance(seed);
      table tried;
      std::map<std::uint64_t, table::entry*> model;
      // Few keys, so that there are long runs of full cells, around the end of the array too.
      const auto keys = 4 + chance() % 200;
      for (int step = 0; step < 2'000; ++step) {
        const auto key = chance() % keys;
        if (chance() % 2 == 0) {
          auto& at = tried.open(key);
          const auto [known, fresh] = model.emplace(key, &at);
          BOOST_REQUIRE(known->second == &at);
          if (fresh)
            at.second.use = key + 1;
        } else if (const auto* const at = tried.find(key)) {
          tried.erase(at->first);  // a key in the slot itself
          model.erase(key);
        } else {
          tried.erase(key);
        }
        BOOST_REQUIRE(tried.size() == model.size());
      }
      for (std::uint64_t key = 0; key < keys; ++key) {
        const auto known = model.find(key);
        auto* const at = tried.find(key);
        BOOST_REQUIRE((at != nullptr) == (known != model.end()));
        if (at != nullptr)
          BOOST_TEST((at == known->second && at->first == key && at->second.use == key + 1));
      }
      std::size_t visited = 0;
      tried.for_each([&](const table::entry& at) { visited += model.count(at.first); });
      BOOST_TEST(visited == model.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(an_empty_one_has_nothing) {
  table tried;
  BOOST_TEST(tried.find(1) == nullptr);
  tried.erase(1);
  BOOST_TEST(tried.size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()
