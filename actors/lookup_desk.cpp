#include "actors/lookup_desk.hpp"

#include <caf/exit_reason.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/send.hpp>

namespace glados::actors {
namespace {

/// What CAF leaves of a message id for the request.
constexpr std::uint64_t number_mask = caf::message_id::request_id_mask;

}  // namespace

/// The desk as other nodes see it: what they send to once they were answered.
class lookup_desk::port final : public caf::monitorable_actor {
 public:
  explicit port(caf::actor_config& cfg) : caf::monitorable_actor(cfg) {}
  void belong_to(std::weak_ptr<lookup_desk> desk) { desk_ = std::move(desk); }

  void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
    if (auto desk = desk_.lock(); desk && what->content().match_elements<lookup_batch>())
      desk->serve(what->content().get_as<lookup_batch>(0), what->sender);
  }

 private:
  std::weak_ptr<lookup_desk> desk_;
};

/// Answers for one asker on another node, as shards and mappings bring them: it is what they
/// answer to, by the number of the question.
class lookup_desk::tray final : public std::enable_shared_from_this<tray> {
 public:
  static std::shared_ptr<tray> make(caf::actor_system& system, caf::strong_actor_ptr asker,
                                    caf::strong_actor_ptr desk, caf::actor_addr gate) {
    auto made = std::make_shared<tray>(std::move(asker), std::move(desk), std::move(gate));
    caf::actor_config cfg;
    auto address = caf::make_actor<receiver, caf::strong_actor_ptr>(
        system.next_actor_id(), system.node(), &system, cfg, std::weak_ptr(made));
    made->address_ = std::move(address);
    return made;
  }
  tray(caf::strong_actor_ptr asker, caf::strong_actor_ptr desk, caf::actor_addr gate)
      : asker_(std::move(asker)), desk_(std::move(desk)), gate_(std::move(gate)) {}

  const caf::strong_actor_ptr& address() const { return address_; }

  void begin() {
    std::lock_guard guard(lock_);
    ++collecting_;
  }

  void put(std::uint64_t number, lookup_answer&& answer) {
    std::lock_guard guard(lock_);
    ready_.push_back({number, std::move(answer)});
    if (collecting_ > 0 || std::exchange(planned_, true))
      return;
    // A late one. By the time the gate gets to it there may be others.
    if (const auto gate = caf::actor_cast<caf::strong_actor_ptr>(gate_))
      caf::anon_send(caf::actor_cast<gate_actor>(gate),
                     continuation{[self = shared_from_this()] { self->send_late(); }});
  }

  /// Sends all there is, even if that is nothing: the asker may go on.
  void send_first() {
    std::unique_lock guard(lock_);
    --collecting_;
    send(true, guard);
  }

 private:
  class receiver final : public caf::monitorable_actor {
   public:
    receiver(caf::actor_config& cfg, std::weak_ptr<tray> of)
        : caf::monitorable_actor(cfg), of_(std::move(of)) {}

    void enqueue(caf::mailbox_element_ptr what, caf::execution_unit*) override {
      const auto of = of_.lock();
      if (!of || !what->mid.is_response())
        return;
      auto& content = what->content();
      lookup_answer got;
      if (content.match_elements<lookup_answer>())
        got = content.move_if_unshared<lookup_answer>(0);
      else
        got.code = failure_of(content);
      of->put(what->mid.request_id().integer_value(), std::move(got));
    }

   private:
    std::weak_ptr<tray> of_;
  };

  void send_late() {
    std::unique_lock guard(lock_);
    planned_ = false;
    if (!ready_.empty())
      send(false, guard);
  }

  void send(bool first, std::unique_lock<std::mutex>& guard) {
    lookup_results out{first, std::exchange(ready_, {})};
    guard.unlock();
    asker_->get()->enqueue(caf::make_mailbox_element(desk_, caf::message_id(), {}, std::move(out)),
                           nullptr);
  }

  const caf::strong_actor_ptr asker_, desk_;
  const caf::actor_addr gate_;
  caf::strong_actor_ptr address_;
  std::mutex lock_;
  std::vector<numbered_answer> ready_;
  int collecting_ = 0;  ///< batches being served now, which will send what is there
  bool planned_ = false;
};

lookup_desk::lookup_desk(caf::actor_system& system, const shard_directory& shards,
                         const gate_actor& gate)
    : system_(system), shards_(shards), gate_(gate.address()), unit_(system) {
  caf::actor_config cfg;
  port_ = caf::make_actor<port, caf::strong_actor_ptr>(system.next_actor_id(), system.node(),
                                                       &system, cfg);
}

std::shared_ptr<lookup_desk> lookup_desk::make(caf::actor_system& system,
                                               const shard_directory& shards,
                                               const gate_actor& gate) {
  std::shared_ptr<lookup_desk> made(new lookup_desk(system, shards, gate));
  static_cast<port*>(made->port_->get())->belong_to(made);
  return made;
}

lookup_desk::~lookup_desk() {
  static_cast<port*>(port_->get())->cleanup(caf::exit_reason::normal, nullptr);
}

std::shared_ptr<lookup_desk::tray> lookup_desk::tray_of(const caf::strong_actor_ptr& asker) {
  const auto address = caf::actor_cast<caf::actor_addr>(asker);
  std::unique_lock guard(trays_lock_);
  if (const auto found = trays_.find(address); found != trays_.end())
    return found->second;
  auto made = trays_[address] = tray::make(system_, asker, port_, gate_);
  guard.unlock();
  // At the latest when the connection to its node breaks.
  asker->get()->attach_functor([desk = weak_from_this(), address](const caf::error&) {
    if (const auto self = desk.lock()) {
      std::lock_guard held(self->trays_lock_);
      self->trays_.erase(address);
    }
  });
  return made;
}

void lookup_desk::put_question(const numbered_lookup& one, const shard_table& table, tray& into) {
  const auto number = one.number & number_mask;
  if (const auto code = table.refusal(one.question.via); code != errc::none)
    return into.put(number, lookup_answer{code, {}, {}, {}, {}});
  const auto& owner = table.owners[one.question.via.shard];
  const auto to = owner ? caf::actor_cast<caf::strong_actor_ptr>(owner)
                        : caf::actor_cast<caf::strong_actor_ptr>(gate_);
  if (!to)
    return into.put(number, lookup_answer{errc::moved, {}, {}, {}, {}});
  to->get()->enqueue(caf::make_mailbox_element(into.address(), caf::make_message_id(number), {},
                                               lookup_mapping(one.question)),
                     owner ? &unit_ : nullptr);
}

void lookup_desk::serve(const lookup_batch& many, const caf::strong_actor_ptr& from) {
  if (!from)
    return;
  const auto back = tray_of(from);
  const auto table = shards_.table();
  back->begin();
  {
    std::lock_guard<std::recursive_mutex> guard(serving_);
    for (const auto& one : many.questions) put_question(one, *table, *back);
    unit_.run_some();
  }
  back->send_first();
}

}  // namespace glados::actors
