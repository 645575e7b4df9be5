// How a store's answer comes back to the actor that asked. Stores call back on a thread of their
// own; the callback made here only posts a `continuation`, which the actor runs in its own turn. No
// response promise is ever delivered from a store's thread.
#pragma once

#include <caf/actor_cast.hpp>
#include <caf/send.hpp>
#include <utility>

#include "actors/protocol.hpp"

namespace glados::actors {

/// A callback that runs `f` with the same arguments as a message of `self`. It holds the actor
/// until it was called or dropped; should the actor have ended by then, `f` is never run.
template <class Handle, class F>
auto on_self(Handle self, F f) {
  return [to = std::move(self), f = std::move(f)](auto... answer) mutable {
    caf::anon_send(to, continuation{[f = std::move(f), ... answer = std::move(answer)]() mutable {
                     f(std::move(answer)...);
                   }});
  };
}

}  // namespace glados::actors
