// A world whose node backs up and restores.
#pragma once

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "actors/backup_desk.hpp"
#include "world.hpp"

namespace glados::testing {

struct desk_world : world {
  desk_world() : desk(actors::spawn_backup_desk(system, node, store)) { run(); }
  ~desk_world() {
    caf::anon_send(desk, actors::stop{});
    run();
  }

  asked<actors::backup_answer> tell(actors::backup_operation what) {
    auto out = std::make_shared<outcome<actors::backup_answer>>();
    system.spawn([to = desk, what = std::move(what), out](caf::event_based_actor* self) {
      self->request(to, 60s, actors::backup_call{what})
          .then(
              [out](const actors::backup_answer& got) {
                ++out->answers;
                out->last = got;
              },
              [out](const caf::error&) { out->bounced = true; });
    });
    return out;
  }

  actors::backup_desk_actor desk;
};

/// Three people of alpha's, the last one contested by beta.
inline void fill(world& w) {
  for (int who = 1; who <= 3; ++who) w.prove("v" + std::to_string(who), who);
  w.prove("v4", 3, "beta", "user-2");
}

}  // namespace glados::testing
