// Bulk rows in a shard: written in steps of many records, with no actor each. A row is first tried
// as if nothing were stored under its key, which is what is nearly always so; a row that the store
// refuses comes back with the record as it stands, is decided anew, and tried again.
//
// Who holds such a record in memory must not go on with the old one: after each step, and before
// anybody is answered, the entity of a written key forgets its record, a load under way is done
// again, and the key leaves the table of misses. After an unknown outcome the same is done for all
// rows of the step, once a higher epoch keeps out a late copy of it.
#include <caf/actor_clock.hpp>

#include "actors/backup_desk.hpp"
#include "actors/shard_names.hpp"
#include "domain/restoring.hpp"

namespace glados::actors {
namespace {

constexpr std::size_t most_passes = 16;
constexpr int most_rounds = 12;
/// No record has this version: a row "written" under it only comes back as it stands.
constexpr std::uint64_t no_version = 1;

}  // namespace

using state_type = shard_actor_state;

/// One call's rows on their way. Shared by its steps.
struct state_type::rows_pass {
  struct row {
    directory_record record;  ///< as far as it is known
    bool known = true;
  };
  std::vector<row> rows;
  std::vector<std::size_t> open;  ///< rows that are not settled yet
  std::vector<std::size_t> sent;  ///< of these, the rows of the step under way
  int rounds = 0;
  caf::actor_clock::time_point until;
  user_count_change each;
  /// What is to be written over a known record; nothing: the row is settled as it is.
  std::function<std::optional<storage::row_write>(std::size_t, const directory_record&)> decide;
  std::function<void(errc)> finish;

  void end(errc code) const { finish(code); }
};

namespace {

/// The row's own count goes with all the others in one entry; what else is to be counted goes with
/// the row.
std::vector<storage::outbox_entry> entries_of(const std::vector<user_count_change>& counts,
                                              const user_count_change& each) {
  std::vector<storage::outbox_entry> out;
  bool own = false;
  for (const auto& change : counts) {
    const bool same = change.provider_id == each.provider_id && change.method == each.method &&
                      change.delta == each.delta && change.due == each.due;
    if (same && !std::exchange(own, true))
      continue;
    out.push_back({{}, storage::outbox_entry::kind::count_users, {}, change, {}});
  }
  if (own)
    return out;
  // It was none of these, but the common entry will count it.
  auto undo = each;
  undo.delta = -each.delta;
  out.push_back({{}, storage::outbox_entry::kind::count_users, {}, std::move(undo), {}});
  return out;
}

/// The provider is asked to prove this one.
storage::outbox_entry refresh_notice(const directory_record& record, mapping& claim, shard_id shard,
                                     instant now) {
  storage::outbox_entry out;
  out.what = storage::outbox_entry::kind::event;
  out.notice.type = event_type::mapping_refresh_due;
  out.notice.provider_id = claim.provider_id;
  out.notice.created_at = now;
  out.notice.mapping = mapping_notice{{},         shard,         record.key, claim.salt,
                                      claim.user, std::string(), {},         ++claim.sequence};
  return out;
}

}  // namespace

caf::result<register_answer> state_type::register_all(const register_rows& asked) {
  if (const auto code = rows_refusal(asked.via, asked.rows.size()); code != errc::none)
    return refused<register_answer>(code);
  if (!names_fit(
          asked.rows, [](const auto& row) -> const auto& { return row.key; }))
    return under_own_names(asked, &state_type::register_all);
  auto promise = self_->make_response_promise<register_answer>();
  auto answer = std::make_shared<register_answer>();
  answer->rows.resize(asked.rows.size());
  auto pass = begin_pass(asked.via, {asked.provider_id, proof_method::asserted, +1});
  for (std::size_t i = 0; i < asked.rows.size(); ++i) {
    pass->rows.push_back({{asked.rows[i].key, 0, {}}, true});
    pass->open.push_back(i);
  }
  pass->decide = [this, asked, answer, each = pass->each](
                     std::size_t index,
                     const directory_record& record) -> std::optional<storage::row_write> {
    const auto& row = asked.rows[index];
    const auto now = shard_->node.clock.now();
    auto made = assert_claim(
        record, {asked.provider_id, row.user, row.salt, {asked.job, asked.part, row.line, false}},
        asked.rule, now);
    answer->rows[index] = {made.status, made.has_claim, made.salt};
    if (!made.changed)
      return std::nullopt;
    storage::row_write out{std::move(made.next), entries_of(made.counts, each)};
    if (made.status == row_status::created && is_sampled(row.key))
      out.outbox.push_back(refresh_notice(out.record, out.record.mappings.back(), shard_->id, now));
    return out;
  };
  pass->finish = [this, answer, promise](errc code) mutable {
    --passes_;
    answer->code = code;
    promise.deliver(std::move(*answer));
    end_if_empty();
  };
  write_rows(pass);
  return promise;
}

caf::result<retract_answer> state_type::retract_all(const retract_rows& asked) {
  if (const auto code = rows_refusal(asked.via, asked.keys.size()); code != errc::none)
    return refused<retract_answer>(code);
  if (!names_fit(
          asked.keys, [](const auto& key) -> const auto& { return key; }))
    return under_own_names(asked, &state_type::retract_all);
  auto promise = self_->make_response_promise<retract_answer>();
  auto pass = begin_pass(asked.via, {asked.provider_id, proof_method::asserted, -1});
  auto tried = std::make_shared<std::vector<bool>>(asked.keys.size());
  for (std::size_t i = 0; i < asked.keys.size(); ++i) {
    pass->rows.push_back({{asked.keys[i], 0, {}}, false});
    pass->open.push_back(i);
  }
  pass->decide = [this, asked, tried, each = pass->each](
                     std::size_t index,
                     const directory_record& record) -> std::optional<storage::row_write> {
    auto made = retract_claim(record, asked.provider_id, asked.job, asked.salts[index],
                              shard_->node.clock.now());
    (*tried)[index] = (*tried)[index] || made.changed;
    if (!made.changed)
      return std::nullopt;
    storage::row_write out{std::move(made.next), entries_of(made.counts, each)};
    if (takes_away(record, out.record) && backup_desk_of(self_->home_system()))
      out.outbox.push_back(storage::entry_of(shard_->id, out.record));
    return out;
  };
  pass->finish = [this, tried, promise](errc code) mutable {
    --passes_;
    retract_answer out;
    out.code = code;
    for (const bool one : *tried) out.retracted += one ? 1 : 0;
    promise.deliver(std::move(out));
    end_if_empty();
  };
  write_rows(pass);
  return promise;
}

errc state_type::rows_refusal(const route& via, std::size_t rows) const {
  if (closed_)
    return errc::moved;
  if (via.left <= via.left.zero())
    return errc::deadline;
  if (rows > storage::rows_per_step)
    return errc::internal;
  return passes_ >= most_passes ? errc::overloaded : errc::none;
}

std::shared_ptr<state_type::rows_pass> state_type::begin_pass(const route& via,
                                                              user_count_change each) {
  auto out = std::make_shared<rows_pass>();
  out->until = self_->clock().now() + via.left;
  out->each = std::move(each);
  ++passes_;
  return out;
}

/// The next step of a pass: everything that is open and has something to write.
void state_type::write_rows(const std::shared_ptr<rows_pass>& pass) {
  if (closed_)
    return pass->end(errc::moved);
  if (raising_) {  // under the old epoch it would be refused
    raise_waiters_.push_back(
        [this, pass](errc code) { code == errc::none ? write_rows(pass) : pass->end(code); });
    return;
  }
  storage::rows_commit step;
  step.by = shard_->fence();
  step.each = pass->each;
  pass->sent.clear();
  for (const auto index : std::exchange(pass->open, {})) {
    auto& row = pass->rows[index];
    if (!row.known) {
      step.rows.push_back({{row.record.key, no_version, {}}, {}});
    } else if (auto write = pass->decide(index, row.record)) {
      step.rows.push_back(std::move(*write));
    } else {
      continue;
    }
    pass->sent.push_back(index);
  }
  if (step.rows.empty())
    return pass->end(errc::none);
  if (++pass->rounds > most_rounds || self_->clock().now() >= pass->until)
    return pass->end(errc::overloaded);
  const auto epoch = step.by.epoch;
  shard_->node.directory.apply_rows(std::move(step),
                                    here([this, pass, epoch](storage::rows_result done) {
                                      rows_written(pass, epoch, std::move(done));
                                    }));
}

void state_type::rows_written(const std::shared_ptr<rows_pass>& pass, std::uint64_t epoch,
                              storage::rows_result done) {
  if (done.code == errc::outcome_unknown || done.code == errc::fenced) {
    raise(epoch, [this, pass](errc code) {
      for (const auto index : pass->sent) {
        rewritten(pass->rows[index].record.key);
        pass->rows[index].known = false;
        pass->open.push_back(index);
      }
      code == errc::none ? write_rows(pass) : pass->end(code);
    });
    return;
  }
  if (done.code != errc::none)
    return pass->end(done.code);
  for (auto& [at, record] : done.refused) {
    const auto index = pass->sent.at(at);
    pass->rows[index] = {std::move(record), true};
    pass->open.push_back(index);
  }
  for (const auto index : pass->sent) rewritten(pass->rows[index].record.key);
  if (done.left)
    if (const auto pump = shard_->services.pump())
      self_->send(pump, outbox_grown{shard_->id});
  write_rows(pass);
}

/// Nobody may answer from what was in memory before. Urgent, as lookups are, so that none that
/// comes later is ahead of it.
void state_type::rewritten(const sii_key& key) {
  misses_.erase(key);
  auto* at = mappings_.find(key);
  if (!at)
    return;
  if (at->second.at == mapping_table::step::active)
    self_->send<caf::message_priority::high>(at->second.entity, record_changed{});
  else if (at->second.at == mapping_table::step::loading)
    at->second.outdated = true;
}

}  // namespace glados::actors
