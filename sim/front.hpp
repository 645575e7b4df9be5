// What stands for a node's HTTP workers: asks actors as http/bridge.cpp and http/api.hpp do, with
// the same policy for what did not get there, and gives each question exactly one answer.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/mailbox_element.hpp>
#include <caf/message.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "actors/repeatable.hpp"
#include "domain/errc.hpp"
#include "sim/timeline.hpp"

namespace glados::sim {

class life;

/// One a process; ends with it.
class front {
 public:
  explicit front(life& of);
  ~front();
  front(const front&) = delete;
  front& operator=(const front&) = delete;

  static constexpr moment usual_left = 5 * second;  ///< http's actor_deadline

  /// Asks one actor.
  template <class Answer, class Message>
  void ask(const caf::strong_actor_ptr& whom, Message what, std::function<void(const Answer&)> then,
           moment left = usual_left) {
    auto receive = [then = std::move(then)](const caf::message* answer, errc failure) {
      if (answer != nullptr && answer->match_elements<Answer>())
        return then(answer->get_as<Answer>(0));
      Answer none{};
      none.code = answer == nullptr ? failure : failure_of(*answer);
      then(none);
    };
    send(whom, caf::make_message(std::move(what)), std::move(receive), left);
  }
  /// Asks the owner of `what.via.shard`, whichever node that is.
  template <class Answer, class Message>
  void ask_owner(Message what, std::function<void(const Answer&)> then, moment left = usual_left) {
    ask_owner<Answer>(std::move(what), std::move(then), now() + left, most_asks);
  }

  void answered(caf::message_id id, const caf::message& what);
  /// The connection to this gate broke: nobody knows what became of what was asked there.
  void lost(const caf::strong_actor_ptr& gate);
  /// The process ended: callers see their connections break.
  void end();
  const caf::strong_actor_ptr& port() const { return port_; }
  std::size_t waiting() const { return open_.size(); }
  /// An answer came for a question that had one.
  bool answered_twice() const { return answered_twice_; }

 private:
  using receiver = std::function<void(const caf::message*, errc)>;
  struct slot {
    receiver then;
    caf::strong_actor_ptr whom;
  };
  static constexpr int most_asks = 3;

  template <class Answer, class Message>
  void ask_owner(Message what, std::function<void(const Answer&)> then, moment until, int asks) {
    const auto whom = find_owner(what.via, until);
    ask<Answer>(
        whom, what,
        [this, what, then = std::move(then), until, asks, asked = whom.get()](const Answer& got) {
          const bool again =
              (got.code == errc::moved && asks > 1) ||
              (got.code == errc::deadline && asks == most_asks && actors::changes_nothing<Message>);
          if (!again)
            return then(got);
          when_moved(what.via.shard, asked, until, [this, what, then, until, asks] {
            ask_owner<Answer>(what, then, until, asks - 1);
          });
        },
        until - now());
  }

  static errc failure_of(const caf::message& answer);
  moment now() const;
  void send(const caf::strong_actor_ptr& whom, caf::message what, receiver then, moment left);
  receiver close(std::uint64_t number);
  caf::strong_actor_ptr find_owner(actors::route& via, moment until) const;
  void when_moved(shard_id shard, const void* asked, moment until, std::function<void()> then);
  void look_for_owner(shard_id shard, const void* asked, moment until, std::function<void()> then);

  life& life_;
  caf::strong_actor_ptr port_;
  std::uint64_t next_ = 0;
  std::map<std::uint64_t, slot> open_;
  std::set<std::uint64_t> overdue_;  ///< ended by their time; an answer may still come
  bool answered_twice_ = false;
};

}  // namespace glados::sim
