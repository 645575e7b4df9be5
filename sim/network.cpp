#include "sim/network.hpp"

#include <caf/actor_system.hpp>
#include <caf/exit_reason.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>

#include "sim/life.hpp"
#include "sim/node.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

/// What does not get through for so long ends its connection (cluster.silence).
constexpr moment silence = second;
constexpr moment connect_deadline = second;
constexpr std::uint64_t twice_percent = 1;

std::pair<unsigned, unsigned> in_order(unsigned a, unsigned b) {
  return {std::min(a, b), std::max(a, b)};
}

}  // namespace

/// `ends[0]` made it to `ends[1]`.
struct connection {
  life* ends[2] = {nullptr, nullptr};
  caf::strong_actor_ptr gates[2];      ///< the real ones
  caf::strong_actor_ptr stand_ins[2];  ///< what end 0 has of gate 1, and the other way round
  caf::strong_actor_ptr ways_back[2];  ///< where gate 1 answers end 0, and the other way round
  moment last[2] = {0, 0};             ///< arrival of what was sent last, by sender
  /// Questions that were handed over twice, by sender: whether one of their answers went back.
  std::map<std::uint64_t, bool> copied[2];
  bool broken = false;
};

/// Another node's gate, as its neighbours see it.
class stand_in final : public caf::monitorable_actor {
 public:
  stand_in(caf::actor_config& cfg, network& at, std::weak_ptr<connection> over, bool forth)
      : caf::monitorable_actor(cfg), at_(at), over_(std::move(over)), forth_(forth) {}
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (const auto over = over_.lock())
      at_.carry(over, forth_, std::move(what));
  }

 private:
  network& at_;
  std::weak_ptr<connection> over_;
  bool forth_;
};

/// Whom a gate answers: the answer travels back. Ids of requests are the asking front's own.
class way_back final : public caf::monitorable_actor {
 public:
  way_back(caf::actor_config& cfg, network& at, std::weak_ptr<connection> over, bool forth)
      : caf::monitorable_actor(cfg), at_(at), over_(std::move(over)), forth_(forth) {}
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    const auto over = over_.lock();
    if (over && what->mid.is_response())
      at_.carry(over, !forth_, std::move(what));
  }

 private:
  network& at_;
  std::weak_ptr<connection> over_;
  bool forth_;
};

network::~network() = default;

void node_link::open(const actors::gate_actor& gate,
                     std::function<void(result<std::string>)> done) {
  over_.open(of_, gate);
  done(of_.address());
}

void network::open(life& owner, const actors::gate_actor& gate) {
  if (!world_.log.closed())
    gates_[owner.address()] = {&owner, gate};
}

// --- connections
// -----------------------------------------------------------------------------------

void network::connect(life& from, const std::string& address,
                      std::function<void(result<actors::gate_actor>)> done) {
  const auto span = world_.latencies.between(1, world_.options().peer_latency + slowest);
  world_.after(span, [this, &from, address, done = std::move(done)] {
    if (from.dead)
      return;
    const auto found = gates_.find(address);
    const bool there =
        found != gates_.end() && !found->second.first->dead &&
        !found->second.first->home.frozen() &&
        cut_until(from.home.index(), found->second.first->home.index()) <= world_.now();
    if (there)
      return make(from, *found->second.first, done);
    world_.after(connect_deadline, [&from, done] {
      if (!from.dead)
        done(errc::storage_unavailable);
    });
  });
}

void network::make(life& from, life& to,
                   const std::function<void(result<actors::gate_actor>)>& done) {
  auto over = std::make_shared<connection>();
  over->ends[0] = &from;
  over->ends[1] = &to;
  over->gates[0] = caf::actor_cast<caf::strong_actor_ptr>(gates_[from.address()].second);
  over->gates[1] = caf::actor_cast<caf::strong_actor_ptr>(gates_[to.address()].second);
  for (const bool forth : {true, false}) {
    auto& here = forth ? from.system : to.system;
    auto& there = forth ? to.system : from.system;
    caf::actor_config one, other;
    over->stand_ins[forth ? 0 : 1] = caf::make_actor<stand_in, caf::strong_actor_ptr>(
        here.next_actor_id(), here.node(), &here, one, *this, over, forth);
    over->ways_back[forth ? 0 : 1] = caf::make_actor<way_back, caf::strong_actor_ptr>(
        there.next_actor_id(), there.node(), &there, other, *this, over, forth);
  }
  connections_.push_back(over);
  world_.log.note("connected", {{"from", from.home.number()}, {"to", to.home.number()}});
  done(caf::actor_cast<actors::gate_actor>(over->stand_ins[0]));
}

void network::break_now(const std::shared_ptr<connection>& over) {
  if (std::exchange(over->broken, true))
    return;
  world_.log.note("connection broke",
                  {{"from", over->ends[0]->home.number()}, {"to", over->ends[1]->home.number()}});
  connections_.remove(over);
  for (const std::size_t end : {0, 1}) {
    auto& of = *over->ends[end];
    const auto gone = over->stand_ins[end];
    of.home.when_awake(of, [&of, gone] {
      of.lost(gone);
      auto* actor =
          dynamic_cast<caf::monitorable_actor*>(caf::actor_cast<caf::abstract_actor*>(gone));
      actor->cleanup(caf::exit_reason::remote_link_unreachable, nullptr);
    });
  }
}

void network::break_between(unsigned a, unsigned b) {
  for (const auto& one : std::list(connections_))
    if (in_order(one->ends[0]->home.index(), one->ends[1]->home.index()) == in_order(a, b))
      break_now(one);
}

void network::drop(life& gone) {
  gates_.erase(gone.address());
  for (const auto& one : std::list(connections_))
    if (one->ends[0] == &gone || one->ends[1] == &gone)
      break_now(one);
}

void network::cut(unsigned a, unsigned b, moment until) {
  if (a == b)
    return;
  auto& at = cuts_[in_order(a, b)];
  at = std::max(at, until);
  if (until - world_.now() > silence)
    world_.after(silence, [this, a, b] {
      if (cut_until(a, b) > world_.now())
        break_between(a, b);
    });
}

void network::heal() {
  cuts_.clear();
  slowest = 0;
}

void network::close() {
  gates_.clear();
  connections_.clear();
}

moment network::cut_until(unsigned a, unsigned b) const {
  const auto at = cuts_.find(in_order(a, b));
  return at == cuts_.end() ? 0 : at->second;
}

// --- messages
// --------------------------------------------------------------------------------------

/// The gate in a greeting is of the node that sends it; the receiver gets its stand-in.
void network::carry(const std::shared_ptr<connection>& over, bool forth,
                    caf::mailbox_element_ptr what) {
  auto& from = *over->ends[forth ? 0 : 1];
  if (over->broken || from.dead || world_.log.closed())
    return;
  const auto id = what->mid;
  auto content = what->move_content_to_message();
  if (content.match_elements<actors::peer_hello>()) {
    auto hello = content.get_as<actors::peer_hello>(0);
    if (hello.gate)
      hello.gate = over->stand_ins[forth ? 1 : 0];
    content = caf::make_message(std::move(hello));
  }
  auto& last = over->last[forth ? 0 : 1];
  const auto span = world_.latencies.between(1, world_.options().peer_latency + slowest);
  const auto held = cut_until(over->ends[0]->home.index(), over->ends[1]->home.index());
  last = std::max({last, world_.now() + span, held});
  const bool twice = id.is_request() && world_.luck.percent(twice_percent);
  if (twice)
    over->copied[forth ? 0 : 1].emplace(id.request_id().integer_value(), false);
  for (int copy = 0; copy < (twice ? 2 : 1); ++copy)
    world_.plans.at(last, [this, over, forth, id, content] { arrive(over, forth, id, content); });
}

void network::arrive(const std::shared_ptr<connection>& over, bool forth, caf::message_id id,
                     caf::message what) {
  auto& to = *over->ends[forth ? 1 : 0];
  if (over->broken || to.dead)
    return;
  if (id.is_response()) {
    auto& copied = over->copied[forth ? 1 : 0];
    const auto at = copied.find(id.request_id().integer_value());
    if (at != copied.end() && std::exchange(at->second, true))
      return;  // whoever asked did so once
    return to.answered(id, std::move(what));
  }
  const auto& gate = over->gates[forth ? 1 : 0];
  const auto sender = id.is_request() ? over->ways_back[forth ? 0 : 1] : nullptr;
  gate->enqueue(sender, id, std::move(what), nullptr);
}

}  // namespace glados::sim
