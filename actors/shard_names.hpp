// What a shard does with a question under names that are not its own; see shard_names.cpp.
#pragma once

#include "actors/entity.hpp"
#include "actors/shard_state.hpp"

namespace glados::actors {

/// The names in a message, brought to so many layers. False: one has more layers than that. Users
/// that go into a record are sealed for its name.
bool rename_message(lookup_mapping& asked, const node_context& node, std::uint8_t layers);
bool rename_message(decide_mapping& asked, const node_context& node, std::uint8_t layers);
bool rename_message(get_mapping& asked, const node_context& node, std::uint8_t layers);
bool rename_message(find_mapping& asked, const node_context& node, std::uint8_t layers);
bool rename_message(remove_mapping& asked, const node_context& node, std::uint8_t layers);
bool rename_message(proof_accepted& right, const node_context& node, std::uint8_t layers);
bool rename_message(register_rows& asked, const node_context& node, std::uint8_t layers);
bool rename_message(retract_rows& asked, const node_context& node, std::uint8_t layers);

/// While the shard is being renamed the command waits; the time it waits is taken from what it has
/// left.
template <class Answer, class Message>
caf::result<Answer> shard_actor_state::hold(const Message& asked) {
  if (closed_)
    return refused<Answer>(errc::moved);
  if (held_.size() >= limits().queue_per_load)
    return refused<Answer>(errc::overloaded);
  auto promise = self_->make_response_promise<Answer>();
  held_.push_back([self = self_, promise, asked = Message(asked),
                   since = self_->clock().now()](errc code) mutable {
    asked.via.left -= std::chrono::ceil<std::chrono::milliseconds>(self->clock().now() - since);
    if (code == errc::none && asked.via.left <= asked.via.left.zero())
      code = errc::deadline;
    if (code == errc::none)
      promise.delegate(shard_actor{self}, std::move(asked));
    else
      promise.deliver(refused<Answer>(code));
  });
  return promise;
}

/// Handles a message whose names are not those that the shard serves: later, or under its own.
template <class Answer, class Message>
caf::result<Answer> shard_actor_state::under_own_names(
    const Message& asked, caf::result<Answer> (shard_actor_state::*handle)(const Message&)) {
  if (!serves_names())
    return hold<Answer>(asked);
  auto renamed = asked;
  if (!rename_message(renamed, shard_->node, names_))
    return refused<Answer>(errc::moved);  // the caller knows more than this owner
  return (this->*handle)(renamed);
}

}  // namespace glados::actors
