// What must hold when a contest is over and everything is quiet; see contest.hpp.
#include "contest.hpp"

namespace glados::testing {

void contest::finish() {
  look();
  finish_calls();
  finish_streams();
  finish_strikes();
  finish_record();
}

void contest::finish_calls() {
  std::map<std::string, std::string> changes;    // by key
  std::map<std::uint32_t, std::string> decided;  // by salt: the key
  for (const auto& one : decisions_) {
    must(deaths_ || one.answer->answers == 1, "a decision got no answer");
    must(one.answer->answers <= 1, "a decision got two answers");
    unknown += one.answer->is(errc::outcome_unknown) ? 1 : 0;
    conflicts += one.answer->is(errc::conflict) ? 1 : 0;
    const auto code = one.answer->last.code;
    must(!one.known || (code != errc::decision_already_made &&
                        code != errc::decision_window_closed && code != errc::conflict),
         "the repeat of an acknowledged decision was refused");
    late += one.answer->is(errc::decision_window_closed) ? 1 : 0;
    if (!one.answer->is(errc::none))
      continue;
    ++decisions;
    const auto key = one.change.substr(0, one.change.find('r'));
    const auto& change = one.answer->last.change_id;
    must(changes.try_emplace(key, change).first->second == change, "one key answered two changes");
    must(decided.try_emplace(one.over.salt, key).first->second == key, "decided twice");
    must(change.empty() == (one.what == decision::keep), "a change without a cause");
    must(change.empty() || w_.stored_change(change), "an acknowledged change is not stored");
  }
  for (const auto& one : removals_) {
    must(deaths_ || one.answer->answers == 1, "a removal got no answer");
    unknown += one.answer->is(errc::outcome_unknown) ? 1 : 0;
  }
  for (const auto& one : checks_)
    must(deaths_ || one.answer->answers == 1, "a check got no answer");
  for (const auto& one : reads_) must(deaths_ || one->answers == 1, "a read got no answer");
  for (const auto& one : lookups_) must(deaths_ || one->answers == 1, "a lookup got no answer");
  for (const auto& one : renamings_) {
    must(deaths_ || one->answers == 1, "a renaming got no answer");
    rotations += one->is(errc::none) ? 1 : 0;
  }
}

/// Every notice has reached its provider, once, in order.
void contest::finish_streams() {
  must(w_.outbox().empty(), "something stayed in the outbox");
  for (int number = 0; number < providers_; ++number) {
    const auto provider = "p" + std::to_string(number);
    const auto told = w_.told(provider);
    const auto& expected = expected_[provider];
    must(told.size() == expected.size(), "a provider got too many or too few notices");
    for (std::size_t i = 0; i < told.size() && broken.empty(); ++i)
      must(told[i].type == expected[i].type && told[i].mapping &&
               told[i].mapping->change_id == expected[i].mapping->change_id &&
               told[i].mapping->salt == expected[i].mapping->salt &&
               told[i].mapping->sequence == expected[i].mapping->sequence,
           "a provider got its notices in another order");
  }
}

/// The abuse desk has every report that was acknowledged, once; a strike stands against whoever
/// made a change that was reported as malicious and restored, and against nobody else.
void contest::finish_strikes() {
  std::set<std::string> kept;
  for (const auto& one : w_.stored_reports())
    must(kept.insert(one.change_id + "/" + one.reporter).second, "two reports of one change");
  for (const auto& one : reports_) {
    must(deaths_ || one.answer->answers == 1, "a report got no answer");
    must(!one.answer->is(errc::none) || kept.contains(one.change + "/" + one.provider),
         "an acknowledged report is not at the desk");
    must(!one.answer->is(errc::conflict) || kept.contains(one.change + "/" + one.provider),
         "a report was refused for one that is not there");
  }
  std::set<std::string> due;
  std::map<std::string, std::uint64_t> made;
  for (const auto& id : changes_made_) {
    const auto change = w_.stored_change(id);
    must(change.has_value(), "a change is gone");
    if (!change)
      return;
    ++made[change->by_provider];
    bool undone = false;
    for (const auto& one : change->displaced) undone = undone || one.restored;
    for (const auto& [reporter, one] : change->reports)
      if (undone && one.reason == report_reason::malicious && reporter != change->by_provider)
        due.insert(change->by_provider + "/" + one.id);
  }
  std::set<std::string> standing;
  for (int number = 0; number < providers_; ++number) {
    const auto provider = "p" + std::to_string(number);
    const auto facts = w_.stored_standing(provider);
    std::uint64_t counted = 0;
    for (const auto& [day, count] : facts.changes) counted += count;
    must(counted == made[provider], "a provider's changes were miscounted");
    for (const auto& one : facts.strikes) standing.insert(provider + "/" + one.id);
  }
  must(standing == due, "a strike too many or too few");
  strikes += static_cast<int>(standing.size());
}

/// No mapping without a proven code, and memory agrees with the store.
void contest::finish_record() {
  auto stored = w_.stored_mapping(0);
  for (const auto& claim : stored.mappings) {
    bool proven = false;
    for (std::size_t number = 0; number < opened_.size(); ++number) {
      const auto proof = w_.stored_verification("v" + std::to_string(number));
      proven = proven || (proof && proof->state == verification_state::verified &&
                          proof->provider_id == claim.provider_id &&
                          unsealed(proof->user) == unsealed(claim.user));
    }
    for (const auto& one : restores_) {
      const auto proof = w_.stored_verification(one.id);
      proven = proven || (proof && proof->state == verification_state::verified &&
                          proof->provider_id == claim.provider_id &&
                          unsealed(proof->user) == unsealed(claim.user));
    }
    must(proven, "a mapping without a proof");
  }
  std::vector<user_count_change> counts;
  settle(stored, w_.store.now(), counts);
  const auto names = w_.stored_names();
  for (std::uint8_t layers = 1; layers <= w_.names.newest_; ++layers)
    must(layers == names || w_.records_named(layers) == 0, "a record under an old name");
  const auto seen = w_.lookup(0);
  w_.run();
  const auto* preferred = preferred_of(stored);
  must(seen->is(preferred ? errc::none : errc::not_found), "a lookup differs from the store");
  must(!preferred || seen->last.user == preferred->user, "a lookup shows another user");
}

}  // namespace glados::testing
