#include "sim/front.hpp"

#include <caf/actor_system.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/sec.hpp>
#include <caf/send.hpp>

#include "sim/life.hpp"
#include "sim/node.hpp"
#include "sim/world.hpp"

namespace glados::sim {
namespace {

constexpr moment move_patience = 400 * millisecond;
constexpr moment move_look = 5 * millisecond;

/// An address to answer to.
class answer_port final : public caf::monitorable_actor {
 public:
  answer_port(caf::actor_config& cfg, life& of) : caf::monitorable_actor(cfg), life_(of) {}
  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (what->mid.is_response())
      life_.answered(what->mid, what->move_content_to_message());
  }

 private:
  life& life_;
};

}  // namespace

front::front(life& of) : life_(of) {
  caf::actor_config cfg;
  port_ = caf::make_actor<answer_port, caf::strong_actor_ptr>(
      of.system.next_actor_id(), of.system.node(), &of.system, cfg, of);
}

front::~front() = default;

moment front::now() const { return life_.home.in().now(); }

errc front::failure_of(const caf::message& answer) {
  const bool before = answer.match_elements<caf::error>() &&
                      answer.get_as<caf::error>(0) == caf::sec::request_receiver_down;
  return before ? errc::moved : errc::deadline;
}

// --- questions
// -------------------------------------------------------------------------------------

void front::send(const caf::strong_actor_ptr& whom, caf::message what, receiver then, moment left) {
  const auto number = ++next_;
  open_[number] = {std::move(then), whom};
  if (!whom) {
    life_.home.in().after(0, [this, number, &of = life_] {
      if (!of.dead)
        if (const auto refused = close(number))
          refused(nullptr, errc::moved);
    });
    return;
  }
  life_.home.in().after(std::max<moment>(left, 1), [this, number, &of = life_] {
    of.home.when_awake(of, [this, number] {
      if (const auto late = close(number)) {
        overdue_.insert(number);
        late(nullptr, errc::deadline);
      }
    });
  });
  whom->get()->enqueue(port_, caf::make_message_id(number), std::move(what), nullptr);
}

front::receiver front::close(std::uint64_t number) {
  const auto at = open_.find(number);
  if (at == open_.end())
    return {};
  auto out = std::move(at->second.then);
  open_.erase(at);
  return out;
}

void front::answered(caf::message_id id, const caf::message& what) {
  const auto number = id.request_id().integer_value();
  if (const auto then = close(number))
    then(&what, errc::none);
  else if (overdue_.erase(number) == 0)
    answered_twice_ = true;
}

void front::lost(const caf::strong_actor_ptr& gate) {
  std::vector<std::uint64_t> gone;
  for (const auto& [number, at] : open_)
    if (at.whom == gate)
      gone.push_back(number);
  for (const auto number : gone) {
    overdue_.insert(number);
    if (const auto then = close(number))
      then(nullptr, errc::deadline);
  }
}

void front::end() { open_.clear(); }

// --- owners
// ----------------------------------------------------------------------------------------

caf::strong_actor_ptr front::find_owner(actors::route& via, moment until) const {
  const auto table = life_.shards.table();
  via.view = table->view;
  via.epoch = table->epochs[via.shard];
  via.left = std::chrono::milliseconds(std::max<moment>(1, (until - now()) / millisecond));
  return table->whom(via.shard);
}

void front::when_moved(shard_id shard, const void* asked, moment until,
                       std::function<void()> then) {
  if (const auto& agent = life_.member.agent())
    caf::anon_send(agent, actors::shard_missed{shard});
  look_for_owner(shard, asked, std::min(until, now() + move_patience), std::move(then));
}

void front::look_for_owner(shard_id shard, const void* asked, moment until,
                           std::function<void()> then) {
  const auto now_asked = life_.shards.table()->whom(shard);
  if ((now_asked && now_asked.get() != asked) || now() >= until)
    return then();
  life_.home.in().after(
      move_look, [this, shard, asked, until, then = std::move(then), &of = life_] {
        of.home.when_awake(
            of, [this, shard, asked, until, then] { look_for_owner(shard, asked, until, then); });
      });
}

}  // namespace glados::sim
