// What callers are told: by reads, and by acknowledgements.
#include <algorithm>
#include <set>

#include "sim/invariant.hpp"

namespace glados::sim {
namespace {

/// A node's clock drifts so far between two renewals of its lease, at most.
constexpr std::chrono::milliseconds clock_slack{200};

/// What a commit did, as the call that asked for it would name it.
std::vector<std::string> deeds_of(const seen_commit& seen) {
  std::vector<std::string> out;
  const auto& proof = seen.step.proof;
  if (proof && proof->version == 0)
    out.push_back("opening of " + proof->id);
  if (proof && proof->state == verification_state::verified)
    out.push_back("proof of " + proof->id);
  if (seen.step.change)
    out.push_back("change " + seen.step.change->id);
  if (!seen.step.mapping)
    return out;
  const auto& now = seen.step.mapping->mappings;
  for (const auto& was : seen.before->mappings)
    if (std::none_of(now.begin(), now.end(),
                     [&](const mapping& is) { return is.salt == was.salt; }))
      out.push_back("removal of " + std::to_string(was.salt));
  return out;
}

std::vector<std::string> deeds_of(const storage::row_write& row) {
  std::vector<std::string> out;
  for (const auto& claim : row.record.mappings) out.push_back("row " + std::to_string(claim.salt));
  return out;
}

/// The same of an acknowledged call; empty for one that changes nothing.
std::string deed_of(const call& made) {
  if (made.code != errc::none)
    return {};
  switch (made.what) {
    case deed::open:
      return "opening of " + made.subject;
    case deed::check:
      return "proof of " + made.subject;
    case deed::decide:
      return "change " + made.subject;
    case deed::remove:
      return "removal of " + std::to_string(made.salt);
    case deed::rows:
      return made.written > 0 ? "row " + std::to_string(made.salt) : std::string();
    default:
      return {};
  }
}

/// An acknowledged write is readable until superseded: a lookup answers what was stored at some
/// moment between question and answer. A write that nobody was told of, and no lookup has seen,
/// may still be on its way to the actor that made it.
class reads final : public invariant {
 public:
  std::string_view name() const override { return "reads"; }
  void committed(const seen_commit& seen) override {
    if (seen.step.mapping)
      keep(seen.step.by.shard, *seen.step.mapping, deeds_of(seen));
  }
  void rows_written(const seen_rows& seen) override {
    for (const auto& [before, row] : seen.written)
      keep(seen.step.by.shard, row->record, deeds_of(*row));
  }
  void failed_over(const seen_fail_over& seen) override {
    for (auto& [name, states] : states_)
      if (!states.empty() && states.back().since > seen.kept)
        states.push_back({run().order(), run().order(), run().stored(name.first, name.second), {}});
  }
  void answered(const call& made) override {
    auto& states = states_[{run().shard_of(made.who), run().key_of(made.who)}];
    if (states.empty())
      states.push_back({});
    if (made.what == deed::lookup && (made.code == errc::none || made.code == errc::not_found))
      return judge(states, made);
    const auto told = deed_of(made);
    for (auto& one : states)
      if (!told.empty() && std::find(one.deeds.begin(), one.deeds.end(), told) != one.deeds.end())
        one.certain = std::min(one.certain, made.answered);
  }

 private:
  struct state {
    std::uint64_t since = 0;
    std::uint64_t certain = 0;  ///< from there on nobody may answer what was before
    directory_record record;
    std::vector<std::string> deeds;
  };

  void keep(shard_id shard, const directory_record& record, std::vector<std::string> deeds) {
    auto& states = states_[{shard, record.key}];
    if (states.empty())
      states.push_back({});
    states.push_back({run().order(), UINT64_MAX, record, std::move(deeds)});
  }
  void judge(std::vector<state>& states, const call& made) {
    auto first = states.size();
    while (first > 1 && states[first - 1].certain > made.asked) --first;
    for (auto i = first - 1; i < states.size(); ++i)
      if (states[i].since <= made.answered && may_answer(states[i].record, made)) {
        states[i].certain = std::min(states[i].certain, made.answered);
        return;
      }
    must(false, "call " + std::to_string(made.number) + " about identifier " +
                    std::to_string(made.who) +
                    " was told what was not stored between question and answer");
  }
  /// Decision windows end with time: what each moment that a node's clock may have shown makes of
  /// the record.
  static bool may_answer(const directory_record& record, const call& made) {
    const auto first = made.clock_low - clock_slack, last = made.clock_high + clock_slack;
    std::vector<instant> moments{first, last};
    for (const auto& claim : record.mappings)
      if (claim.decide_by > first && claim.decide_by <= last)
        moments.push_back(claim.decide_by);
    return std::any_of(moments.begin(), moments.end(), [&](instant at) {
      auto settled = record;
      std::vector<user_count_change> counts;
      settle(settled, at, counts);
      const auto* preferred = preferred_of(settled);
      if (preferred == nullptr)
        return made.code == errc::not_found;
      return made.code == errc::none && made.found_provider == preferred->provider_id &&
             made.found_user == preferred->user;
    });
  }

  std::map<std::pair<shard_id, sii_key>, std::vector<state>> states_;
};

/// What was acknowledged survives a fail-over.
class durability final : public invariant {
 public:
  std::string_view name() const override { return "durability"; }
  void committed(const seen_commit& seen) override {
    for (const auto& what : deeds_of(seen)) written(what);
  }
  void rows_written(const seen_rows& seen) override {
    for (const auto& [before, row] : seen.written)
      for (const auto& what : deeds_of(*row)) written(what);
  }
  void failed_over(const seen_fail_over& seen) override {
    for (const auto& [what, order] : written_)
      if (order > seen.kept)
        lost_.insert(what);
    std::erase_if(written_, [&](const auto& one) { return one.second > seen.kept; });
    for (const auto& what : lost_) must(!acknowledged_.contains(what), "lost: " + what);
  }
  void answered(const call& made) override {
    if (const auto what = deed_of(made); !what.empty())
      acknowledged(what);
  }

 private:
  void written(const std::string& what) {
    written_.emplace(what, run().order());
    lost_.erase(what);
  }
  void acknowledged(const std::string& what) {
    acknowledged_.insert(what);
    must(!lost_.contains(what), "acknowledged after it was lost: " + what);
  }
  std::map<std::string, std::uint64_t> written_;
  std::set<std::string> acknowledged_, lost_;
};

/// Every accepted request gets exactly one response.
class responses final : public invariant {
 public:
  std::string_view name() const override { return "responses"; }
  void asked(const call& made) override { open_.insert(made.number); }
  void answered(const call& made) override {
    must(made.answers == 1, "call " + std::to_string(made.number) + " was answered twice");
    open_.erase(made.number);
  }
  void ended() override {
    must(open_.empty(), std::to_string(open_.size()) + " calls got no response");
  }

 private:
  std::set<std::uint64_t> open_;
};

/// A revoked token is dead within a second on every node that reaches the store, on the others when
/// their lease ends.
class revocations final : public invariant {
 public:
  std::string_view name() const override { return "tokens"; }
  void answered(const call& made) override {
    if (made.code != errc::none)
      return;
    if (made.what == deed::revoke_token)
      revoked_.emplace(made.token, made.answered_at);
    const auto at = revoked_.find(made.token);
    if (made.what != deed::use_token || at == revoked_.end())
      return;
    const auto well = run().well_since(made.node);
    const auto dead_by =
        well == never ? at->second + lease_ends : std::max(at->second, well) + within;
    must(made.asked_at <= dead_by, "token " + std::to_string(made.token) + " worked on node " +
                                       std::to_string(made.node + 1) + ", " +
                                       std::to_string((made.asked_at - at->second) / millisecond) +
                                       " ms after it was revoked");
  }

 private:
  /// A lease, on a clock that drifts.
  static constexpr moment within = second, lease_ends = 3'400 * millisecond;
  std::map<std::uint64_t, moment> revoked_;
};

}  // namespace

std::unique_ptr<invariant> make_reads() { return std::make_unique<reads>(); }
std::unique_ptr<invariant> make_durability() { return std::make_unique<durability>(); }
std::unique_ptr<invariant> make_responses() { return std::make_unique<responses>(); }
std::unique_ptr<invariant> make_tokens() { return std::make_unique<revocations>(); }

}  // namespace glados::sim
