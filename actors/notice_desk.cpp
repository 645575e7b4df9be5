#include "actors/notice_desk.hpp"

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/send.hpp>

#include "actors/courier.hpp"
#include "actors/feed.hpp"

namespace glados::actors {
namespace {

template <class Message>
void tell(const caf::actor_addr& to, Message what) {
  if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(to))
    caf::anon_send(caf::actor_cast<caf::actor>(strong), std::move(what));
}

}  // namespace

template <class Handle, class Spawn>
Handle notice_desk::find_or_spawn(const std::string& provider_id, caf::actor_addr desk::*place,
                                  Spawn spawn) {
  std::lock_guard guard(lock_);
  if (stopped_ || !providers_.by_id(provider_id))
    return {};
  auto& at = desks_[provider_id].*place;
  if (auto strong = caf::actor_cast<caf::strong_actor_ptr>(at))
    return caf::actor_cast<Handle>(strong);
  Handle made = spawn();
  at = made.address();
  return made;
}

feed_actor notice_desk::feed_of(const std::string& provider_id) {
  return find_or_spawn<feed_actor>(
      provider_id, &desk::feed, [&] { return spawn_feed(system_, node_, provider_id, draining_); });
}

courier_actor notice_desk::courier_of(const std::string& provider_id) {
  return find_or_spawn<courier_actor>(provider_id, &desk::courier, [&] {
    return spawn_courier(system_, node_, providers_, provider_id);
  });
}

void notice_desk::ring(const std::string& provider_id) {
  wake(provider_id, false);
  if (shards_ == nullptr)
    return;
  const auto table = shards_->table();
  for (const auto& gate : table->peers) caf::anon_send(gate, provider_rung{provider_id});
}

void notice_desk::rung_elsewhere(const std::string& provider_id) { wake(provider_id, true); }

void notice_desk::wake(const std::string& provider_id, bool elsewhere) {
  if (const auto courier = courier_of(provider_id))
    caf::anon_send(courier, events_grown{elsewhere});
  std::lock_guard guard(lock_);
  if (const auto at = desks_.find(provider_id); at != desks_.end() && !stopped_)
    tell(at->second.feed, events_grown{elsewhere});
}

void notice_desk::release_waiting() {
  draining_->store(true);
  std::lock_guard guard(lock_);
  for (const auto& [id, at] : desks_) tell(at.feed, events_grown{});
}

void notice_desk::stop_all() {
  std::lock_guard guard(lock_);
  stopped_ = true;
  for (const auto& [id, at] : desks_) {
    tell(at.feed, stop{});
    tell(at.courier, stop{});
  }
  desks_.clear();
}

}  // namespace glados::actors
