#include "app/errands.hpp"

#include <caf/send.hpp>

#include "actors/registrar.hpp"
#include "actors/sweeper.hpp"

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
  std::lock_guard guard(lock_);
  registrar_ = actors::spawn_registrar(system, node_, providers_);
  sweeper_ = actors::spawn_sweeper(system, node_, shards);
}

void errands::stop() {
  std::lock_guard guard(lock_);
  if (registrar_)
    caf::anon_send(registrar_, actors::stop{});
  if (sweeper_)
    caf::anon_send(sweeper_, actors::stop{});
  registrar_ = actors::registrar_actor{};
  sweeper_ = actors::sweeper_actor{};
}

actors::registrar_actor errands::registrar() const {
  std::lock_guard guard(lock_);
  return registrar_;
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
