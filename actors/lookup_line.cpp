#include "actors/lookup_line.hpp"

#include <algorithm>
#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <stdexcept>
#include <utility>

#include "actors/type_ids.hpp"

namespace glados::actors {
namespace {

constexpr std::uint64_t most_askers = std::uint64_t{1} << asker_bits;

std::uint64_t asker_of(const numbered_answer& one) {
  return (one.number >> asker_shift) % most_askers;
}

}  // namespace

/// What the other node answers to.
class lookup_line::port final : public caf::monitorable_actor {
 public:
  explicit port(caf::actor_config& cfg) : caf::monitorable_actor(cfg) {}
  void belong_to(std::weak_ptr<lookup_line> line) { line_ = std::move(line); }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    const auto line = line_.lock();
    if (!line || !what->content().match_elements<lookup_results>())
      return;
    auto got = what->content().move_if_unshared<lookup_results>(0);
    line->results(got, what->sender);
  }

 private:
  std::weak_ptr<lookup_line> line_;
};

lookup_line::lookup_line(std::shared_ptr<const lookup_askers> askers,
                         const caf::strong_actor_ptr& gate, std::size_t most)
    : askers_(std::move(askers)), most_(most), target_(gate) {}

std::shared_ptr<lookup_line> lookup_line::make(caf::actor_system& system,
                                               std::shared_ptr<const lookup_askers> askers,
                                               const caf::strong_actor_ptr& gate,
                                               std::size_t most) {
  std::shared_ptr<lookup_line> made(new lookup_line(std::move(askers), gate, most));
  caf::actor_config cfg;
  made->port_ = caf::make_actor<port, caf::strong_actor_ptr>(system.next_actor_id(), system.node(),
                                                             &system, cfg);
  static_cast<port*>(made->port_->get())->belong_to(made);
  gate->get()->attach_functor([line = std::weak_ptr(made)](const caf::error&) {
    if (const auto self = line.lock())
      self->end();
  });
  return made;
}

bool lookup_line::ask(std::uint64_t number, const lookup_mapping& what) {
  std::unique_lock guard(lock_);
  if (ended_)
    return false;
  gathered_.push_back({number, clock::now() + what.via.left, what});
  if (gathered_.size() < most_)
    return under_way_ == 0;
  send(guard);
  return false;
}

void lookup_line::flush() {
  std::unique_lock guard(lock_);
  if (!ended_ && under_way_ == 0 && !gathered_.empty())
    send(guard);
}

/// Releases the lock.
void lookup_line::send(std::unique_lock<std::mutex>& guard) {
  const auto now = clock::now();
  lookup_batch out;
  out.questions.reserve(gathered_.size());
  for (auto& one : gathered_) {
    one.question.via.left = std::chrono::duration_cast<std::chrono::milliseconds>(one.until - now);
    if (one.question.via.left.count() > 0)  // else its asker gives it up itself
      out.questions.push_back({one.number, one.question});
  }
  gathered_.clear();
  if (out.questions.empty())
    return guard.unlock();
  ++under_way_;
  const auto target = target_;
  guard.unlock();
  target->get()->enqueue(caf::make_mailbox_element(port_, caf::message_id(), {}, std::move(out)),
                         nullptr);
}

void lookup_line::results(lookup_results& got, const caf::strong_actor_ptr& desk) {
  if (got.first) {
    std::unique_lock guard(lock_);
    if (ended_)
      return;
    if (desk)
      target_ = desk;
    if (under_way_ > 0)
      --under_way_;
    if (under_way_ == 0 && !gathered_.empty())
      send(guard);
  }
  auto& all = got.answers;
  std::sort(all.begin(), all.end(),
            [](const auto& a, const auto& b) { return asker_of(a) < asker_of(b); });
  for (auto at = all.begin(); at != all.end();) {
    const auto whose = asker_of(*at);
    const auto end =
        std::find_if(at, all.end(), [&](const auto& one) { return asker_of(one) != whose; });
    if (whose < askers_->size())
      (*askers_)[whose]->answered({at, end});
    at = end;
  }
}

bool lookup_line::ended() const {
  std::lock_guard guard(lock_);
  return ended_;
}

void lookup_line::end() {
  {
    std::lock_guard guard(lock_);
    if (std::exchange(ended_, true))
      return;
    gathered_.clear();
  }
  static_cast<port*>(port_->get())->cleanup(caf::exit_reason::normal, nullptr);
}

lookup_lines::lookup_lines(caf::actor_system& system, std::size_t most)
    : system_(system), most_(most) {}

lookup_lines::~lookup_lines() {
  for (const auto& [gate, line] : lines_) line->end();
}

std::uint64_t lookup_lines::add(std::shared_ptr<lookup_asker> one) {
  if (askers_->size() >= most_askers)
    throw std::length_error("more HTTP threads than lookup numbers tell apart");
  askers_->push_back(std::move(one));
  return static_cast<std::uint64_t>(askers_->size() - 1) << asker_shift;
}

std::shared_ptr<lookup_line> lookup_lines::to(const caf::strong_actor_ptr& gate) {
  std::lock_guard guard(lock_);
  auto& at = lines_[gate.get()];
  if (!at || at->ended()) {
    at.reset();
    std::erase_if(lines_, [](const auto& line) { return !line.second || line.second->ended(); });
    return lines_[gate.get()] = lookup_line::make(system_, askers_, gate, most_);
  }
  return at;
}

}  // namespace glados::actors
