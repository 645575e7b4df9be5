#include "contest.hpp"

namespace glados::testing {
namespace {

constexpr int turns = 100;
constexpr std::size_t most_verifications = 14;
constexpr std::size_t most_restores = 8;
constexpr std::size_t trace_lines = 24;

bool is_settled(const mapping& claim) { return claim.decide_by == instant{}; }

const mapping* find_salt(const directory_record& in, std::uint32_t salt) {
  for (const auto& claim : in.mappings)
    if (claim.salt == salt)
      return &claim;
  return nullptr;
}

std::string text_of(const directory_record& record) {
  std::string out;
  for (const auto& claim : record.mappings)
    out += " " + claim.provider_id + "/" + claim.user + "#" + std::to_string(claim.salt % 1000) +
           (claim.preferred ? "*" : "") + (is_settled(claim) ? "" : "?");
  return out.empty() ? " nothing" : out;
}

std::string name_of(decision what) {
  constexpr std::array<const char*, 3> names{"replace", "prefer", "keep"};
  return names[static_cast<std::size_t>(what)];
}

}  // namespace

contest::contest(std::uint64_t seed, bool deaths, bool rotates)
    : w_(seed, limits()), deaths_(deaths), rotates_(rotates) {
  providers_ = 2 + static_cast<int>(w_.random() % 3);
  w_.sessions_per_provider = w_.sessions_per_sii = 1000;
  w_.wrong = {3, 3, 3};
  last_ = w_.stored_mapping(0);
  w_.after_step = [this] { look(); };
}

actors::actor_limits contest::limits() {
  actors::actor_limits out;
  out.max_entities = 3;
  out.queue_per_entity = 8;
  out.queue_per_load = 8;
  out.idle_after = std::chrono::seconds(60);
  return out;
}

void contest::must(bool holds, const std::string& what) {
  if (holds || !broken.empty())
    return;
  broken = what;
  note("broken: " + what);
}

void contest::note(const std::string& line) {
  if (!broken.empty() && line.find("broken") != 0)
    return;
  trace_.push_back(line);
  if (trace_.size() > trace_lines)
    trace_.pop_front();
}

std::string contest::trace() const {
  std::string out;
  for (const auto& line : trace_) out += "\n  " + line;
  return out;
}

// --- commands ------------------------------------------------------------------------------------

void contest::play() {
  for (int turn = 0; turn < turns && broken.empty(); ++turn) {
    if (rotates_ && w_.random() % 20 == 0)
      rotate();
    command();
    const auto steps = w_.random() % 16;
    for (std::uint64_t i = 0; i < steps; ++i) w_.step();
    if (w_.random() % 6 == 0)
      w_.advance(std::chrono::seconds(w_.random() % 60));
  }
  w_.wrong = {};
  w_.settle();
  w_.advance(std::chrono::minutes(1));  // what lies in the outbox is looked at again
  w_.advance(std::chrono::minutes(1));
  w_.settle();
  finish();
}

void contest::command() {
  switch (w_.random() % 18) {
    case 0:
    case 1:
      return open();
    case 2:
    case 3:
    case 4:
      return check();
    case 5:
    case 6:
    case 7:
      return decide();
    case 8:
      return repeat();
    case 9:
      return remove();
    case 10:
    case 11:
      return read();
    case 12:
      return deaths_ ? die() : open();
    case 13:
    case 14:
      return restore();
    case 15:
      return check_restore();
    case 16:
      return report();
    default:
      note("time passes");
      w_.advance(std::chrono::minutes(1 + w_.random() % 6));
  }
}

void contest::open() {
  if (opened_.size() >= most_verifications)
    return;
  const auto number = opened_.size();
  const auto id = "v" + std::to_string(number);
  opened_.push_back("p" + std::to_string(w_.random() % static_cast<unsigned>(providers_)));
  note(opened_.back() + " opens " + id);
  w_.open(id, 0, opened_.back(), "u" + std::to_string(number % 2));
}

void contest::check() {
  if (opened_.empty())
    return;
  const auto number = w_.random() % opened_.size();
  const auto id = "v" + std::to_string(number);
  note(opened_[number] + " checks " + id);
  checks_.push_back(
      {opened_[number], w_.check(id, "123456", opened_[number], "u" + std::to_string(number % 2))});
}

void contest::decide() {
  if (claims_.empty())
    return;
  // The young ones rather: their window is open.
  const auto back = std::min(w_.random() % claims_.size(), w_.random() % claims_.size());
  deciding made;
  made.over = claims_[claims_.size() - 1 - back];
  made.what = static_cast<decision>(w_.random() % 3);
  made.change = "c" + std::to_string(decisions_.size());
  note(made.over.provider + " decides " + name_of(made.what) + " over #" +
       std::to_string(made.over.salt % 1000));
  made.answer = w_.decide(0, made.over.salt, made.over.provider, made.what, made.change);
  decisions_.push_back(std::move(made));
}

void contest::repeat() {
  if (decisions_.empty())
    return;
  auto again = decisions_[w_.random() % decisions_.size()];
  note(again.over.provider + " repeats " + again.change);
  again.known = again.known || again.answer->is(errc::none);
  // A repeat brings the same key, but an id for the change of its own.
  again.answer =
      w_.decide(0, again.over.salt, again.over.provider, again.what,
                again.change + "r" + std::to_string(decisions_.size()), "decision" + again.change);
  decisions_.push_back(std::move(again));
}

void contest::remove() {
  if (claims_.empty())
    return;
  const auto& claim = claims_[w_.random() % claims_.size()];
  note(claim.provider + " removes #" + std::to_string(claim.salt % 1000));
  may_go_.insert(claim.salt);
  removals_.push_back({claim, w_.remove_mapping(0, claim.salt, claim.provider)});
}

/// Opens a session over something that was lost, now or long ago.
void contest::restore() {
  if (losses_.empty() || restores_.size() >= most_restores)
    return;
  restoring one;
  one.of = losses_[losses_.size() - 1 - std::min(w_.random() % losses_.size(), std::uint64_t{3})];
  one.id = "r" + std::to_string(restores_.size());
  one.as = "x" + std::to_string(restores_.size());
  note(one.of.provider + " opens " + one.id + " to restore " + one.of.change);
  w_.restore(one.id, 0, one.of.provider, one.of.user, one.of.change, one.as);
  restores_.push_back(std::move(one));
}

void contest::check_restore() {
  if (restores_.empty())
    return;
  auto& one = restores_[w_.random() % restores_.size()];
  if (one.answer && one.answer->answers == 0)
    return;
  note(one.of.provider + " checks " + one.id);
  one.answer = w_.check(one.id, "123456", one.of.provider, one.of.user);
  checks_.push_back({one.of.provider, one.answer});
}

void contest::report() {
  if (losses_.empty())
    return;
  const auto& of = losses_[w_.random() % losses_.size()];
  reporting one{"r" + std::to_string(reports_.size()),
                of.change,
                of.provider,
                static_cast<report_reason>(w_.random() % 3),
                {}};
  note(one.provider + " reports " + one.change);
  one.answer = w_.report(one.id, one.change, one.provider, one.reason);
  reports_.push_back(std::move(one));
}

void contest::read() {
  lookups_.push_back(w_.lookup(0));
  if (claims_.empty())
    return;
  const auto& claim = claims_[w_.random() % claims_.size()];
  reads_.push_back(w_.random() % 2 == 0 ? w_.get_mapping(0, claim.salt, claim.provider)
                                        : w_.find_mapping(0, claim.provider));
}

/// Renames the shard to the next layer, or asks again for what was begun.
void contest::rotate() {
  const auto now = w_.stored_names();
  if (now >= w_.names.newest_)
    return;
  note("the shard is renamed to " + std::to_string(now + 1));
  renamings_.push_back(w_.rename(static_cast<std::uint8_t>(now + 1)));
}

void contest::die() {
  if (w_.random() % 3 == 0) {
    note("the node dies");
    w_.crash();
  } else {
    note("an entity dies");
    w_.kill_entity();
  }
}

// --- after each step -----------------------------------------------------------------------------

void contest::look() {
  harvest();
  const auto now = w_.stored_mapping(0);
  const auto told = new_notices();
  if (now.version == last_.version) {
    must(told.empty(), "a notice without a change of the record");
    for (const auto& claim : now.mappings)
      must(claim.user == sealed_in(unsealed(claim.user), now.key.layers), "a seal of another name");
    last_ = now;
    return;
  }
  note("      " + std::to_string(now.version % 1'000'000'000) + text_of(now));
  look_at(now);
  compare(now, told);
  last_ = now;
}

void contest::look_at(const directory_record& now) {
  must(now.version == 0 || now.version > highest_, "a version did not grow");
  highest_ = std::max(highest_, now.version);
  std::map<std::string, int> settled, undecided;
  int preferred = 0;
  for (const auto& claim : now.mappings) {
    ++(is_settled(claim) ? settled : undecided)[claim.provider_id];
    preferred += claim.preferred ? 1 : 0;
    must(is_settled(claim) || !claim.preferred, "an undecided claim is preferred");
    must(!gone_.contains(claim.salt), "a removed mapping came back");
  }
  must(preferred == (settled.empty() ? 0 : 1), "not exactly one preferred mapping");
  for (const auto* counts : {&settled, &undecided})
    for (const auto& [provider, count] : *counts) must(count == 1, "two mappings of one provider");
}

/// The notices that the last step left in the outbox.
std::vector<event> contest::new_notices() {
  std::vector<event> out;
  for (auto& entry : w_.outbox())
    if (entry.what == storage::outbox_entry::kind::event && outbox_seen_.insert(entry.id).second)
      out.push_back(std::move(entry.notice));
  return out;
}

/// One commit lies between the two: everybody who lost by it is told by it, and nobody else. Only
/// who takes its own mapping away is not told.
void contest::compare(const directory_record& now, const std::vector<event>& told) {
  auto before = last_;
  if (!told.empty()) {  // a window that had passed gave a preference before it was taken
    std::vector<user_count_change> counts;
    settle(before, told[0].created_at, counts);
  }
  std::map<std::uint32_t, bool> lost;  // salt: removed
  for (const auto& was : before.mappings) {
    const auto* is = find_salt(now, was.salt);
    if (is_settled(was) && !is)
      lost[was.salt] = true;
    else if (was.preferred && !is->preferred)
      lost[was.salt] = false;
  }
  if (told.empty()) {
    must(lost.size() <= 1, "a loss without a notice");
    for (const auto& [salt, removed] : lost)
      must(removed && may_go_.contains(salt), "a loss without a notice");
    return;
  }
  must(changes_made_.insert(told[0].mapping->change_id).second, "a change was made twice");
  const auto change = w_.stored_change(told[0].mapping->change_id);
  must(change && change->displaced.size() == told.size(), "a change record that does not fit");
  for (const auto& one : told) {
    const auto& about = *one.mapping;
    const auto at = lost.find(about.salt);
    const auto* was = find_salt(before, about.salt);
    const bool undone = one.provider_id == change->undone_provider;
    const bool only_told = about.restore_until == instant{};
    must(was && (at != lost.end()) != only_told, "a notice without a loss");
    must(!only_told || undone, "a notice to somebody who has nothing to do with it");
    if (!broken.empty())
      return;
    must(about.change_id == told[0].mapping->change_id, "two changes in one commit");
    must(one.type == (!only_told && at->second ? event_type::mapping_removed
                      : undone                 ? event_type::mapping_restored
                                               : event_type::mapping_demoted),
         "a notice of the wrong type");
    must(one.provider_id == was->provider_id && about.user == was->user, "a notice to another");
    must(about.sequence == ++sequences_[about.salt], "a sequence that did not grow by one");
    expected_[one.provider_id].push_back(one);
    ++notices;
    if (only_told)
      continue;
    lost.erase(at);
    losses_.push_back({about.change_id, one.provider_id, unsealed(about.user.substr(7))});
  }
  must(lost.empty(), "a loss without a notice");
}

/// Answers that came since: what callers may rely on from now.
void contest::harvest() {
  for (const auto& one : checks_)
    if (one.answer->is(errc::none) &&
        known_.insert({one.provider, one.answer->last.mapping.salt}).second)
      claims_.push_back({one.provider, one.answer->last.mapping.salt});
  for (auto& one : restores_)
    if (one.answer && !one.counted && one.answer->is(errc::none)) {
      one.counted = true;
      ++restores;
      must(one.answer->last.mapping.preferred, "a restored mapping is not preferred");
      must(one.answer->last.mapping.existing.empty(), "a restored mapping is in a conflict");
      const auto undone = w_.stored_change(one.of.change);
      must(undone && can_restore(*undone, one.of.provider, undone->at) == errc::conflict,
           "an acknowledged restore left no mark on its change");
    }
  for (auto& one : removals_)
    if (!one.counted && one.answer->is(errc::none)) {
      one.counted = true;
      gone_.insert(one.what.salt);
      ++removals;
    }
}

}  // namespace glados::testing
