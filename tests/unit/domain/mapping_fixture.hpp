// A record of claims together with the sum of the counts emitted on the way, for the mapping tests.
#pragma once

#include <chrono>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "domain/mapping.hpp"

namespace mapping_fixture {

using namespace glados;
using namespace std::chrono_literals;

constexpr auto window = std::chrono::microseconds(15min);
constexpr instant start{1'700'000'000'000'000};

inline proof by(std::string provider, std::string user, std::uint32_t salt,
                proof_method method = proof_method::sms) {
  return {std::move(provider), std::move(user), method, salt};
}

/// A record and the sum of all counts emitted on the way.
struct directory {
  directory_record record;
  std::map<std::pair<std::string, proof_method>, int> users;

  void add(const std::vector<user_count_change>& counts) {
    for (const auto& c : counts)
      if ((users[{c.provider_id, c.method}] += c.delta) == 0)
        users.erase({c.provider_id, c.method});
  }
  mapping_view prove(const proof& p, instant now) {
    auto out = apply_proof(record, p, now, window);
    record = out.next;
    add(out.counts);
    return out.view;
  }
  bool settle_at(instant now) {
    std::vector<user_count_change> counts;
    const bool changed = settle(record, now, counts);
    add(counts);
    return changed;
  }
  decision_outcome decide(std::uint32_t salt, decision what, instant now) {
    const auto* claim = at(salt);
    auto out = glados::decide(record, claim ? claim->provider_id : "nobody", salt, what, now);
    if (out.code == errc::none || out.code == errc::conflict) {
      record = out.next;
      add(out.counts);
    }
    return out;
  }
  errc remove(std::uint32_t salt, instant now) {
    const auto* claim = at(salt);
    auto out = remove_claim(record, claim ? claim->provider_id : "nobody", salt, {}, now);
    if (out.code == errc::none) {
      record = out.next;
      add(out.counts);
    }
    return out.code;
  }
  int count(const std::string& provider, proof_method method) const {
    auto at = users.find({provider, method});
    return at == users.end() ? 0 : at->second;
  }
  const mapping* at(std::uint32_t salt) const {
    for (const auto& m : record.mappings)
      if (m.salt == salt)
        return &m;
    return nullptr;
  }
  std::uint32_t preferred() const {
    const auto* m = preferred_of(record);
    return m ? m->salt : 0;
  }
};

inline std::string told(const directory_record& record) {
  std::ostringstream out;
  for (const auto& m : record.mappings)
    out << m.salt << ' ' << m.provider_id << ' ' << m.user << ' ' << to_string(m.method) << ' '
        << m.verified_at.us << ' ' << m.preferred << ' ' << m.decide_by.us << ' ' << m.decided
        << ' ' << m.sequence << '\n';
  return out.str();
}

}  // namespace mapping_fixture
