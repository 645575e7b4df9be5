// State of a verification actor. Split over verification.cpp (commands) and verification_send.cpp
// (what becomes of its messages).
#pragma once

#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>
#include <memory>
#include <string>
#include <vector>

#include "actors/entity.hpp"

namespace glados::actors {

/// Lives in its actor and runs only there; see verification.hpp.
class verification_actor_state : public entity<verification_actor> {
 public:
  using answer_promise = caf::typed_response_promise<verification_answer>;
  using answer_result = caf::result<verification_answer>;

  void begin(pointer self, std::shared_ptr<shard_context> shard, verification record, bool stored);

  answer_result open(const open_verification& asked);
  answer_result check(const check_code& asked);
  answer_result plan(const plan_resend& asked);
  answer_result resend(const resend_code& asked);
  answer_result cancel(const cancel_verification& asked);
  answer_result get(const get_verification& asked);
  void sent(const code_sent& news);
  void resume(const resume_send& order);

 private:
  /// A message on its way to the gateways.
  struct sending {
    std::string outbox_id;
    caf::actor_id notifier = 0;  ///< who carries it out
    bool opening = false;
    bool answered = true;  ///< nobody waits for its fate
    answer_promise promise;
    bytes16 key_tag{};    ///< with `opening`
    verification before;  ///< the counts to go back to, unless `opening`
  };

  // commands
  void do_open(const open_verification& asked, answer_promise promise);
  void opened(const storage::commit_result& done, const verification& made, const bytes16& key_tag,
              answer_promise promise);
  void do_check(const check_code& asked, answer_promise promise);
  void compare(const check_code& asked, answer_promise promise);
  void accept(const check_code& asked, answer_promise promise);
  void accepted(const proof_answer& done, answer_promise promise);
  void do_resend(const resend_code& asked, answer_promise promise);
  void do_cancel(answer_promise promise);
  verification_answer answer(errc code) const;
  verification_answer refusal(errc code, bool for_check) const;
  /// Queues `body` for the provider that owns the verification; others get not_found.
  template <class Message, class F>
  answer_result command_for(const Message& asked, F body) {
    return submit_for<verification_answer>(
        asked.via, [this, provider = asked.provider_id, body = std::move(body)](auto& promise) {
          if (provider != record_.provider_id)
            promise.deliver(refused<verification_answer>(errc::not_found));
          else
            body(promise);
        });
  }

  // messages to the user
  void start_sending(sending order);
  void waited_enough(const std::string& outbox_id);
  void settle_refusal(const code_sent& news);
  void undo_opening(const code_sent& news);
  void undo_resend(const code_sent& news);
  void undo(storage::commit step, const sending& order, const code_sent& news);
  void fail_late(const code_sent& news);
  void trim(const std::string& outbox_id);
  sending* find_sending(const std::string& outbox_id);
  void drop_sending(const std::string& outbox_id);

  // entity
  void load() override;
  void quiet() override;
  void told_to_stop() override;
  void tell_ended();
  storage::session_limit session() const;

  verification record_;
  std::vector<sending> sending_;
  storage::session_limit sessions_;  ///< key and provider empty; limits as the opening named them
  bool stored_ = false;              ///< false until the opening commit was applied
  bool told_ended_ = false;          ///< the shard knows that nothing will change any more
};

}  // namespace glados::actors
