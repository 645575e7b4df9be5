#include <algorithm>
#include <caf/send.hpp>
#include <numeric>

#include "cluster/member_agent.hpp"

namespace glados::cluster {

// --- owner records -------------------------------------------------------------------------------

void member_agent::read_all_owners() {
  std::vector<shard_id> all(shard_count);
  std::iota(all.begin(), all.end(), shard_id{0});
  read_owners(std::move(all), true);
}

/// `confirms`: with this answer the lease may go on.
void member_agent::read_owners(std::vector<shard_id> shards, bool confirms) {
  if (shards.empty())
    return;
  store().load_owners(
      shards, here_in_life([this, shards, confirms](result<std::vector<shard_owner>> found) {
        if (!found || stopping_)
          return;  // the next renewal asks again
        owners_read(shards, *found);
        learn_ended([this, confirms] {
          if (confirms)
            confirmed();
          plan();
        });
      }));
}

void member_agent::owners_read(const std::vector<shard_id>& shards,
                               const std::vector<shard_owner>& found) {
  for (std::size_t i = 0; i < shards.size(); ++i) {
    const auto shard = shards[i];
    missed_.erase(shard);
    records_[shard] = found[i];
    const auto at = held_.find(shard);
    if (at == held_.end() || at->second.releasing)
      continue;
    // Of names that a fail-over took back, as of another owner, the actor knows nothing.
    const bool renamed = found[i].names >= at->second.tenure->names || renaming_.contains(shard);
    if (found[i].incarnation != incarnation_ || !renamed)
      drop(shard);
  }
  records_known_ = records_known_ || shards.size() == shard_count;
}

/// What the store says about our shards is known on this connection: the lease may go on.
void member_agent::confirmed() {
  if (unconfirmed_until_.count() == 0)
    return;
  const auto until = std::exchange(unconfirmed_until_, std::chrono::microseconds(0));
  if (until > parts_.lease->now())
    extend(until);
}

/// Looks up tombstones of owners that stand in no table, then goes on.
void member_agent::learn_ended(std::function<void()> then) {
  const auto unknown = unknown_owners(view_, records_, ended_);
  if (unknown.empty()) {
    unknown_.clear();
    return then();
  }
  store().find_ended({unknown.begin(), unknown.end()},
                     here_in_life([this, then](result<std::vector<std::string>> found) {
                       if (!found || stopping_)
                         return;
                       ended_.insert(found->begin(), found->end());
                       unknown_ = unknown_owners(view_, records_, ended_);
                       then();
                     }));
}

// --- plan ----------------------------------------------------------------------------------------

const member_record* member_agent::proposed(shard_id shard) const {
  if (proposal_.size() != shard_count || !proposal_[shard])
    return nullptr;
  return &view_.members[*proposal_[shard]];
}

bool member_agent::proposed_here(shard_id shard) const {
  const auto* to = proposed(shard);
  return to != nullptr && to->incarnation == incarnation_;
}

void member_agent::plan() {
  if (stopping_ || !records_known_ || !parts_.lease->holds())
    return;
  const auto wanted = plan_shards(view_, incarnation_, records_, ended_);
  auto take = wanted.claim;
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    if (records_[s].incarnation != incarnation_ || held_.contains(shard))
      continue;
    // Ours without an actor: the answer to a claim was lost, or the actor ended.
    take.push_back(shard);
  }
  std::erase_if(take, [this](shard_id shard) {
    return claiming_.contains(shard) || resting_.contains(shard) || held_.contains(shard);
  });
  claim(take);
  publish();
  start_moves();
  if (wanted.claim.empty() && wanted.await.empty() && claiming_.empty())
    parts_.status->ready = true;
}

void member_agent::claim(const std::vector<shard_id>& shards) {
  for (const auto shard : shards)
    if (claiming_.insert(shard).second)
      to_claim_.push_back(shard);
  send_claims();
}

/// Nobody owns it who may still answer.
bool member_agent::may_claim(const shard_owner& record) const {
  return record.incarnation.empty() || record.incarnation == incarnation_ ||
         ended_.contains(record.incarnation);
}

/// A few at a time. Where each write waits for the disk, all shards at once would keep the renewals
/// that come after them waiting for longer than a lease lasts, and the next life the same again.
void member_agent::send_claims() {
  while (!to_claim_.empty() && claims_sent_ < settings().claims_at_once) {
    std::vector<shard_id> batch;
    std::vector<storage::shard_seen> seen;
    std::vector<std::uint32_t> doubts;  // those that rise from here on concern the claim, too
    while (!to_claim_.empty() && claims_sent_ < settings().claims_at_once) {
      const auto shard = to_claim_.front();
      to_claim_.pop_front();
      if (!may_claim(records_[shard])) {  // it was read again while the shard waited its turn
        claiming_.erase(shard);
        continue;
      }
      ++claims_sent_;
      batch.push_back(shard);
      seen.push_back({shard, records_[shard]});
      doubts.push_back(doubts_->raised[shard].load());
    }
    if (batch.empty())
      return;
    store().claim(
        parts_.node->node, incarnation_, std::move(seen),
        here_in_life([this, batch, doubts](result<std::vector<storage::shard_claim>> got) {
          claims_sent_ -= batch.size();
          claimed(batch, doubts, got);
        }));
  }
}

void member_agent::claimed(const std::vector<shard_id>& asked,
                           const std::vector<std::uint32_t>& doubts,
                           const result<std::vector<storage::shard_claim>>& got) {
  for (const auto shard : asked) claiming_.erase(shard);
  if (stopping_)
    return;  // they are free again when this incarnation has left
  for (std::size_t i = 0, at = 0; got && at < got->size() && i < asked.size(); ++i) {
    const auto& one = (*got)[at];  // in the order of the question, perhaps with gaps
    if (one.shard != asked[i])
      continue;
    ++at;
    records_[one.shard] = {incarnation_, one.epoch};
    spawn_shard(one, doubts[i]);
  }
  check_doubts();
  send_claims();
  if (got && got->size() == asked.size())
    return claiming_.empty() ? plan() : publish();
  auto again = asked;
  std::erase_if(again, [this](shard_id shard) { return held_.contains(shard); });
  publish();
  later(settings().renewal, [this, again, life = incarnation_] {
    if (life == incarnation_)
      read_owners(again, false);
  });
}

/// Another incarnation owns it: the actor would only be fenced.
void member_agent::drop(shard_id shard) {
  const auto at = held_.find(shard);
  children_.erase(at->second.actor.id());
  self_->demonitor(at->second.actor.address());
  self_->send(at->second.actor, actors::stop{});
  moving_ -= at->second.to.empty() ? 0 : 1;
  held_.erase(at);
}

/// Reads again what is not yet as the view proposes.
void member_agent::settle() {
  std::vector<shard_id> open;
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    const auto* to = proposed(shard);
    const auto& owner = records_[s].incarnation;
    const bool elsewhere = to != nullptr && owner != to->incarnation;
    // Its actor ended, and storage was away when it was to be claimed anew.
    const bool unserved =
        owner == incarnation_ && !held_.contains(shard) && !resting_.contains(shard);
    if (((elsewhere || unserved) && !claiming_.contains(shard)) || missed_.contains(shard))
      open.push_back(shard);
  }
  if (unconfirmed_until_.count() != 0)
    return read_all_owners();
  if (!open.empty())
    return read_owners(std::move(open), false);
  if (records_known_ && !parts_.status->ready.load())
    plan();
}

// --- records in doubt ----------------------------------------------------------------------------

/// From now on the store tells of shards whose Redis is reached by a new connection. Those answer
/// no more at once; the agent hears of it a moment later.
void member_agent::watch_records() {
  if (settings().watch == nullptr)
    return;
  settings().watch->watch(
      [this, doubts = doubts_, me = self_->address()](const std::vector<shard_id>& shards) {
        for (const auto shard : shards) ++doubts->raised[shard];
        if (const auto agent = caf::actor_cast<caf::strong_actor_ptr>(me))
          caf::anon_send(caf::actor_cast<actors::member_actor>(agent), actors::continuation{[this] {
                           publish();  // callers wait at the gate
                           check_doubts();
                         }});
      });
}

/// One by one: where another part of Redis is away, this one need not wait for it.
void member_agent::check_doubts() {
  if (!stopping_)
    for (auto& [shard, at] : held_)
      if (!at.checking && !at.tenure->sure())
        check_record(shard, at);
}

void member_agent::check_record(shard_id shard, holding& at) {
  at.checking = true;
  store().load_owners(
      {shard}, here_in_life([this, shard, tenure = at.tenure, epoch = at.tenure->epoch.load(),
                             doubts = doubts_->raised[shard].load()](
                                result<std::vector<shard_owner>> found) {
        const auto held = held_.find(shard);
        if (held == held_.end() || held->second.tenure != tenure)
          return;
        held->second.checking = false;
        if (found)  // else the next renewal asks again
          record_checked(shard, found->front(), epoch, doubts);
      }));
}

/// What was true when the doubt rose has to be so still: a lost claim, or a lost raise of the
/// epoch, would let another own the shard in an epoch that was used already.
void member_agent::record_checked(shard_id shard, const shard_owner& found, std::uint64_t epoch,
                                  std::uint32_t doubts) {
  auto& at = held_.at(shard);
  records_[shard] = found;
  if (found.incarnation != incarnation_ || found.epoch < epoch) {
    if (!at.releasing)
      drop(shard);
    return plan();
  }
  at.tenure->settled = doubts;
  if (!at.tenure->sure())
    return check_record(shard, at);
  if (std::none_of(held_.begin(), held_.end(), [](const auto& one) { return one.second.checking; }))
    publish();
}

// --- what others tell ---------------------------------------------------------------------------

void member_agent::moved(const actors::shard_moved& news) {
  if (news.shard >= shard_count || !records_known_ || records_[news.shard].epoch > news.epoch)
    return;
  given_[news.shard] = {news.to, news.epoch, ticks_};
  publish();
  if (news.to == incarnation_ && !proposed_here(news.shard))
    renew_early();  // the sender has seen a later view
}

void member_agent::released(const actors::shard_released& news) {
  if (news.shard >= shard_count || !records_known_ || stopping_ || held_.contains(news.shard))
    return;
  if (records_[news.shard].epoch > news.epoch)
    return;
  records_[news.shard] = {"", news.epoch};
  if (!proposed_here(news.shard))
    return renew_early();  // the sender has seen a later view
  if (!claiming_.contains(news.shard) && parts_.lease->holds())
    claim({news.shard});
  publish();
}

void member_agent::missed(shard_id shard) {
  if (shard < shard_count && joined_ && missed_.insert(shard).second)
    read_owners({shard}, false);
}

// --- the table ----------------------------------------------------------------------------------

const member_record* member_agent::owner_elsewhere(shard_id shard) const {
  const auto& record = records_[shard];
  const auto given = given_.find(shard);
  if (given != given_.end() && !record.incarnation.empty() && record.epoch <= given->second.epoch)
    if (const auto* to = view_.find(given->second.to))
      return to;
  const auto* to = view_.find(record.incarnation);
  if (to == nullptr && (record.incarnation.empty() || claiming_.contains(shard)))
    to = proposed(shard);
  return to;
}

/// Shows everybody on this node who serves what.
void member_agent::publish() {
  auto next = std::make_shared<actors::shard_table>();
  next->view = view_.number;
  const auto own_gate = parts_.services->gate();
  for (std::size_t s = 0; s < shard_count && joined_ && !stopping_; ++s) {
    const auto shard = static_cast<shard_id>(s);
    const auto at = held_.find(shard);
    const auto& record = records_[s];
    if (at != held_.end() && at->second.to.empty() && !at->second.tenure->sure()) {
      next->awaited[s] = true;
      next->gates[s] = own_gate;
      continue;
    }
    if (at != held_.end() && at->second.to.empty()) {
      next->owners[s] = at->second.actor;
      next->epochs[s] = at->second.tenure->epoch.load();
      continue;
    }
    const bool leaves = at != held_.end();
    const auto given = given_.find(shard);
    // A gift that was claimed is over: the shard may be with the next one by now.
    const bool ours = given != given_.end() && given->second.to == incarnation_ &&
                      record.epoch <= given->second.epoch;
    next->awaited[s] = (proposed_here(shard) || ours) && !leaves;
    const auto* to = leaves ? view_.find(at->second.to) : owner_elsewhere(shard);
    if (to == nullptr)
      continue;
    next->gates[s] = to->incarnation == incarnation_ ? own_gate : gate_of(to->incarnation);
    next->epochs[s] = to->incarnation == record.incarnation ? record.epoch : 0;
  }
  for (const auto& [incarnation, at] : peers_)
    if (at.gate)
      next->peers.push_back(at.gate);
  parts_.shards->publish(std::move(next));
  if (own_gate)
    self_->send(own_gate, actors::table_changed{});
}

void member_agent::show_status() {
  auto next = std::make_shared<cluster_status>();
  next->view = view_.number;
  const auto now = parts_.lease->now();
  struct share {
    std::int16_t place = -1;
    std::size_t shards = 0;
  };
  std::map<std::string_view, share> shares;
  for (std::size_t i = 0; i < view_.members.size(); ++i)
    shares[view_.members[i].incarnation].place = static_cast<std::int16_t>(i);
  next->owners.reserve(shard_count);
  for (const auto& record : records_) {
    auto& of = shares[record.incarnation];
    ++of.shards;
    next->owners.push_back(of.place);
  }
  for (const auto& member : view_.members) {
    cluster_status::node one;
    one.id = member.node;
    one.incarnation = member.incarnation;
    one.address = member.address;
    one.self = member.incarnation == incarnation_;
    one.draining = member.draining;
    one.connected = one.self || gate_of(member.incarnation);
    one.lease_left = std::chrono::duration_cast<std::chrono::milliseconds>(
        one.self ? parts_.lease->left()
                 : watch_.left(member.incarnation, now).value_or(std::chrono::microseconds(0)));
    one.shards = shares[member.incarnation].shards;
    one.index_keys = member.index_keys;
    next->unowned += one.shards;
    next->nodes.push_back(std::move(one));
  }
  next->unowned = shard_count - next->unowned;
  next->leaving = moving_;
  next->index = index_;
  next->old_names = behind_;
  for (std::size_t s = 0; s < shard_count; ++s) {
    const auto shard = static_cast<shard_id>(s);
    next->coming += proposed_here(shard) && !held_.contains(shard) ? 1 : 0;
  }
  parts_.status->seen(std::move(next));
}

}  // namespace glados::cluster
