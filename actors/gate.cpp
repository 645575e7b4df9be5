#include "actors/gate.hpp"

#include <caf/actor_system.hpp>
#include <caf/typed_event_based_actor.hpp>

namespace glados::actors {
namespace {

template <class Answer>
Answer refusal_of(errc code) {
  Answer out;
  out.code = code;
  return out;
}

/// A handler for one routed message.
template <class Message, class Answer>
auto pass(gate_actor::pointer self, const shard_directory* shards) {
  return [self, shards](const Message& asked) -> caf::result<Answer> {
    const auto table = shards->table();
    if (asked.via.left.count() <= 0)
      return refusal_of<Answer>(errc::deadline);
    if (asked.via.view != table->view || asked.via.shard >= shard_count)
      return refusal_of<Answer>(errc::moved);
    const auto& owner = table->owners[asked.via.shard];
    if (!owner)
      return refusal_of<Answer>(errc::moved);
    return self->delegate(owner, asked);
  };
}

gate_actor::behavior_type gate(gate_actor::pointer self, const shard_directory* shards) {
  return {
      pass<lookup_mapping, lookup_answer>(self, shards),
      pass<decide_mapping, mapping_answer>(self, shards),
      pass<get_mapping, mapping_answer>(self, shards),
      pass<find_mapping, mapping_answer>(self, shards),
      pass<remove_mapping, mapping_answer>(self, shards),
      pass<open_verification, verification_answer>(self, shards),
      pass<check_code, verification_answer>(self, shards),
      pass<plan_resend, verification_answer>(self, shards),
      pass<resend_code, verification_answer>(self, shards),
      pass<cancel_verification, verification_answer>(self, shards),
      pass<get_verification, verification_answer>(self, shards),
      pass<find_answer, found_answer>(self, shards),
      pass<get_change, change_answer>(self, shards),
      pass<register_rows, register_answer>(self, shards),
      pass<retract_rows, retract_answer>(self, shards),
      [self](const stop&) { self->quit(); },
  };
}

}  // namespace

gate_actor spawn_gate(caf::actor_system& system, const shard_directory& shards) {
  return system.spawn(gate, &shards);
}

}  // namespace glados::actors
