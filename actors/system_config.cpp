#include "actors/system_config.hpp"

#include <caf/atom.hpp>
#include <caf/timespan.hpp>

#include <chrono>

#include "actors/type_ids.hpp"

namespace glados::actors {

system_config::system_config(std::size_t threads) {
  add_types();
  // Work stealing is a quarter faster than the shared queue under load, but an idle thread of it
  // polls: with CAF's 10 ms a lone answer from the store would wait that long. Half a millisecond
  // costs about one percent of a core per idle thread.
  set("scheduler.policy", caf::atom("stealing"));
  set("scheduler.max-threads", threads);
  set("work-stealing.aggressive-poll-attempts", std::size_t{50});
  set("work-stealing.moderate-poll-attempts", std::size_t{200});
  set("work-stealing.moderate-sleep-duration", caf::timespan(std::chrono::microseconds(50)));
  set("work-stealing.relaxed-sleep-duration", caf::timespan(std::chrono::microseconds(500)));
}

system_config::system_config(testing) {
  add_types();
  set("scheduler.policy", caf::atom("testing"));
}

void system_config::add_types() {
  add_message_types<caf::id_block::glados>();
}

}  // namespace glados::actors
