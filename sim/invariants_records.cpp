// What must hold of the records themselves, commit by commit.
#include <algorithm>
#include <set>

#include "sim/invariant.hpp"

namespace glados::sim {
namespace {

using record_name = std::pair<shard_id, sii_key>;

std::string shown(shard_id shard, std::uint64_t version) {
  return "shard " + std::to_string(shard) + ", version " + std::to_string(version);
}

/// Versions of a record only grow, and each commit follows the one it named.
class versions final : public invariant {
 public:
  std::string_view name() const override { return "versions"; }
  void committed(const seen_commit& seen) override {
    const auto shard = seen.step.by.shard;
    grows(shard, seen.result.version);
    if (seen.step.mapping)
      must(seen.before->version == seen.step.mapping->version,
           "a commit did not follow the one it named: " + shown(shard, seen.result.version));
  }
  void rows_written(const seen_rows& seen) override {
    grows(seen.step.by.shard, seen.version);
    for (const auto& [before, row] : seen.written)
      must(before.version == row->record.version,
           "a row did not follow the commit it named: " + shown(seen.step.by.shard, seen.version));
  }
  void failed_over(const seen_fail_over&) override { last_.clear(); }

 private:
  void grows(shard_id shard, std::uint64_t version) {
    auto& last = last_[shard];
    must(version > last, "a version did not grow: " + shown(shard, version));
    last = version;
  }
  std::map<shard_id, std::uint64_t> last_;
};

/// At most one mapping of an identifier is preferred, and that one is settled; a provider has at
/// most one settled claim and one undecided one.
class preference final : public invariant {
 public:
  std::string_view name() const override { return "preference"; }
  void committed(const seen_commit& seen) override {
    if (seen.step.mapping)
      look_at(*seen.step.mapping);
  }
  void rows_written(const seen_rows& seen) override {
    for (const auto& [before, row] : seen.written) look_at(row->record);
  }

 private:
  void look_at(const directory_record& record) {
    int preferred = 0;
    std::set<std::pair<std::string, bool>> claims;
    for (const auto& claim : record.mappings) {
      const bool settled = claim.decide_by == instant{};
      preferred += claim.preferred ? 1 : 0;
      must(settled || !claim.preferred, "an undecided claim is preferred");
      must(claims.emplace(claim.provider_id, settled).second, "two claims of one provider");
    }
    must(preferred <= 1, "two preferred mappings");
  }
};

/// No mapping without a proven code or an authorised bulk row; a code is accepted once.
class proven final : public invariant {
 public:
  std::string_view name() const override { return "proof"; }
  void committed(const seen_commit& seen) override {
    const auto& proof = seen.step.proof;
    const bool verified = proof && proof->state == verification_state::verified;
    if (verified)
      must(accepted_.emplace(proof->id, run().order()).second,
           "a code was accepted twice: " + proof->id);
    if (!seen.step.mapping)
      return;
    for (const auto& claim : seen.step.mapping->mappings)
      if (is_new(claim, *seen.before))
        must(verified && proof->provider_id == claim.provider_id && proof->user == claim.user,
             "a mapping without a proof, salt " + std::to_string(claim.salt));
  }
  void rows_written(const seen_rows& seen) override {
    for (const auto& [before, row] : seen.written)
      for (const auto& claim : row->record.mappings)
        if (is_new(claim, before))
          must(claim.method == proof_method::asserted &&
                   claim.provider_id == seen.step.each.provider_id,
               "a row made a mapping that it may not make");
  }
  void failed_over(const seen_fail_over& seen) override {
    std::erase_if(accepted_, [&](const auto& one) { return one.second > seen.kept; });
  }

 private:
  static bool is_new(const mapping& claim, const directory_record& before) {
    return std::none_of(before.mappings.begin(), before.mappings.end(), [&](const mapping& was) {
      return was.salt == claim.salt && was.user == claim.user;
    });
  }
  std::map<std::string, std::uint64_t> accepted_;
};

/// A stale owner's write is refused; nobody takes a shard whose owner may still answer.
class ownership final : public invariant {
 public:
  std::string_view name() const override { return "ownership"; }
  void committed(const seen_commit& seen) override { fenced(seen.step.by, seen.owner); }
  void rows_written(const seen_rows& seen) override { fenced(seen.step.by, seen.owner); }
  void claimed(const seen_claim& seen) override {
    if (!seen.before.incarnation.empty() && seen.before.incarnation != seen.incarnation)
      must(!run().lease_held(seen.before.incarnation),
           seen.incarnation + " took shard " + std::to_string(seen.shard) + " from " +
               seen.before.incarnation + ", which still holds its lease");
  }

 private:
  void fenced(const storage::fence& by, const shard_owner& owner) {
    must(by.incarnation == owner.incarnation && by.epoch == owner.epoch,
         "a commit of " + by.incarnation + " in epoch " + std::to_string(by.epoch) +
             " was carried out; the owner is " + owner.incarnation + " in epoch " +
             std::to_string(owner.epoch));
  }
};

}  // namespace

std::unique_ptr<invariant> make_versions() { return std::make_unique<versions>(); }
std::unique_ptr<invariant> make_preference() { return std::make_unique<preference>(); }
std::unique_ptr<invariant> make_proof() { return std::make_unique<proven>(); }
std::unique_ptr<invariant> make_ownership() { return std::make_unique<ownership>(); }

std::vector<std::unique_ptr<invariant>> make_invariants() {
  std::vector<std::unique_ptr<invariant>> out;
  out.push_back(make_versions());
  out.push_back(make_preference());
  out.push_back(make_proof());
  out.push_back(make_ownership());
  out.push_back(make_reads());
  out.push_back(make_durability());
  out.push_back(make_responses());
  out.push_back(make_attempts());
  out.push_back(make_notices());
  out.push_back(make_budget());
  out.push_back(make_tokens());
  return out;
}

}  // namespace glados::sim
