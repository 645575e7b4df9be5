// Between an HTTP worker and the actors. One bridge a worker, made before its server starts and
// living until after the server has stopped; used only on its worker's thread.
//
// A question goes out as an ordinary CAF request. The worker lends its own thread to the actors
// that the question wakes (it is a caf::execution_unit, as CAF's own socket loop is), so that a
// warm lookup crosses no thread and makes no system call: shard, mapping and answer run one after
// the other after the handful of events that brought it, together with those of the other
// requests among these (docs/performance.md: a sixth less time than each for itself). An actor that
// is busy on another thread just gets the message in its mailbox, and its answer comes back through
// a queue that wakes the worker. See docs/decisions/0001. Lookups for other nodes go along lines
// (actors/lookup_line.hpp), many in one message.
//
// Every question is answered exactly once: by the actor; with `errc::moved` when there was nobody
// to ask, or the actor ended before it took the question, so that nothing was done; with
// `errc::deadline` when it ended over the question, when the connection to its node broke, or when
// `left` is over (checked four times a second): then nothing is known.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <chrono>
#include <functional>
#include <memory>
#include <type_traits>
#include <utility>

#include "actors/inline_unit.hpp"
#include "actors/lookup_line.hpp"
#include "domain/errc.hpp"
#include "http/worker.hpp"

namespace glados::http {

class bridge final : public completion_sink {
 public:
  /// `lines`: along which lookups go to other nodes; null: each goes by itself.
  bridge(worker& home, caf::actor_system& system, actors::lookup_lines* lines = nullptr);
  ~bridge() override;
  bridge(const bridge&) = delete;
  bridge& operator=(const bridge&) = delete;

  /// Takes the answer to one question.
  class receiving {
   public:
    virtual ~receiving() = default;
    /// Null: there is none, because of `failure`.
    virtual void take(const caf::type_erased_tuple* answer, errc failure) = 0;
  };
  using receiver = std::unique_ptr<receiving>;

  /// A question that has not left yet.
  class waiting_question : public receiving {
   public:
    /// Asks. `self` is this object, which takes the answer, too.
    virtual void leave(std::unique_ptr<waiting_question> self) = 0;
  };

  /// Sends `what` to `whom`; `then(const Answer&)` runs later on this worker's thread. An answer
  /// that could not be had is an `Answer` with only `code` set. `whom` may be invalid: then at
  /// once.
  template <class Answer, class Handle, class Message, class Then>
  void ask(const Handle& whom, Message&& what, std::chrono::milliseconds left, Then then) {
    send(pointer_to(whom), std::forward<Message>(what), left,
         std::make_unique<receiving_as<Answer, Then>>(std::move(then)));
  }

  /// Has a question leave together with the others of these events, when they were all read: by
  /// then the memory of whom it goes to, asked for now, has come.
  void ask_soon(std::unique_ptr<waiting_question> what);

  /// `ask`, for somebody who takes what comes as it comes.
  template <class Message>
  void send(const caf::strong_actor_ptr& target, Message&& what, std::chrono::milliseconds left,
            receiver then) {
    if (!target)
      return refuse(std::move(then));
    const auto id = open_slot(std::move(then), left, target);
    if constexpr (std::is_same_v<std::decay_t<Message>, actors::lookup_mapping>)
      if (send_along(target, id, what))
        return;
    target->get()->enqueue(caf::make_mailbox_element(port(), id, {}, std::forward<Message>(what)),
                           unit());
  }

  /// Calls `then(const Answer&)` with what came, or with a code alone for what did not come or came
  /// as something else.
  template <class Answer, class Then>
  static void hand_on(const caf::type_erased_tuple* answer, errc failure, Then&& then) {
    if (answer != nullptr && answer->match_elements<Answer>())
      return then(answer->get_as<Answer>(0));
    Answer none{};
    none.code = answer == nullptr ? failure : actors::failure_of(*answer);
    then(none);
  }

  /// Sends what was to leave soon, runs the actors that were woken on this thread and delivers
  /// their answers, and those that other threads left, until quiet; then sends the lookups for
  /// other nodes that came up.
  void drain(worker& self) override;

  /// Questions not answered yet.
  std::size_t waiting() const;

 private:
  static const caf::strong_actor_ptr& pointer_to(const caf::strong_actor_ptr& whom) { return whom; }
  template <class Handle>
  static caf::strong_actor_ptr pointer_to(const Handle& whom) {
    return caf::actor_cast<caf::strong_actor_ptr>(whom);
  }

  struct parts;

  template <class Answer, class Then>
  class receiving_as final : public receiving {
   public:
    explicit receiving_as(Then then) : then_(std::move(then)) {}
    void take(const caf::type_erased_tuple* answer, errc failure) override {
      hand_on<Answer>(answer, failure, then_);
    }

   private:
    Then then_;
  };

  caf::message_id open_slot(receiver then, std::chrono::milliseconds left,
                            const caf::strong_actor_ptr& target);
  /// Leaves a lookup for another node to a line; false: it is for this node.
  bool send_along(const caf::strong_actor_ptr& target, caf::message_id id,
                  actors::lookup_mapping& what);
  void refuse(receiver then);
  void expire();
  const caf::strong_actor_ptr& port() const;
  caf::execution_unit* unit() const;

  std::unique_ptr<parts> parts_;
};

}  // namespace glados::http
