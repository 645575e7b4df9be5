#include "app/errands.hpp"

#include <caf/send.hpp>

#include "actors/errand_keeper.hpp"

namespace glados::app {

errands::errands(actors::node_context& node, actors::session_directory& providers)
    : node_(node), providers_(providers) {
  node_.errands = this;
  node_.terminated = [this](const std::string& id) {
    const auto view = providers_.by_id(id);
    return view && view->facts()->state == provider_state::terminated;
  };
}

void errands::start(caf::actor_system& system, const actors::shard_directory& shards) {
  actors::errand_hooks hooks;
  hooks.spawned = [this](const actors::registrar_actor&, const actors::sweeper_actor& sweeper) {
    std::lock_guard guard(lock_);
    sweeper_ = sweeper;
  };
  hooks.gave_up = [this] { failed_ = true; };
  std::lock_guard guard(lock_);
  keeper_ = actors::spawn_errand_keeper(system, node_, providers_, shards, std::move(hooks));
}

void errands::stop() {
  std::lock_guard guard(lock_);
  if (keeper_)
    caf::anon_send(keeper_, actors::stop{});
  keeper_ = actors::registrar_actor{};
  sweeper_ = actors::sweeper_actor{};
}

actors::registrar_actor errands::registrar() const {
  std::lock_guard guard(lock_);
  return keeper_;
}

void errands::review(const std::string& provider_id) {
  const auto to = registrar();
  if (!to)
    return;
  actors::registry_call call;
  call.by = {"standing", admin_role::operator_};
  call.what = actors::review_standing{provider_id};
  caf::anon_send(to, std::move(call));
}

void errands::sweep_soon() {
  std::lock_guard guard(lock_);
  if (sweeper_)
    caf::anon_send(sweeper_, actors::recover{});
}

}  // namespace glados::app
