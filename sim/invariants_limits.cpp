// Limits that nobody gets past, and notices that nobody misses.
#include <algorithm>
#include <set>

#include "sim/invariant.hpp"

namespace glados::sim {
namespace {

constexpr int most_checks = 5;
constexpr double window_us = 86'400.0 * second;

/// A code is compared at most five times.
class attempts final : public invariant {
 public:
  std::string_view name() const override { return "attempts"; }
  void answered(const call& made) override {
    if (made.what == deed::check && made.compared)
      must(++compared_[made.subject] <= most_checks,
           made.subject + " was compared more than five times");
  }

 private:
  std::map<std::string, int> compared_;
};

/// The limiter never admits more lookups than the budget: one of a whole day at once, then as much
/// as time brings.
class budget final : public invariant {
 public:
  std::string_view name() const override { return "budget"; }
  void spent(unsigned provider, std::int64_t units) override {
    auto& all = spent_[provider];
    all += units;
    latest_ = std::max(latest_, run().store_clock());
    const auto span = static_cast<double>((latest_ - run().store_clock_at_start()).count());
    const auto most = static_cast<double>(run().lookup_budget()) * (1.0 + span / window_us);
    must(static_cast<double>(all) <= most, "provider " + std::to_string(provider) + " spent " +
                                               std::to_string(all) + " of " +
                                               std::to_string(run().lookup_budget()) + " units");
  }

 private:
  std::map<unsigned, std::int64_t> spent_;
  instant latest_;
};

/// Notices about an identifier arrive in order, at least once: in the provider's stream, and at its
/// webhook as far as they got there.
class notices final : public invariant {
 public:
  std::string_view name() const override { return "notices"; }
  void committed(const seen_commit& seen) override {
    std::size_t told = 0;
    for (const auto& entry : seen.step.outbox)
      if (entry.what == storage::outbox_entry::kind::event)
        told += expect(entry.notice);
    if (seen.step.change)
      must(told == seen.step.change->displaced.size(),
           "change " + seen.step.change->id + " does not tell everybody whom it concerns");
  }
  void rows_written(const seen_rows& seen) override {
    for (const auto& [before, row] : seen.written)
      for (const auto& entry : row->outbox)
        if (entry.what == storage::outbox_entry::kind::event)
          expect(entry.notice);
  }
  void failed_over(const seen_fail_over& seen) override {
    for (auto& [provider, all] : expected_)
      std::erase_if(all, [&](const auto& one) { return one.second > seen.kept; });
  }
  void ended() override {
    for (const auto& [provider, all] : expected_) {
      const auto stored = in_order(run().notices_of(provider), "in the stream of " + provider);
      in_order(run().posted_to(provider), "at the webhook of " + provider);
      for (const auto& [name, order] : all)
        must(stored.contains(name), "provider " + provider + " was never told notice " +
                                        std::to_string(name.second) + " about mapping " +
                                        std::to_string(name.first));
    }
  }

 private:
  using notice_name = std::pair<std::uint32_t, std::uint64_t>;  // salt, sequence

  std::size_t expect(const event& what) {
    if (!what.mapping)
      return 0;
    expected_[what.provider_id].emplace(notice_name{what.mapping->salt, what.mapping->sequence},
                                        run().order());
    return 1;
  }
  std::set<notice_name> in_order(const std::vector<event>& all, const std::string& where) {
    std::set<notice_name> out;
    std::map<std::uint32_t, std::uint64_t> last;
    for (const auto& one : all) {
      if (!one.mapping)
        continue;
      const notice_name name{one.mapping->salt, one.mapping->sequence};
      if (!out.insert(name).second)
        continue;
      must(last[name.first] < name.second,
           "notices about mapping " + std::to_string(name.first) + " out of order " + where);
      last[name.first] = name.second;
    }
    return out;
  }
  std::map<std::string, std::map<notice_name, std::uint64_t>> expected_;
};

}  // namespace

std::unique_ptr<invariant> make_attempts() { return std::make_unique<attempts>(); }
std::unique_ptr<invariant> make_budget() { return std::make_unique<budget>(); }
std::unique_ptr<invariant> make_notices() { return std::make_unique<notices>(); }

}  // namespace glados::sim
