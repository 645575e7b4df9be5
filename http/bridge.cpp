#include "http/bridge.hpp"

#include <algorithm>
#include <atomic>
#include <caf/default_attachable.hpp>
#include <caf/logger.hpp>
#include <caf/make_actor.hpp>
#include <caf/make_type_erased_tuple_view.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/system_messages.hpp>
#include <iterator>
#include <map>
#include <mutex>
#include <vector>

#include "actors/inline_unit.hpp"

namespace glados::http {
namespace {

constexpr std::chrono::milliseconds expiry_period{250};
constexpr std::uint64_t slot_mask = (std::uint64_t{1} << actors::asker_shift) - 1;
constexpr int generation_shift = actors::asker_shift + actors::asker_bits;

/// Answers on their way to the worker. Any thread puts, the worker takes. What comes from an actor
/// that the worker itself runs, nearly all of it, passes without the lock.
class inbox final : public actors::lookup_asker {
 public:
  explicit inbox(worker& home) : home_(&home) {}

  void put(caf::mailbox_element_ptr answer) {
    if (closed_.load(std::memory_order_relaxed))
      return;
    if (worker::current() == home_)
      return own_.push_back(std::move(answer));
    std::lock_guard guard(lock_);
    if (closed_.load(std::memory_order_relaxed))
      return;
    answers_.push_back(std::move(answer));
    fill();
  }

  void answered(std::span<actors::numbered_answer> some) override {
    std::lock_guard guard(lock_);
    if (closed_.load(std::memory_order_relaxed))
      return;
    lookups_.insert(lookups_.end(), std::move_iterator(some.begin()),
                    std::move_iterator(some.end()));
    fill();
  }

  /// `out` and `lookups` are empty.
  void take(std::vector<caf::mailbox_element_ptr>& out,
            std::vector<actors::numbered_answer>& lookups) {
    out.swap(own_);
    if (!filled_.load(std::memory_order_acquire))
      return;
    std::lock_guard guard(lock_);
    std::move(answers_.begin(), answers_.end(), std::back_inserter(out));
    answers_.clear();
    lookups.swap(lookups_);
    filled_.store(false, std::memory_order_relaxed);
  }

  /// The worker's thread has ended.
  void close() {
    std::lock_guard guard(lock_);
    closed_.store(true, std::memory_order_relaxed);
    answers_.clear();
    lookups_.clear();
    own_.clear();
  }

 private:
  void fill() {
    if (filled_.exchange(true, std::memory_order_release) || worker::current() == home_)
      return;
    home_->wake();
  }

  worker* const home_;
  std::vector<caf::mailbox_element_ptr> own_;  ///< the worker's thread only
  std::atomic<bool> filled_{false}, closed_{false};
  std::mutex lock_;
  std::vector<caf::mailbox_element_ptr> answers_;  ///< guarded by lock_, as is the next
  std::vector<actors::numbered_answer> lookups_;
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

  /// A node that was asked.
  struct peer {
    caf::strong_actor_ptr gate;  ///< held until it is gone
    std::shared_ptr<actors::lookup_line> line;
  };

  parts(worker& at, caf::actor_system& system, actors::lookup_lines* to)
      : home(at), unit(system), box(std::make_shared<inbox>(at)), lines(to) {
    if (lines != nullptr)
      asker = lines->add(box);
    caf::actor_config cfg;
    port = caf::make_actor<answer_port, caf::strong_actor_ptr>(system.next_actor_id(),
                                                               system.node(), &system, cfg, box);
  }

  receiver close_slot(std::uint64_t number);
  peer& watch(const caf::strong_actor_ptr& target);
  void lost(const caf::down_msg& end);
  void tell(receiver then, const caf::type_erased_tuple* answer, errc failure);
  bool send_off();
  bool deliver();

  worker& home;
  actors::inline_unit unit;
  std::shared_ptr<inbox> box;
  actors::lookup_lines* lines;
  std::uint64_t asker = 0;  ///< this worker's part of the numbers of questions
  caf::strong_actor_ptr port;
  std::vector<slot> slots;
  std::vector<std::uint32_t> free_slots;
  std::vector<caf::mailbox_element_ptr> arrived;
  std::vector<actors::numbered_answer> arrived_lookups;
  std::vector<receiver> refused;
  std::vector<std::unique_ptr<waiting_question>> to_leave, leaving;
  std::map<const caf::actor_control_block*, peer> watched;  ///< by address of the gate
  std::vector<std::shared_ptr<actors::lookup_line>> to_flush;
  std::size_t open = 0;
  bool ticking = false;
};

bridge::bridge(worker& home, caf::actor_system& system, actors::lookup_lines* lines)
    : parts_(std::make_unique<parts>(home, system, lines)) {
  home.add_sink(*this);
}

bridge::~bridge() { parts_->box->close(); }

const caf::strong_actor_ptr& bridge::port() const { return parts_->port; }
caf::execution_unit* bridge::unit() const { return &parts_->unit; }
std::size_t bridge::waiting() const { return parts_->open; }

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
  // The id is never 0, which CAF takes for "no request".
  return caf::make_message_id((std::uint64_t{place.generation} << generation_shift) | p.asker |
                              index);
}

bool bridge::send_along(const caf::strong_actor_ptr& target, caf::message_id id,
                        actors::lookup_mapping& what) {
  auto& p = *parts_;
  if (p.lines == nullptr || target->node() == p.port->node())
    return false;
  auto& peer = p.watch(target);
  if (!peer.line)
    peer.line = p.lines->to(target);
  if (peer.line->ask(id.integer_value(), what) &&
      std::find(p.to_flush.begin(), p.to_flush.end(), peer.line) == p.to_flush.end())
    p.to_flush.push_back(peer.line);
  return true;
}

bridge::receiver bridge::parts::close_slot(std::uint64_t number) {
  const auto index = static_cast<std::uint32_t>(number & slot_mask);
  const auto generation = static_cast<std::uint32_t>(number >> generation_shift);
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
bridge::parts::peer& bridge::parts::watch(const caf::strong_actor_ptr& target) {
  const auto [at, fresh] = watched.try_emplace(target.get(), peer{target, {}});
  if (fresh)
    target->get()->attach(caf::default_attachable::make_monitor(
        caf::actor_cast<caf::actor_addr>(target), caf::actor_cast<caf::actor_addr>(port),
        caf::message_priority::normal));
  return at->second;
}

void bridge::parts::lost(const caf::down_msg& end) {
  const auto* gone = caf::actor_cast<caf::strong_actor_ptr>(end.source).get();
  if (gone == nullptr)
    return;
  // First: who is told may ask there again, and must be told of that, too.
  const auto held = watched.extract(gone);
  for (std::size_t index = 0; index < slots.size(); ++index) {
    const auto& place = slots[index];
    if (place.then && place.remote == gone)
      if (auto then = close_slot((std::uint64_t{place.generation} << generation_shift) | index))
        tell(std::move(then), nullptr, errc::deadline);
  }
}

void bridge::ask_soon(std::unique_ptr<waiting_question> what) {
  parts_->to_leave.push_back(std::move(what));
}

/// Whether there was anything to send.
bool bridge::parts::send_off() {
  if (to_leave.empty())
    return false;
  leaving.swap(to_leave);
  for (auto& one : leaving) {
    auto* const what = one.get();
    try {
      what->leave(std::move(one));
    } catch (...) {  // ends this question alone, as in `tell`
      home.counters().exceptions.add();
    }
  }
  leaving.clear();
  return true;
}

void bridge::refuse(receiver then) { parts_->refused.push_back(std::move(then)); }

/// What a continuation throws ends its own question alone: with the continuation goes its call,
/// which answers 500.
void bridge::parts::tell(receiver then, const caf::type_erased_tuple* answer, errc failure) {
  try {
    then->take(answer, failure);
  } catch (...) {  // nothing of the exception's text leaves the process
    home.counters().exceptions.add();
  }
}

/// Whether there was anything to deliver.
bool bridge::parts::deliver() {
  arrived.clear();
  arrived_lookups.clear();
  box->take(arrived, arrived_lookups);
  // Continuations may ask again, which may add to `box` and to `refused`: work on what is here now.
  for (auto& answer : arrived)
    if (!answer->mid.is_response())
      lost(answer->content().get_as<caf::down_msg>(0));
    else if (auto then = close_slot(answer->mid.request_id().integer_value()))
      tell(std::move(then), &answer->content(), errc::none);
  for (auto& one : arrived_lookups)
    if (auto then = close_slot(one.number)) {
      const auto answer = caf::make_type_erased_tuple_view(one.answer);
      tell(std::move(then), &answer, errc::none);
    }
  const bool any = !arrived.empty() || !arrived_lookups.empty() || !refused.empty();
  arrived.clear();
  arrived_lookups.clear();
  std::vector<receiver> turned_away;
  turned_away.swap(refused);
  for (auto& then : turned_away) tell(std::move(then), nullptr, errc::moved);
  return any;
}

void bridge::drain(worker&) {
  auto& p = *parts_;
  // A spawn leaves CAF's logger with the thread; from then on every actor that runs here would be
  // entered in a map, under a lock that all threads share, for log lines that nobody writes.
  if (caf::logger::current_logger() != nullptr)
    caf::logger::set_current_actor_system(nullptr);
  bool busy = true;
  while (busy) {  // a delivered answer may have asked again, and so woken an actor
    busy = p.send_off();
    busy = p.unit.run_some() || busy;
    busy = p.deliver() || busy;
  }
  for (const auto& line : p.to_flush) line->flush();
  p.to_flush.clear();
}

void bridge::expire() {
  auto& p = *parts_;
  const auto now = p.home.now();
  for (std::size_t index = 0; index < p.slots.size(); ++index) {
    auto& place = p.slots[index];
    if (place.then && place.deadline <= now)
      if (auto then = p.close_slot((std::uint64_t{place.generation} << generation_shift) | index))
        p.tell(std::move(then), nullptr, errc::deadline);
  }
  p.ticking = p.open > 0;
  if (p.ticking)
    p.home.after(expiry_period, [this] { expire(); });
}

}  // namespace glados::http
