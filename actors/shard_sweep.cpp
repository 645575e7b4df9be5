// A shard's part in the sweep: one page at a time, from a cursor that is kept in the store, so that
// a new owner goes on where the old one was. What a record needs is done by its mapping actor: that
// alone may change it. A page that failed half-way is visited again.
//
//   sweep_shard -> (cursor) -> page -> tend_mapping, all at once -> cursor saved -> shard_swept
#include "actors/entity.hpp"
#include "actors/shard_state.hpp"
#include "domain/tending.hpp"

namespace glados::actors {

using state_type = shard_actor_state;

namespace {

constexpr std::string_view walk_name = "sweep";

}  // namespace

struct state_type::swept_page {
  caf::typed_response_promise<shard_swept> promise;
  shard_swept answer;
  std::size_t limit = 0;
  std::size_t open = 0;  ///< mappings that have not answered yet
  std::string next;
};

caf::result<shard_swept> state_type::sweep_page(const sweep_shard& asked) {
  if (closed_)
    return refused<shard_swept>(errc::moved);
  if (sweeping_ || !serves_names())
    return refused<shard_swept>(errc::overloaded);
  sweeping_ = true;
  auto at = std::make_shared<swept_page>();
  at->promise = self_->make_response_promise<shard_swept>();
  at->limit = asked.limit;
  if (sweep_cursor_known_)
    load_page(at);
  else
    load_cursor(at);
  return at->promise;
}

void state_type::load_cursor(const std::shared_ptr<swept_page>& at) {
  shard_->node.directory.load_walk(shard_->id, std::string(walk_name),
                                   here([this, at](result<std::string> found) {
                                     if (!found)
                                       return end_page(at, found.error());
                                     sweep_cursor_ = *found;
                                     sweep_cursor_known_ = true;
                                     load_page(at);
                                   }));
}

void state_type::load_page(const std::shared_ptr<swept_page>& at) {
  shard_->node.directory.load_mappings(shard_->id, names_, sweep_cursor_, at->limit,
                                       here([this, at](result<storage::mapping_page> found) {
                                         if (!found)
                                           return end_page(at, found.error());
                                         visit(at, std::move(*found));
                                       }));
}

void state_type::visit(const std::shared_ptr<swept_page>& at, storage::mapping_page found) {
  if (closed_)
    return end_page(at, errc::moved);
  const auto& node = shard_->node;
  at->next = std::move(found.next);
  at->answer.visited = found.records.size();
  ++at->open;
  for (const auto& record : found.records) {
    if (!glados::tend(record, node.clock.now(), node.policy.refresh_after, node.terminated).changed)
      continue;
    ++at->open;
    self_
        ->request(shard_actor{self_}, local_wait,
                  tend_mapping{{shard_->id, 0, local_wait}, record.key})
        .then([this, at](const mapping_tended& done) { visited(at, done.code, done.changed); },
              [this, at](const caf::error&) { visited(at, errc::deadline, false); });
  }
  visited(at, errc::none, false);
}

void state_type::visited(const std::shared_ptr<swept_page>& at, errc code, bool changed) {
  at->answer.changed += changed ? 1 : 0;
  if (code != errc::none && code != errc::not_found)
    at->answer.code = code;
  if (--at->open > 0)
    return;
  if (at->answer.code != errc::none)
    end_page(at, at->answer.code);
  else
    save_cursor(at);
}

void state_type::save_cursor(const std::shared_ptr<swept_page>& at) {
  // Most shards are one page: no write while nothing is under way.
  if (at->next == sweep_cursor_)
    return end_page(at, errc::none);
  shard_->node.directory.save_walk(
      shard_->fence(), std::string(walk_name), at->next,
      here([this, at](result<bool> saved) { end_page(at, saved.error()); }));
}

void state_type::end_page(const std::shared_ptr<swept_page>& at, errc code) {
  sweeping_ = false;
  at->answer.code = code;
  if (code == errc::none) {
    sweep_cursor_ = at->next;
    at->answer.finished = at->next.empty();
  }
  at->promise.deliver(at->answer);
  try_renaming();
}

}  // namespace glados::actors
