// Random sequences of proofs, decisions, deletions and passing time keep the invariants of a
// record.
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
    BOOST_TEST((!is_settled || m.shown.empty()));
    BOOST_TEST((is_settled || !m.decided));
    preferred += m.preferred;
  }
  BOOST_TEST((d.users == settled));
  BOOST_TEST(preferred == (settled.empty() ? 0 : 1));
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

using losses = std::map<std::uint32_t, displaced_claim>;

/// Who lost what between two records, seen from outside: settled claims that are gone, and the
/// preferred one that stayed but is preferred no more.
losses lost_between(const directory_record& before, const directory_record& after) {
  losses out;
  for (const auto& was : before.mappings) {
    if (was.decide_by != instant{})
      continue;
    const mapping* is = nullptr;
    for (const auto& m : after.mappings)
      if (m.salt == was.salt)
        is = &m;
    if (!is)
      out[was.salt] = {was, true};
    else if (was.preferred && !is->preferred)
      out[was.salt] = {was, false};
  }
  return out;
}

/// Everybody who lost is told, with the next sequence; nobody else is.
void check_displaced(const directory_record& before, const decision_outcome& made) {
  auto expected = lost_between(before, made.next);
  for (const auto& told : made.displaced) {
    const auto at = expected.find(told.lost.salt);
    BOOST_REQUIRE(at != expected.end());
    BOOST_TEST(told.removed == at->second.removed);
    BOOST_TEST(told.lost.provider_id == at->second.lost.provider_id);
    BOOST_TEST(told.lost.user == at->second.lost.user);
    BOOST_TEST(told.lost.sequence == at->second.lost.sequence + 1);
    expected.erase(at);
  }
  BOOST_TEST(expected.empty());
  for (const auto& was : before.mappings)
    for (const auto& is : made.next.mappings)
      if (was.salt == is.salt && was.decide_by == instant{}) {
        const bool lost = was.preferred && !is.preferred;
        BOOST_TEST(is.sequence == was.sequence + (lost ? 1 : 0));
      }
}

/// A decision over a random claim, settled or not, whatever was shown meanwhile.
void check_decision(directory& d, std::mt19937& rng, instant now) {
  const auto before = d.record;
  const auto claim = before.mappings[rng() % before.mappings.size()];
  const auto what = static_cast<decision>(rng() % 3);
  const auto had = d.preferred();
  const auto made = d.decide(claim.salt, what, now);
  if (claim.decide_by == instant{}) {
    BOOST_TEST((made.code ==
                (claim.decided ? errc::decision_already_made : errc::decision_window_closed)));
    BOOST_TEST(told(d.record) == told(before));
    return;
  }
  BOOST_REQUIRE((made.code == errc::none || made.code == errc::conflict));
  check_displaced(before, made);
  if (made.code == errc::conflict) {
    BOOST_TEST(told(d.record) == told(before));
    BOOST_TEST((d.decide(claim.salt, what, now).code == errc::none));  // now it was shown
    return;
  }
  if (what != decision::keep)
    BOOST_TEST(d.preferred() == claim.salt);
  else if (had != 0)
    BOOST_TEST(d.preferred() == had);
  if (what == decision::replace)
    for (const auto& m : d.record.mappings)
      BOOST_TEST((m.salt == claim.salt || m.decide_by != instant{}));
  const auto again = d.decide(claim.salt, decision::replace, now);
  BOOST_TEST((again.code == errc::decision_already_made || again.code == errc::not_found));
}

void check_removal(directory& d, std::mt19937& rng, instant now) {
  const auto gone = d.record.mappings[rng() % d.record.mappings.size()];
  const auto had = d.preferred();
  BOOST_TEST((d.remove(gone.salt, now) == errc::none));
  BOOST_TEST(d.at(gone.salt) == nullptr);
  BOOST_TEST((d.remove(gone.salt, now) == errc::not_found));
  if (!gone.preferred) {
    BOOST_TEST(d.preferred() == had);
    return;
  }
  for (const auto& m : d.record.mappings)
    if (const auto* next = preferred_of(d.record);
        m.decide_by == instant{} && m.method != proof_method::asserted) {
      BOOST_TEST((next->method != proof_method::asserted));
      BOOST_TEST((next->verified_at >= m.verified_at));
    }
}

void check_step(directory& d, std::mt19937& rng, instant now) {
  check_late_settling(d, now);
  d.settle_at(now);
  check_invariants(d, now);
  const auto before = d.preferred();
  const auto had_one = preferred_of(d.record) != nullptr;
  const auto dice = d.record.mappings.empty() ? 8 : rng() % 8;
  if (dice == 0) {
    check_removal(d, rng, now);
  } else if (dice < 4) {
    check_decision(d, rng, now);
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
  for (unsigned seed = 1; seed <= 200; ++seed) {
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
