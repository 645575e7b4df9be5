// Giving shards away: to the member that the view proposes, or, at the end, to whoever comes.
//
//   served ──told others, then stopped──> stopping ──actor ended──> releasing ──released──> gone
//
// Callers are sent to the new owner before the shard is stopped; its gate lets them wait until it
// has claimed. So a move costs them a wait, and no answer.
#include <algorithm>

#include "cluster/member_agent.hpp"

namespace glados::cluster {
namespace {

constexpr std::chrono::milliseconds retry_wait{250};
/// Longest wait for entities that have work under way: after that their commits are fenced.
constexpr std::chrono::seconds stop_wait{3};

}  // namespace

void member_agent::start_moves() {
  std::vector<shard_id> batch;
  for (auto& [shard, at] : held_) {
    const auto* to = proposed(shard);
    if (!at.to.empty() || to == nullptr || to->incarnation == incarnation_)
      continue;
    if (moving_ >= settings().moves_at_once)
      break;
    if (!wants_shards(to->incarnation))
      continue;  // callers could not be sent there
    at.to = to->incarnation;
    ++moving_;
    batch.push_back(shard);
  }
  if (batch.empty())
    return;
  publish();
  for (const auto shard : batch) {
    const auto& at = held_.at(shard);
    tell_peers(actors::shard_moved{shard, at.to, at.tenure->epoch.load()});
    self_->send(at.actor, actors::stop{});
    later(stop_wait, [this, shard, tenure = at.tenure] {
      const auto found = held_.find(shard);
      if (found != held_.end() && found->second.tenure == tenure)
        release(shard);
    });
  }
}

/// The shard's actor has ended, or has had its time.
void member_agent::release(shard_id shard) {
  auto& at = held_.at(shard);
  if (std::exchange(at.releasing, true))
    return;
  const auto fence = at.tenure->fence();
  store().release(fence, here_in_life([this, shard, fence](result<bool> done) {
                    const auto found = held_.find(shard);
                    if (found == held_.end() || stopping_)
                      return;
                    if (!done && done.error() != errc::fenced) {
                      found->second.releasing = false;
                      return later(retry_wait, [this, shard, tenure = found->second.tenure] {
                        const auto again = held_.find(shard);
                        if (again != held_.end() && again->second.tenure == tenure)
                          release(shard);
                      });
                    }
                    const auto to = found->second.to;
                    children_.erase(found->second.actor.id());
                    held_.erase(found);
                    --moving_;
                    records_[shard] = {"", fence.epoch};
                    if (const auto gate = gate_of(to))
                      self_->send(gate, actors::shard_released{shard, fence.epoch});
                    start_moves();
                    if (moving_ == 0) {
                      publish();
                      show_status();
                    }
                  }));
}

// --- the end -------------------------------------------------------------------------------------

void member_agent::stop_shards() {
  parts_.status->ready = false;
  publish();  // stopping: an empty table
  stopping_shards_ = held_.size();
  for (const auto& [shard, at] : held_) self_->send(at.actor, actors::stop{});
  if (stopping_shards_ == 0)
    return all_shards_ended();
  later(stop_wait, [this] { all_shards_ended(); });
}

void member_agent::all_shards_ended() {
  if (std::exchange(leaving_, true))
    return;
  if (const auto notifier = parts_.services->notifier())
    self_->send(notifier, actors::stop{});
  if (const auto pump = parts_.services->pump())
    self_->send(pump, actors::stop{});
  if (const auto gate = parts_.services->gate())
    self_->send(gate, actors::stop{});
  parts_.services->clear();
  if (held_.empty())
    return leave();
  auto open = std::make_shared<std::size_t>(held_.size());
  for (const auto& [shard, at] : held_)
    store().release(at.tenure->fence(), here([this, open](result<bool>) {
                      if (--*open == 0)
                        leave();
                    }));
}

}  // namespace glados::cluster
