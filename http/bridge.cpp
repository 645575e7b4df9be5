#include "http/bridge.hpp"

#include <caf/default_attachable.hpp>
#include <caf/error.hpp>
#include <caf/execution_unit.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/sec.hpp>
#include <caf/system_messages.hpp>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace glados::http {
namespace {

/// Messages an actor may handle in one go before others get their turn, as in CAF's own workers.
constexpr std::size_t actor_throughput = 300;
/// Actors run in one settle before the rest is handed to CAF's threads: bounds what one request can
/// cost the others on its worker.
constexpr std::size_t runs_per_settle = 256;
constexpr std::chrono::milliseconds expiry_period{250};

/// Lends the worker's thread to actors. Used only on that thread.
class inline_unit final : public caf::execution_unit {
 public:
  explicit inline_unit(caf::actor_system& system) : caf::execution_unit(&system) {}

  void exec_later(caf::resumable* job) override { jobs_.push_back(job); }

  bool run_some() {
    if (jobs_.empty())
      return false;
    for (std::size_t run = 0; !jobs_.empty(); ++run) {
      auto* job = jobs_.front();
      jobs_.pop_front();
      if (run >= runs_per_settle)
        system().scheduler().enqueue(job);
      else if (job->resume(this, actor_throughput) == caf::resumable::resume_later)
        system().scheduler().enqueue(job);
      else
        caf::intrusive_ptr_release(job);
    }
    return true;
  }

 private:
  std::deque<caf::resumable*> jobs_;
};

/// Answers on their way to the worker. Any thread puts, the worker takes.
class inbox {
 public:
  explicit inbox(worker& home) : home_(&home) {}

  void put(caf::mailbox_element_ptr answer) {
    std::lock_guard guard(lock_);
    if (home_ == nullptr)
      return;
    const bool first = answers_.empty();
    answers_.push_back(std::move(answer));
    if (first && worker::current() != home_)
      home_->wake();
  }

  void take(std::vector<caf::mailbox_element_ptr>& out) {
    std::lock_guard guard(lock_);
    out.swap(answers_);
  }

  void close() {
    std::lock_guard guard(lock_);
    home_ = nullptr;
    answers_.clear();
  }

 private:
  std::mutex lock_;
  worker* home_;
  std::vector<caf::mailbox_element_ptr> answers_;
};

/// The worker as actors see it: an address to answer to, and to tell when another node's gate is
/// gone. Has no behaviour and no mailbox of its own.
class answer_port final : public caf::monitorable_actor {
 public:
  answer_port(caf::actor_config& cfg, std::shared_ptr<inbox> box)
      : caf::monitorable_actor(cfg), box_(std::move(box)) {}

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (what->mid.is_response() || what->content().match_elements<caf::down_msg>())
      box_->put(std::move(what));
  }

 private:
  std::shared_ptr<inbox> box_;
};

}  // namespace

struct bridge::parts {
  struct slot {
    receiver then;
    std::uint32_t generation = 1;
    worker::clock::time_point deadline;
    const caf::actor_control_block* remote = nullptr;  ///< whom, if on another node
  };

  parts(worker& at, caf::actor_system& system)
      : home(at), unit(system), box(std::make_shared<inbox>(at)) {
    caf::actor_config cfg;
    port = caf::make_actor<answer_port, caf::strong_actor_ptr>(system.next_actor_id(),
                                                               system.node(), &system, cfg, box);
  }

  receiver close_slot(std::uint64_t number);
  void watch(const caf::strong_actor_ptr& target);
  void lost(const caf::down_msg& end);
  bool deliver();

  worker& home;
  inline_unit unit;
  std::shared_ptr<inbox> box;
  caf::strong_actor_ptr port;
  std::vector<slot> slots;
  std::vector<std::uint32_t> free_slots;
  std::vector<caf::mailbox_element_ptr> arrived;
  std::vector<receiver> refused;
  /// Gates of other nodes that were asked, by address, held until they are gone.
  std::map<const caf::actor_control_block*, caf::strong_actor_ptr> watched;
  std::size_t open = 0;
  bool settling = false;
  bool ticking = false;
};

bridge::bridge(worker& home, caf::actor_system& system)
    : parts_(std::make_unique<parts>(home, system)) {
  home.add_sink(*this);
}

bridge::~bridge() { parts_->box->close(); }

const caf::strong_actor_ptr& bridge::port() const { return parts_->port; }
caf::execution_unit* bridge::unit() const { return &parts_->unit; }
std::size_t bridge::waiting() const { return parts_->open; }

void bridge::after(std::chrono::milliseconds delay, std::function<void()> work) {
  parts_->home.after(delay, [this, work = std::move(work)] {
    work();
    settle();
  });
}

/// What an answer of the wrong type says: that the actor ended before it took the question, or over
/// it.
errc bridge::failure_of(const caf::type_erased_tuple& answer) {
  const bool before = answer.match_elements<caf::error>() &&
                      answer.get_as<caf::error>(0) == caf::sec::request_receiver_down;
  return before ? errc::moved : errc::deadline;
}

caf::message_id bridge::open_slot(receiver then, std::chrono::milliseconds left,
                                  const caf::strong_actor_ptr& target) {
  auto& p = *parts_;
  const bool remote = target->node() != p.port->node();
  if (remote)
    p.watch(target);
  if (p.free_slots.empty()) {
    p.free_slots.push_back(static_cast<std::uint32_t>(p.slots.size()));
    p.slots.emplace_back();
  }
  const auto index = p.free_slots.back();
  p.free_slots.pop_back();
  auto& place = p.slots[index];
  place.then = std::move(then);
  place.deadline = p.home.now() + left;
  place.remote = remote ? target.get() : nullptr;
  ++p.open;
  if (!p.ticking) {
    p.ticking = true;
    p.home.after(expiry_period, [this] { expire(); });
  }
  // 28 bits of slot, 32 of generation; the id is never 0, which CAF takes for "no request".
  return caf::make_message_id((std::uint64_t{place.generation} << 28) | index);
}

bridge::receiver bridge::parts::close_slot(std::uint64_t number) {
  const auto index = static_cast<std::uint32_t>(number & 0x0FFFFFFF);
  const auto generation = static_cast<std::uint32_t>(number >> 28);
  if (index >= slots.size() || slots[index].generation != generation || !slots[index].then)
    return {};  // answered after its deadline
  receiver out;
  out.swap(slots[index].then);
  if (++slots[index].generation == 0)
    slots[index].generation = 1;
  free_slots.push_back(index);
  --open;
  return out;
}

/// A request to a node that is gone vanishes without a word: so the worker has itself told when
/// the connection breaks.
void bridge::parts::watch(const caf::strong_actor_ptr& target) {
  if (!watched.emplace(target.get(), target).second)
    return;
  target->get()->attach(caf::default_attachable::make_monitor(
      caf::actor_cast<caf::actor_addr>(target), caf::actor_cast<caf::actor_addr>(port),
      caf::message_priority::normal));
}

void bridge::parts::lost(const caf::down_msg& end) {
  const auto* gone = caf::actor_cast<caf::strong_actor_ptr>(end.source).get();
  if (gone == nullptr)
    return;
  for (std::size_t index = 0; index < slots.size(); ++index) {
    const auto& place = slots[index];
    if (place.then && place.remote == gone)
      if (auto then = close_slot((std::uint64_t{place.generation} << 28) | index))
        then(nullptr, errc::deadline);
  }
  watched.erase(gone);
}

void bridge::refuse(receiver then) { parts_->refused.push_back(std::move(then)); }

/// Whether there was anything to deliver.
bool bridge::parts::deliver() {
  arrived.clear();
  box->take(arrived);
  // Continuations may ask again, which may add to `box` and to `refused`: work on what is here now.
  for (auto& answer : arrived)
    if (!answer->mid.is_response())
      lost(answer->content().get_as<caf::down_msg>(0));
    else if (auto then = close_slot(answer->mid.request_id().integer_value()))
      then(&answer->content(), errc::none);
  const bool any = !arrived.empty() || !refused.empty();
  arrived.clear();
  std::vector<receiver> turned_away;
  turned_away.swap(refused);
  for (auto& then : turned_away) then(nullptr, errc::moved);
  return any;
}

void bridge::settle() {
  auto& p = *parts_;
  if (p.settling)
    return;
  p.settling = true;
  bool busy = true;
  while (busy) {  // a delivered answer may have asked again, and so woken an actor
    busy = p.unit.run_some();
    busy = p.deliver() || busy;
  }
  p.settling = false;
}

void bridge::drain(worker&) { settle(); }

void bridge::expire() {
  auto& p = *parts_;
  const auto now = p.home.now();
  for (std::size_t index = 0; index < p.slots.size(); ++index) {
    auto& place = p.slots[index];
    if (place.then && place.deadline <= now)
      if (auto then = p.close_slot((std::uint64_t{place.generation} << 28) | index))
        then(nullptr, errc::deadline);
  }
  settle();
  p.ticking = p.open > 0;
  if (p.ticking)
    p.home.after(expiry_period, [this] { expire(); });
}

}  // namespace glados::http
