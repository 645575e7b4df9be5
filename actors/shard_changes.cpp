// What a shard knows of changes: what they took, and the reports of those who lost by them.
#include "actors/entity.hpp"
#include "actors/shard_state.hpp"

namespace glados::actors {
namespace {

/// So often a report that lost a race for its change is tried again.
constexpr int most_races = 5;

}  // namespace

using state_type = shard_actor_state;

caf::result<change_answer> state_type::find_change(const get_change& asked) {
  if (closed_)
    return refused<change_answer>(errc::moved);
  auto promise = self_->make_response_promise<change_answer>();
  once_sure([this, promise, asked](errc code) mutable {
    if (code != errc::none)
      return promise.deliver(refused<change_answer>(code)), void();
    shard_->node.directory.load_change(
        shard_->id, asked.id, here([this, promise, asked](result<change_record> change) mutable {
          auto out = refused<change_answer>(change.error());
          if (change)
            out.code = can_restore(*change, asked.provider_id, shard_->node.clock.now());
          if (out.code == errc::none) {
            out.key = change->key;
            out.user = loss_of(*change, asked.provider_id)->user;
          }
          promise.deliver(std::move(out));
        }));
  });
  return promise;
}

caf::result<change_answer> state_type::keep_report(const file_report& asked) {
  if (closed_)
    return refused<change_answer>(errc::moved);
  auto promise = self_->make_response_promise<change_answer>();
  once_sure([this, promise, asked](errc code) mutable {
    if (code != errc::none)
      promise.deliver(refused<change_answer>(code));
    else
      add_report(asked, promise, 0);
  });
  return promise;
}

void state_type::add_report(const file_report& asked, change_promise promise, int races) {
  shard_->node.directory.load_change(
      shard_->id, asked.change_id,
      here([this, asked, promise, races](result<change_record> change) mutable {
        if (change)
          store_report(std::move(*change), asked, promise, races);
        else
          promise.deliver(refused<change_answer>(change.error()));
      }));
}

void state_type::store_report(change_record change, const file_report& asked,
                              change_promise promise, int races) {
  const auto now = shard_->node.clock.now();
  report fresh;
  fresh.id = asked.id;
  fresh.reporter = asked.provider_id;
  fresh.reason = asked.reason;
  fresh.note = asked.note;
  fresh.at = now;
  fresh.shard = shard_->id;
  if (const auto code = glados::add_report(change, fresh); code != errc::none)
    return promise.deliver(refused<change_answer>(code)), void();
  storage::commit step;
  step.by = shard_->fence();
  storage::outbox_entry filed;
  filed.what = storage::outbox_entry::kind::report;
  filed.filed = fresh;
  step.outbox.push_back(std::move(filed));
  for (auto& due : take_strikes(change, shard_->id, now))
    step.outbox.push_back(storage::entry_of(change.by_provider, std::move(due)));
  step.amended = std::move(change);
  const auto epoch = step.by.epoch;
  shard_->node.directory.apply(
      std::move(step),
      here([this, asked, promise, races, epoch](const storage::commit_result& done) mutable {
        if (done.code == errc::stale_version && races < most_races)
          return add_report(asked, promise, races + 1);  // a restore came in between
        if (done.code == errc::outcome_unknown || done.code == errc::fenced)
          return raise(epoch, [promise, code = done.code](errc) mutable {
            promise.deliver(refused<change_answer>(code));
          });
        if (done.code == errc::none)
          if (const auto pump = shard_->services.pump())
            self_->send(pump, outbox_grown{shard_->id});
        promise.deliver(refused<change_answer>(done.code));
      }));
}

}  // namespace glados::actors
