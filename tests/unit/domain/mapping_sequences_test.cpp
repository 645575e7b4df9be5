// Random sequences of proofs, deletions and passing time keep the invariants of a record.
#include <array>
#include <boost/test/unit_test.hpp>
#include <map>
#include <random>
#include <set>

#include "tests/unit/domain/mapping_fixture.hpp"

namespace {

using namespace mapping_fixture;

void check_invariants(const directory& d, instant now) {
  std::map<std::pair<std::string, proof_method>, int> settled;
  std::map<std::string, int> settled_of, undecided_of;
  std::set<std::uint32_t> salts;
  std::set<std::pair<std::string, std::string>> owners;
  int preferred = 0;
  for (const auto& m : d.record.mappings) {
    const bool is_settled = m.decide_by == instant{};
    if (is_settled)
      ++settled[{m.provider_id, m.method}];
    BOOST_TEST(++(is_settled ? settled_of : undecided_of)[m.provider_id] == 1);
    BOOST_TEST(salts.insert(m.salt).second);
    BOOST_TEST(owners.insert({m.provider_id, m.user}).second);
    BOOST_TEST((is_settled || !m.preferred));
    BOOST_TEST((is_settled || m.decide_by > now));
    preferred += m.preferred;
  }
  BOOST_TEST((d.users == settled));
  BOOST_TEST(preferred == (settled.empty() ? 0 : 1));
}

/// What a provider's DELETE does, as far as these rules depend on it.
void remove_one(directory& d, std::size_t at) {
  const auto gone = d.record.mappings[at];
  d.record.mappings.erase(d.record.mappings.begin() + static_cast<std::ptrdiff_t>(at));
  if (gone.decide_by == instant{})
    d.add({{gone.provider_id, gone.method, -1}});
  if (!gone.preferred)
    return;
  mapping* next = nullptr;
  for (auto& m : d.record.mappings)
    if (m.decide_by == instant{} && (!next || m.verified_at > next->verified_at))
      next = &m;
  if (next)
    next->preferred = true;
}

proof random_proof(std::mt19937& rng) {
  static const std::array<std::string, 4> providers{"alpha", "beta", "gamma", "delta"};
  static const std::array<std::string, 3> users{"u", "v", "w"};
  return {providers[rng() % 4], users[rng() % 3], static_cast<proof_method>(rng() % 4),
          static_cast<std::uint32_t>(rng() % 8)};
}

/// Windows settled one microsecond-exact step at a time end as they do in one late call.
void check_late_settling(const directory& d, instant until) {
  auto late = d;
  late.settle_at(until);
  auto timely = d;
  std::set<instant> ends;
  for (const auto& m : d.record.mappings)
    if (m.decide_by <= until)
      ends.insert(m.decide_by);
  for (const auto end : ends) timely.settle_at(end);
  BOOST_TEST(told(timely.record) == told(late.record));
  BOOST_TEST((timely.users == late.users));
}

void check_step(directory& d, std::mt19937& rng, instant now) {
  check_late_settling(d, now);
  d.settle_at(now);
  check_invariants(d, now);
  const auto before = d.preferred();
  const auto had_one = preferred_of(d.record) != nullptr;
  if (rng() % 8 == 0 && !d.record.mappings.empty()) {
    remove_one(d, rng() % d.record.mappings.size());
  } else {
    const auto p = random_proof(rng);
    const auto view = d.prove(p, now);
    if (had_one)
      BOOST_TEST(d.preferred() == before);  // no proof moves a preference
    if (p.method != proof_method::asserted) {
      BOOST_TEST(view.user == p.user);
      BOOST_TEST((view.verified_at == now));
      BOOST_TEST((view.method == p.method));
    }
    BOOST_TEST(view.existing.empty() == (view.decide_by == instant{}));
    for (const auto& e : view.existing)
      BOOST_TEST(e.user.empty() == (e.provider_id != p.provider_id));
  }
  check_invariants(d, now);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(mapping_sequences)

BOOST_AUTO_TEST_CASE(random_sequences_keep_the_invariants) {
  for (unsigned seed = 1; seed <= 60; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) {
      std::mt19937 rng(seed);
      directory d;
      auto now = start;
      for (int step = 0; step < 60; ++step) {
        now = now + std::chrono::minutes(rng() % 8);
        check_step(d, rng, now);
      }
      d.settle_at(now + window);
      check_invariants(d, now + window);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
