// Rendezvous hashing: stable numbers, balance, and moves that are as few as possible.
#include "domain/shard.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cmath>
#include <map>
#include <random>

namespace {

using namespace glados;

std::vector<std::string> members(std::size_t count, unsigned seed = 1) {
  std::mt19937_64 rng(seed);
  std::vector<std::string> out;
  for (std::size_t i = 0; i < count; ++i)
    out.push_back("node-" + std::to_string(i) + "." + std::to_string(rng()));
  return out;
}

std::vector<std::string> owners(const std::vector<std::string>& nodes) {
  std::vector<std::string> out;
  for (std::size_t s = 0; s < shard_count; ++s)
    out.push_back(nodes[proposed_owner(nodes, static_cast<shard_id>(s)).value()]);
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shard_arithmetic)

BOOST_AUTO_TEST_CASE(weights_are_the_same_for_ever) {
  BOOST_TEST(rendezvous_weight("", 0) == 0x5b21f68ffa77f14cu);
  BOOST_TEST(rendezvous_weight("node-1", 0) == 0x3ea0034663d31c45u);
  BOOST_TEST(rendezvous_weight("node-1", 1023) == 0x3913e562d2b71b94u);
  BOOST_TEST(rendezvous_weight("n\xc3\xb6"
                               "de",
                               7) == 0xcbd49304f91931b4u);  // bytes above 127, char signed or not
}

BOOST_AUTO_TEST_CASE(homes_of_providers_are_spread) {
  std::map<shard_id, int> homes;
  for (int i = 0; i < 2'000; ++i) ++homes[home_shard("provider-" + std::to_string(i))];
  BOOST_TEST(homes.size() > 800u);
  for (const auto& [shard, count] : homes) {
    BOOST_TEST(shard < shard_count);
    BOOST_TEST(count < 12);
  }
  BOOST_TEST(home_shard("alpha") == home_shard("alpha"));
  BOOST_TEST(home_shard("alpha") != home_shard("beta"));
}

BOOST_AUTO_TEST_CASE(nobody_owns_nothing_and_one_owns_all) {
  BOOST_TEST(!proposed_owner({}, 0).has_value());
  BOOST_TEST(shards_proposed_for({}, "node-1").empty());
  const std::vector<std::string> one{"node-1"};
  BOOST_TEST(shards_proposed_for(one, "node-1").size() == shard_count);
  BOOST_TEST(shards_proposed_for(one, "node-2").empty());
}

BOOST_AUTO_TEST_CASE(the_highest_weight_owns) {
  const auto nodes = members(9);
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    const auto& owner = nodes[proposed_owner(nodes, shard).value()];
    for (const auto& node : nodes)
      BOOST_TEST(rendezvous_weight(node, shard) <= rendezvous_weight(owner, shard));
  }
}

BOOST_AUTO_TEST_CASE(of_equal_weights_the_smaller_name_owns) {
  // Two names with the same FNV-1a hash, so with the same weight everywhere.
  const std::vector<std::string> one{"8yn0iYCKYHlIj4-BwPqk", "GReLUrM4wMqfg9yzV3KQ"};
  const std::vector<std::string> other{one[1], one[0]};
  BOOST_REQUIRE(rendezvous_weight(one[0], 5) == rendezvous_weight(one[1], 5));
  BOOST_TEST(proposed_owner(one, 5).value() == 0u);
  BOOST_TEST(proposed_owner(other, 5).value() == 1u);
}

BOOST_AUTO_TEST_CASE(the_order_and_repetition_of_members_do_not_matter) {
  auto nodes = members(7);
  const auto before = owners(nodes);
  for (unsigned seed = 1; seed <= 5; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::shuffle(nodes.begin(), nodes.end(), std::mt19937(seed));
      BOOST_TEST((owners(nodes) == before));
    }
  }
  nodes.push_back(nodes.front());
  BOOST_TEST((owners(nodes) == before));
}

BOOST_AUTO_TEST_CASE(every_shard_is_proposed_to_exactly_one_member) {
  const auto nodes = members(5);
  std::vector<int> seen(shard_count);
  for (const auto& node : nodes) {
    const auto own = shards_proposed_for(nodes, node);
    BOOST_TEST(std::is_sorted(own.begin(), own.end()));
    for (const auto shard : own) ++seen[shard];
  }
  BOOST_TEST((seen == std::vector<int>(shard_count, 1)));
}

BOOST_AUTO_TEST_CASE(the_shares_are_balanced) {
  for (unsigned seed = 1; seed <= 10; ++seed)
    for (const std::size_t count : {2u, 3u, 5u, 16u}) {
      BOOST_TEST_CONTEXT("seed " << seed << ", members " << count) {
        const auto nodes = members(count, seed);
        std::map<std::string, double> share;
        for (const auto& owner : owners(nodes)) ++share[owner];
        // Five standard deviations of a fair draw: the fixed seeds are far inside, a bias is not.
        const double fair = static_cast<double>(shard_count) / static_cast<double>(count);
        const double slack = 5 * std::sqrt(fair * (1 - 1 / static_cast<double>(count)));
        for (const auto& node : nodes) {
          BOOST_TEST(share[node] > fair - slack);
          BOOST_TEST(share[node] < fair + slack);
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(short_similar_names_are_balanced_too) {
  const std::vector<std::string> nodes{"a", "b", "c", "d"};
  for (const auto& node : nodes) {
    const auto share = shards_proposed_for(nodes, node).size();
    BOOST_TEST(share > 186u);
    BOOST_TEST(share < 326u);
  }
}

BOOST_AUTO_TEST_CASE(a_leaving_member_moves_only_its_own_shards_and_spreads_them) {
  const auto nodes = members(6);
  const auto before = owners(nodes);
  for (const auto& gone : nodes) {
    auto rest = nodes;
    std::erase(rest, gone);
    const auto after = owners(rest);
    std::map<std::string, int> heirs;
    for (std::size_t s = 0; s < shard_count; ++s) {
      if (before[s] == gone)
        ++heirs[after[s]];
      else
        BOOST_TEST(after[s] == before[s]);
    }
    BOOST_TEST(heirs.size() == rest.size());
  }
}

BOOST_AUTO_TEST_CASE(a_joining_member_takes_its_share_and_nothing_else_moves) {
  auto nodes = members(6);
  const auto before = owners(nodes);
  nodes.push_back("newcomer.1");
  const auto after = owners(nodes);
  int taken = 0;
  for (std::size_t s = 0; s < shard_count; ++s) {
    if (after[s] == "newcomer.1")
      ++taken;
    else
      BOOST_TEST(after[s] == before[s]);
  }
  BOOST_TEST(taken > 90);
  BOOST_TEST(taken < 203);
}

BOOST_AUTO_TEST_SUITE_END()
