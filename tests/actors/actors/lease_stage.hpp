// Several nodes' sessions of one provider over one simulated store, in virtual time: what leases of
// the lookup budget are tested on. Each node has what an HTTP worker has of the session: its view.
#pragma once

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/scheduler/test_coordinator.hpp>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "actors/session.hpp"
#include "actors/system_config.hpp"
#include "domain/quota.hpp"
#include "storage/simulated_store.hpp"

namespace glados::testing {

using namespace std::chrono_literals;

class lease_stage {
 public:
  /// What a lookup turned out to be.
  enum class kind { hit, miss, unanswered };

  explicit lease_stage(std::uint64_t budget, std::size_t nodes = 1);
  ~lease_stage();
  lease_stage(const lease_stage&) = delete;
  lease_stage& operator=(const lease_stage&) = delete;

  /// One lookup on that node as http/lookup_budget.cpp makes it; `then` hears whether it was
  /// admitted, at once or in a later `run`. It is settled at once.
  void look_up(std::size_t node, kind what, std::function<void(errc)> then = {});
  /// The same, run to its end.
  errc look_up_now(std::size_t node, kind what);

  void run();  ///< until nothing is left to do at this instant
  void advance(std::chrono::microseconds span);
  void crash(std::size_t node);  ///< and a new incarnation of it starts
  void stop(std::size_t node);   ///< the session ends in order; the next lookup makes another

  /// An operator sets or takes away the budget; `node` hears of it now, others when told.
  void fix(std::optional<std::uint64_t> budget);
  void tell(std::size_t node);
  void add_users(std::int32_t delta);

  actors::local_lease& lease(std::size_t node);
  /// Units that lie unspent with all nodes.
  std::uint64_t held() const;
  std::size_t size() const;
  instant now() const { return store.now(); }
  /// What storage is asked next fails so.
  void fail_storage(storage::simulated_store::fault how);

  storage::simulated_store store;
  std::uint64_t leases = 0;  ///< questions to storage that granted or took back

 private:
  struct one_node;
  struct parts;

  void start(std::size_t node);
  void settle(std::size_t node, actors::local_lease::era era, kind what);
  actors::session_actor session(std::size_t node);
  caf::scheduler::test_coordinator& scheduler();

  std::unique_ptr<parts> parts_;
  provider who_;
  actors::session_limits limits_;
  actors::system_config config_{actors::system_config::testing{}};
  caf::actor_system system_{config_};
  int entries_ = 0;
};

}  // namespace glados::testing
