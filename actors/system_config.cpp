#include "actors/system_config.hpp"

#include <caf/atom.hpp>

#include "actors/type_ids.hpp"

namespace glados::actors {

system_config::system_config(std::size_t threads) {
  add_types();
  // HTTP workers run the hot path themselves (docs/decisions/0001), so what is left for these
  // threads is rare: a shared queue with a condition variable wakes them at once and costs nothing
  // while idle. Work stealing polls: two idle threads took a tenth of a core, or a lone answer of
  // the store waited up to 10 ms.
  set("scheduler.policy", caf::atom("sharing"));
  set("scheduler.max-threads", threads);
}

system_config::system_config(testing) {
  add_types();
  set("scheduler.policy", caf::atom("testing"));
}

void system_config::add_types() { add_message_types<caf::id_block::glados>(); }

}  // namespace glados::actors
