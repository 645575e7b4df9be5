#include <algorithm>
#include <caf/actor_system.hpp>

#include "cluster/member_agent.hpp"

namespace glados::cluster {
namespace {

constexpr std::chrono::milliseconds retry_wait{500};
/// Renewals between two attempts to reach a node.
constexpr std::uint64_t ticks_between = 2;
/// How many a node waits to be reached by one whose name comes first.
constexpr std::uint64_t ticks_to_wait = 8;
/// How many a node waits until all others can reach it, before it wants its shards in any case.
constexpr std::uint64_t ticks_to_be_reached = 20;
/// How many it counts as waiting for shards after it last said so.
constexpr std::uint64_t ticks_of_a_wish = 8;

/// Whether both are one and the same. Of a remote actor each connection has another stand-in, and
/// those compare as equal although only the last one leads anywhere.
bool is_same(const actors::gate_actor& a, const actors::gate_actor& b) {
  return caf::actor_cast<caf::strong_actor_ptr>(a).get() ==
         caf::actor_cast<caf::strong_actor_ptr>(b).get();
}

}  // namespace

/// Makes this node reachable, then joins. Again after its gate was replaced.
void member_agent::open_gate() {
  const auto gate = parts_.services->gate();
  if (stopping_ || !gate)
    return;
  if (settings().link == nullptr) {
    if (incarnation_.empty())
      join();
    return;
  }
  settings().link->open(gate, here([this](result<std::string> address) {
                          if (stopping_)
                            return;
                          if (!address && incarnation_.empty())
                            return give_up(errc::internal,
                                           "the port for other nodes cannot be opened");
                          if (!address)
                            return later(retry_wait, [this] { open_gate(); });
                          address_ = *address;
                          if (incarnation_.empty())
                            join();
                          else if (joined_)
                            store().announce(incarnation_, address_, [](result<bool>) {});
                        }));
}

/// Drops who is no member any more and reaches for who is new. Of two nodes the one whose name
/// comes first makes the connection; the other does so only if nothing comes. Who said hello before
/// a view showed it is given time to appear in one.
void member_agent::update_peers() {
  if (settings().link == nullptr)
    return;
  for (auto at = peers_.begin(); at != peers_.end();) {
    const bool gone = view_.find(at->first) == nullptr && ticks_ > at->second.heard + ticks_to_wait;
    const auto gate = gone ? at->second.gate : actors::gate_actor();
    at = gone ? peers_.erase(at) : std::next(at);
    watch_no_more(gate);
  }
  for (const auto& member : view_.members)
    if (member.incarnation != incarnation_ && !member.address.empty())
      connect(member);
}

/// A node that came back as another has the gate of before: then it is watched on.
void member_agent::watch_no_more(const actors::gate_actor& gate) {
  const bool needed = std::any_of(peers_.begin(), peers_.end(),
                                  [&](const auto& at) { return is_same(at.second.gate, gate); });
  if (gate && !needed)
    self_->demonitor(gate.address());
}

/// What another node has to know of this life of ours.
actors::peer_hello member_agent::greeting() const {
  return {incarnation_, caf::actor_cast<caf::strong_actor_ptr>(parts_.services->gate())};
}

void member_agent::connect(const member_record& member) {
  auto& at = peers_[member.incarnation];
  const bool first = parts_.node->node < member.node;
  if (at.next_try == 0)
    at.next_try = ticks_ + (first ? 0 : ticks_to_wait);
  if (at.gate || at.connecting || ticks_ < at.next_try)
    return;
  at.connecting = true;
  settings().link->connect(member.address,
                           here([this, who = member.incarnation](result<actors::gate_actor> got) {
                             const auto found = peers_.find(who);
                             if (found == peers_.end())
                               return;
                             found->second.connecting = false;
                             found->second.next_try = ticks_ + ticks_between;
                             if (!got || !*got || stopping_)
                               return;
                             self_->send(*got, greeting());
                             connected(who, *got);
                           }));
}

void member_agent::hello(const actors::peer_hello& from) {
  if (stopping_)
    return;
  if (from.gate)
    return connected(from.incarnation, caf::actor_cast<actors::gate_actor>(from.gate));
  const auto at = peers_.find(from.incarnation);
  if (at == peers_.end())
    return;
  at->second.wanting = ticks_;
  const auto* member = view_.find(from.incarnation);
  if (!at->second.gate && member != nullptr && settings().link != nullptr) {
    // It reaches us, so the way is open: no use to wait until it is our turn.
    at->second.next_try = std::min(at->second.next_try, ticks_);
    connect(*member);
  }
  start_moves();
}

void member_agent::connected(const std::string& incarnation, const actors::gate_actor& gate) {
  auto& at = peers_[incarnation];
  at.heard = ticks_;
  if (is_same(at.gate, gate))
    return;
  // Also one that is equal to the old: it goes by the new connection, and the old by none.
  const auto old = std::exchange(at.gate, gate);
  watch_no_more(old);
  self_->monitor(gate);
  publish();
  start_moves();
}

/// Whether it was the gate of another node that ended, or the connection to it.
bool member_agent::peer_ended(const caf::actor_addr& gate) {
  const auto ended = caf::actor_cast<actors::gate_actor>(gate);
  std::vector<std::string> lost;  // a node that came back as another stands here twice
  for (auto& [incarnation, at] : peers_)
    if (ended && is_same(at.gate, ended)) {
      at.gate = actors::gate_actor();
      lost.push_back(incarnation);
    }
  if (lost.empty())
    return false;
  publish();
  for (const auto& incarnation : lost) {
    const auto* member = view_.find(incarnation);
    const bool first = member != nullptr && parts_.node->node < member->node;
    auto& at = peers_.at(incarnation);
    at.next_try = std::max(at.next_try, ticks_ + (first ? 0 : ticks_to_wait));
    // At once: it may be the connection alone that broke. Not so one that was just made: a node
    // that ends can still be reached for a moment, and without its gate.
    if (first && !stopping_ && settings().link != nullptr)
      connect(*member);
  }
  return true;
}

bool member_agent::wants_shards(const std::string& incarnation) const {
  const auto at = peers_.find(incarnation);
  return at != peers_.end() && at->second.gate && at->second.wanting != 0 &&
         ticks_ <= at->second.wanting + ticks_of_a_wish;
}

/// Shards that the view proposes for us are held by others: they give them once we say that every
/// node can reach us, for only then nobody's callers are lost on the way.
void member_agent::ask_for_shards() {
  bool elsewhere = false;
  for (std::size_t s = 0; s < shard_count && !elsewhere; ++s) {
    const auto shard = static_cast<shard_id>(s);
    elsewhere = proposed_here(shard) && !held_.contains(shard);
  }
  if (!elsewhere) {
    wanting_since_ = 0;
    return;
  }
  if (wanting_since_ == 0)
    wanting_since_ = ticks_;
  bool all = true;
  for (const auto& member : view_.members)
    all = all && (member.incarnation == incarnation_ || member.address.empty() ||
                  gate_of(member.incarnation));
  if (all || ticks_ > wanting_since_ + ticks_to_be_reached)
    tell_peers(actors::peer_hello{incarnation_, {}});
}

actors::gate_actor member_agent::gate_of(const std::string& incarnation) const {
  const auto at = peers_.find(incarnation);
  return at == peers_.end() ? actors::gate_actor() : at->second.gate;
}

}  // namespace glados::cluster
