// The agent's part in the rotation of the index key: it says which keys this node has, has its
// shards renamed, a few at a time, and ends the rotation when no shard is behind.
#include <numeric>

#include "cluster/member_agent.hpp"

namespace glados::cluster {
namespace {

/// Longer than any shard takes; it goes on if the agent waits no longer.
constexpr std::chrono::seconds rename_wait{60};
constexpr std::uint64_t ticks_per_look = 4;

}  // namespace

index_checks member_agent::own_keys() const {
  return parts_.node->names != nullptr ? parts_.node->names->checks() : index_checks{};
}

/// Before the lease goes on: what this node asks and answers from now on is named by it.
void member_agent::learn_index(const index_state& now) {
  auto* names = parts_.node->names;
  if (names == nullptr || parts_.node->naming == nullptr)
    return;
  names->use(now.in_use);
  if (!now.pending())
    behind_ = 0;
  else if (now.active != index_.active)
    behind_ = shard_count;  // until they were counted
  index_ = now;
  if (names->newest() > reported_keys_)
    report_keys();
  start_renaming();
  if (index_.pending() && ticks_ % ticks_per_look == 0)
    look_for_old_names();
}

/// Keys came since the join.
void member_agent::report_keys() {
  const auto keys = own_keys();
  reported_keys_ = keys.size();
  parts_.node->naming->report_keys(incarnation_, keys, here_in_life([this](result<bool> done) {
                                     if (!done)
                                       reported_keys_ = 0;  // at the next renewal again
                                   }));
}

void member_agent::start_renaming() {
  for (const auto& [shard, at] : held_) {
    if (renaming_.size() >= settings().renamed_at_once)
      return;
    if (!at.to.empty() || at.tenure->names >= index_.active || !renaming_.insert(shard).second)
      continue;
    const auto ended = [this, which = shard, life = incarnation_] {
      if (life != incarnation_)
        return;
      renaming_.erase(which);
      start_renaming();
    };
    self_->request(at.actor, rename_wait, actors::rename_records{index_.active})
        .then(
            [this, ended](const actors::records_renamed& done) {
              done.code == errc::none ? ended() : later(settings().renewal, ended);
            },
            [this, ended](const caf::error&) { later(settings().renewal, ended); });
  }
}

/// All owner records: the shards of other nodes count too.
void member_agent::look_for_old_names() {
  std::vector<shard_id> all(shard_count);
  std::iota(all.begin(), all.end(), shard_id{0});
  store().load_owners(
      all, here_in_life([this, active = index_.active](result<std::vector<shard_owner>> found) {
        if (!found || stopping_ || active != index_.active)
          return;
        behind_ = shards_behind(*found, active);
        if (behind_ == 0)
          settle_key(active);
      }));
}

void member_agent::settle_key(std::uint8_t version) {
  parts_.node->naming->settle_key(version, here_in_life([this](result<bool> done) {
                                    if (done)
                                      renew_early();
                                  }));
}

caf::result<actors::index_key_answer> member_agent::activate(
    const actors::activate_index_key& asked) {
  if (parts_.node->naming == nullptr)
    return actors::index_key_answer{errc::not_found, {}};
  auto promise = self_->make_response_promise<actors::index_key_answer>();
  parts_.node->naming->activate_key(
      asked.version, own_keys(), here([this, promise](result<activation_answer> got) mutable {
        if (got && joined_)
          renew();
        promise.deliver(actors::index_key_answer{got.error(), got ? *got : activation_answer{}});
      }));
  return promise;
}

}  // namespace glados::cluster
