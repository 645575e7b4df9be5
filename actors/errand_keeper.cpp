#include "actors/errand_keeper.hpp"

#include <caf/actor_system.hpp>
#include <caf/stateful_actor.hpp>
#include <caf/typed_event_based_actor.hpp>

#include "actors/continuation.hpp"
#include "actors/guardian.hpp"
#include "actors/registrar.hpp"
#include "actors/sweeper.hpp"

namespace glados::actors {
namespace {

class keeper_state {
 public:
  void begin(registrar_actor::pointer self, node_context& node, session_directory& sessions,
             const shard_directory& shards, errand_hooks hooks) {
    self_ = self;
    node_ = &node;
    sessions_ = &sessions;
    shards_ = &shards;
    hooks_ = std::move(hooks);
    guardian_ = std::make_unique<guardian>(node.observer);
    self_->set_down_handler([this](const caf::down_msg& end) { on_down(end); });
    self_->set_exception_handler(
        [](std::exception_ptr&) -> caf::error { return caf::exit_reason::unhandled_exception; });
    start_sweeper();
    start_registrar();
  }

  caf::result<registry_answer> pass_on(const registry_call& call) {
    if (registrar_)
      return self_->delegate(registrar_, call);
    registry_answer none;
    none.code = errc::overloaded;
    return none;
  }

  void stop() {
    if (registrar_)
      self_->send(registrar_, actors::stop{});
    if (sweeper_)
      self_->send(sweeper_, actors::stop{});
    self_->quit();
  }

 private:
  void start_registrar() {
    registrar_ = spawn_registrar(self_->system(), *node_, *sessions_);
    self_->monitor(registrar_);
    hooks_.spawned(registrar_, sweeper_);
  }

  void start_sweeper() {
    sweeper_ = spawn_sweeper(self_->system(), *node_, *shards_);
    self_->monitor(sweeper_);
    hooks_.spawned(registrar_, sweeper_);
  }

  void on_down(const caf::down_msg& end) {
    if (registrar_ && end.source == registrar_.address()) {
      registrar_ = registrar_actor{};
      again("registrar", [this] { start_registrar(); });
    } else if (sweeper_ && end.source == sweeper_.address()) {
      sweeper_ = sweeper_actor{};
      again("sweeper", [this] { start_sweeper(); });
    }
  }

  void again(std::string_view kind, std::function<void()> start) {
    const auto wait = guardian_->restart_after(kind, 0, self_->clock().now());
    if (!wait)
      return hooks_.gave_up();
    self_->delayed_send(registrar_actor{self_}, *wait, continuation{std::move(start)});
  }

  registrar_actor::pointer self_ = nullptr;
  node_context* node_ = nullptr;
  session_directory* sessions_ = nullptr;
  const shard_directory* shards_ = nullptr;
  errand_hooks hooks_;
  std::unique_ptr<guardian> guardian_;
  registrar_actor registrar_;
  sweeper_actor sweeper_;
};

registrar_actor::behavior_type behave(registrar_actor::stateful_pointer<keeper_state> self,
                                      node_context* node, session_directory* sessions,
                                      const shard_directory* shards, const errand_hooks& hooks) {
  self->state.begin(self, *node, *sessions, *shards, hooks);
  auto* state = &self->state;
  return {
      [state](const registry_call& call) { return state->pass_on(call); },
      [](const sweep&) {},
      [](const continuation& then) { then.run(); },
      [state](const stop&) { state->stop(); },
  };
}

}  // namespace

registrar_actor spawn_errand_keeper(caf::actor_system& system, node_context& node,
                                    session_directory& sessions, const shard_directory& shards,
                                    errand_hooks hooks) {
  return system.spawn(behave, &node, &sessions, &shards, std::move(hooks));
}

}  // namespace glados::actors
