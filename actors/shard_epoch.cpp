#include <cstdlib>

#include "actors/shard.hpp"
#include "actors/shard_state.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t outbox_page = 64;
constexpr std::chrono::milliseconds retry_wait{500};
constexpr std::chrono::seconds old_order{60};

/// Ids begin with the version of their commit, which is no earlier than its time.
instant written_at(const storage::outbox_entry& entry) {
  return {static_cast<std::int64_t>(std::strtoull(entry.id.c_str(), nullptr, 10))};
}

}  // namespace

using state_type = shard_actor_state;

caf::error lost_shard() {
  return caf::error(static_cast<std::uint8_t>(errc::fenced), caf::atom("glados"));
}

// --- epoch ---------------------------------------------------------------------------------------

caf::result<epoch_raised> state_type::unsure(const outcome_unsure& seen) {
  auto promise = self_->make_response_promise<epoch_raised>();
  raise(seen.epoch, [this, promise](errc code) mutable {
    promise.deliver(epoch_raised{code, shard_->held->epoch.load()});
  });
  return promise;
}

/// Runs `then` once an epoch above `seen` holds.
void state_type::raise(std::uint64_t seen, raised then) {
  if (closed_)
    return then(errc::moved);
  if (shard_->held->epoch.load() > seen)
    return then(errc::none);
  raise_waiters_.push_back(std::move(then));
  if (std::exchange(raising_, true))
    return;
  ask_for_epoch();
}

void state_type::ask_for_epoch() {
  shard_->node.membership.raise_epoch(shard_->fence(), here([this](result<std::uint64_t> epoch) {
                                        if (epoch)
                                          epoch_is(*epoch);
                                        else if (epoch.error() == errc::fenced)
                                          lost();
                                        else
                                          self_->delayed_send(shard_actor{self_}, retry_wait,
                                                              continuation{[this] { reclaim(); }});
                                      }));
}

/// The outcome of the raise itself is unknown: raise what is there, if it is still ours.
void state_type::reclaim() {
  if (closed_)
    return;
  shard_->node.membership.load_owners(
      {shard_->id}, here([this](result<std::vector<shard_owner>> found) {
        if (!found)
          return self_->delayed_send(shard_actor{self_}, retry_wait,
                                     continuation{[this] { reclaim(); }});
        if (found->front().incarnation != shard_->held->incarnation)
          return lost();
        shard_->held->epoch = found->front().epoch;
        ask_for_epoch();
      }));
}

void state_type::epoch_is(std::uint64_t epoch) {
  shard_->held->epoch = epoch;
  raising_ = false;
  for (auto& then : std::exchange(raise_waiters_, {})) then(closed_ ? errc::moved : errc::none);
  recover_outbox();  // the commit that nobody saw succeed may have left something there
  try_renaming();
}

/// Another incarnation owns the shard.
void state_type::lost() {
  closed_ = true;
  raising_ = false;
  for (auto& then : std::exchange(raise_waiters_, {})) then(errc::moved);
  give_up_entities();
  auto drop = [](auto& table) {
    table.for_each([&](auto& at) {
      for (auto& next : table.take_queue(at)) next(nullptr, errc::moved);
    });
  };
  drop(mappings_);
  drop(verifications_);
  for (auto& next : std::exchange(held_, {})) next(errc::moved);
  self_->quit(lost_shard());
}

// --- outbox --------------------------------------------------------------------------------------

/// Everything in the outbox.
void state_type::recover_outbox() {
  recover_before_ = instant{INT64_MAX};
  recover_again_ = recovering_;
  if (!recovering_)
    begin_recovery();
}

/// What lies there longer than any gateway takes: an answer, or the removal, was lost.
void state_type::recover_old() {
  if (recovering_ || recover_planned_)
    return;
  recover_before_ = shard_->node.clock.now() - old_order;
  begin_recovery();
}

void state_type::begin_recovery() {
  if (closed_)
    return;
  recovering_ = true;
  if (const auto pump = shard_->services.pump())
    self_->send(pump, outbox_grown{shard_->id});
  read_outbox({});
}

void state_type::read_outbox(const std::string& after) {
  shard_->node.directory.load_outbox(
      shard_->id, after, outbox_page,
      here([this](result<std::vector<storage::outbox_entry>> found) {
        bool all = static_cast<bool>(found);
        if (found)
          for (const auto& entry : *found)
            if (entry.what == storage::outbox_entry::kind::send_code &&
                written_at(entry) < recover_before_)
              all = resume(entry) && all;
        if (!closed_ && all && found->size() == outbox_page)
          return read_outbox(found->back().id);
        recovering_ = false;
        if (!all)
          recover_later(retry_wait);
        else if (std::exchange(recover_again_, false))
          recover_outbox();
      }));
}

void state_type::recover_later(std::chrono::milliseconds wait) {
  if (closed_ || std::exchange(recover_planned_, true))
    return;
  self_->delayed_send(shard_actor{self_}, wait, continuation{[this] {
                        recover_planned_ = false;
                        recover_outbox();
                      }});
}

/// False: no room to load the verification now.
bool state_type::resume(const storage::outbox_entry& entry) {
  if (closed_)
    return true;
  const resume_send order{entry.subject, entry.id};
  auto* at = verifications_.find(entry.subject);
  if (at && at->second.at == verification_table::step::active) {
    self_->send(at->second.entity, order);
    return true;
  }
  if (!at && !(at = open_slot(verifications_, entry.subject)))
    return false;
  return verifications_.push(
      *at,
      [this, order](const verification_actor* to, errc code) {
        if (to)
          self_->send(*to, order);
        else if (code == errc::not_found)
          shard_->node.directory.trim_outbox(shard_->id, {order.outbox_id}, [](result<bool>) {});
        else
          recover_later(retry_wait);
      },
      limits().queue_per_load);
}

// --- end -----------------------------------------------------------------------------------------

void state_type::stop_all() {
  closed_ = true;
  give_up_entities();
  if (rename_to_ != 0 && !renaming_)
    return stop_renaming(errc::moved);
  end_if_empty();
}

void state_type::end_if_empty() {
  try_renaming();
  if (closed_ && passes_ == 0 && !renaming_ && live() == 0 &&
      mappings_.size() + verifications_.size() == 0)
    self_->quit();
}

}  // namespace glados::actors
