// Who owns which slot: dispatching, redirections, refreshing the map.
#include <algorithm>
#include <utility>

#include "storage/keys.hpp"
#include "storage/redis_loop.hpp"
#include "storage/redis_reply.hpp"

namespace glados::storage {

namespace {

using namespace std::chrono_literals;

/// Between two looks at a cluster that is not whole.
constexpr auto refresh_pause = 50ms;
/// How long one process may take to tell its view before another is asked.
constexpr auto refresh_patience = 500ms;

/// Where commands without a key go: always to the same clock.
slot_number home_slot() {
  static const slot_number slot = slot_of(keys::identity());
  return slot;
}

const std::array<slot_number, shard_count>& shard_slots() {
  static const auto slots = [] {
    std::array<slot_number, shard_count> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = slot_of(keys::owner(static_cast<shard_id>(i)));
    return out;
  }();
  return slots;
}

}  // namespace

redis_link& redis_client::loop::link_at(const node_address& address) {
  auto& link = links_[address];
  if (!link)
    link = std::make_unique<redis_link>(*this, loop_, options_, observer_, address);
  return *link;
}

redis_link* redis_client::loop::owner_of(slot_number slot) {
  const node_address* owner = map_.owner(slot);
  return owner == nullptr ? nullptr : &link_at(*owner);
}

void redis_client::loop::dispatch(redis_request next) {
  redis_link* link = owner_of(next.command.slot.value_or(home_slot()));
  if (link == nullptr) {
    ownerless_.push_back(std::move(next));
    refresh_soon();
  } else {
    link->enqueue(std::move(next));
  }
}

/// After the map changed: whatever was not sent yet goes to whoever owns its slot now.
void redis_client::loop::dispatch_again() {
  auto unsent = std::exchange(ownerless_, {});
  for (auto& [address, link] : links_)
    for (redis_request& one : link->take_waiting())
      if (one.counted && !one.asking)
        unsent.push_back(std::move(one));
      else
        link->enqueue(std::move(one));
  for (redis_request& one : unsent) dispatch(std::move(one));
  for (auto& [address, link] : links_) link->pump();
}

void redis_client::loop::dispatch_due(clock::time_point now) {
  for (delayed_request& one : std::exchange(delayed_, {})) {
    if (one.what.deadline <= now)
      ended(one.what, {errc::storage_unavailable});
    else if (one.due > now)
      delayed_.push_back(std::move(one));
    else
      dispatch(std::move(one.what));
  }
}

void redis_client::loop::not_executed(redis_link& link, redis_request what, const next_try& next) {
  using kind = next_try::kind;
  if (observer_.redirected)
    observer_.redirected(next.what);
  ++what.tries;
  what.reloaded = false;
  what.asking = next.what == kind::asking;
  if (next.refresh)
    refresh_soon();
  if (next.what == kind::give_up)
    return ended(what, {errc::storage_unavailable});
  if (next.what == kind::at_owner &&
      map_.moved(what.command.slot.value_or(home_slot()), link.address(), next.where))
    map_changed();
  if (next.wait > 0ms) {
    what.asking = false;  // by then the owner may know better
    delayed_.push_back({clock::now() + next.wait, std::move(what)});
    return;
  }
  redis_link& other = link_at(next.where);
  other.enqueue(std::move(what));
  other.pump();
}

// --- the map -------------------------------------------------------------------------------------

void redis_client::loop::link_up(redis_link&) {
  look_at_owners();
  if (!serving_)
    refresh_soon();
}

void redis_client::loop::link_down(redis_link&) {
  look_at_owners();
  refresh_soon();
  arm();
}

void redis_client::loop::map_changed() {
  for (const auto& [address, node] : map_.nodes())
    if (node.reachable)
      link_at(address);
  publish();
  look_at_owners();
  dispatch_again();
}

/// Serving: every slot has an owner to which a connection stands.
void redis_client::loop::look_at_owners() {
  bool all = map_.covered() == slot_count;
  for (const node_address& owner : map_.owners()) all = all && link_at(owner).up();
  if (serving_.exchange(all, std::memory_order_acq_rel) != all && observer_.connection)
    observer_.connection(all);
  tell_remade();
}

/// Before a command leaves by a new connection, those who rely on what was there are told.
void redis_client::loop::tell_remade() {
  const redis_link* home = owner_of(home_slot());
  if (home != nullptr && home->up() &&
      std::exchange(home_connection_, home->connection()) != home->connection())
    home_connections_.fetch_add(1, std::memory_order_acq_rel);
  std::vector<shard_id> remade;
  for (std::size_t i = 0; i < shard_count; ++i) {
    const redis_link* link = owner_of(shard_slots()[i]);
    if (link == nullptr || !link->up() || link->connection() == connection_of_[i])
      continue;
    if (std::exchange(connection_of_[i], link->connection()) != 0)
      remade.push_back(static_cast<shard_id>(i));
  }
  const std::lock_guard lock(told_mutex_);
  if (!remade.empty() && remade_)
    remade_(remade);
}

/// Only from the timer: a link must not go inside a callback of its own.
void redis_client::loop::retire_links() {
  if (map_.nodes().empty())
    return;
  const auto owners = map_.owners();
  for (auto at = links_.begin(); at != links_.end();) {
    const bool wanted = map_.nodes().contains(at->first) ||
                        std::find(owners.begin(), owners.end(), at->first) != owners.end();
    if (wanted || !at->second->idle()) {
      ++at;
    } else {
      at->second->drop();
      at = links_.erase(at);
    }
  }
}

// --- refreshing ----------------------------------------------------------------------------------

void redis_client::loop::refresh_soon() {
  if (cluster_)
    refresh_at_ = std::min(refresh_at_, clock::now() + refresh_pause);
}

/// Asks the next process in turn how it sees the cluster.
void redis_client::loop::refresh(clock::time_point now) {
  if (refreshing_ || now < refresh_at_)
    return;
  const bool any =
      std::any_of(links_.begin(), links_.end(), [](const auto& one) { return one.second->up(); });
  if (!any) {  // lost in all directions: what the configuration says may still be true
    for (const node_address& seed : options_.seeds) link_at(seed);
    refresh_at_ = now + refresh_pause;
    return;
  }
  auto next = links_.upper_bound(asked_last_);
  for (std::size_t i = 0; i <= links_.size(); ++i, ++next) {
    if (next == links_.end())
      next = links_.begin();
    if (next->second->up())
      break;
  }
  asked_last_ = next->first;
  asked_at_ = now;
  refreshing_ = true;
  redis_request ask{plain_command(false, {"CLUSTER", "NODES"}), {}, now, now + refresh_patience};
  ask.done = [this](const redis_answer& told) { take_view(told); };
  next->second->enqueue(std::move(ask));
  next->second->pump();
}

void redis_client::loop::take_view(const redis_answer& answer) {
  refreshing_ = false;
  const auto view = answer.code == errc::none
                        ? parse_cluster_nodes(text_of(*answer.reply), asked_last_)
                        : std::optional<std::vector<cluster_node>>();
  const bool changed = view && map_.merge(*view);
  refresh_at_ = asked_at_ + (view && serving_ ? options_.topology_interval : refresh_pause);
  if (changed)
    map_changed();
  else if (view)
    publish();
}

void redis_client::loop::publish() {
  const auto slots = map_.slots_by_owner();
  const std::lock_guard lock(mutex_);
  published_.clear();
  for (const auto& [address, link] : links_) {
    const auto found = slots.find(address);
    const auto node = map_.nodes().find(address);
    published_[address] = {link->figures(),
                           node != map_.nodes().end() && node->second.primary_id.empty(),
                           found == slots.end() ? 0 : found->second};
  }
  view_ = {map_.epoch(), map_.covered(), map_.nodes().size()};
}

std::vector<redis_node_figures> redis_client::loop::nodes() const {
  const std::lock_guard lock(mutex_);
  std::vector<redis_node_figures> out;
  for (const auto& [address, one] : published_) {
    const link_figures& from = *one.figures;
    out.push_back({address, one.primary, from.up.load(), one.slots, from.queue.load(),
                   from.answers.load(), std::chrono::microseconds(from.latency_us.load()),
                   from.lag()});
  }
  return out;
}

redis_view redis_client::loop::view() const {
  const std::lock_guard lock(mutex_);
  return view_;
}

}  // namespace glados::storage
